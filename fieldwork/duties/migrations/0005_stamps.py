from django.db import migrations

import fieldwork.core.database


class Migration(migrations.Migration):
    dependencies = [("core", "0005_whole_events"), ("duties", "0004_excepted_roles")]

    operations = [
        migrations.AddField(
            model_name="obligation", name="changed",
            field=fieldwork.core.database.StampField(default=0, editable=False), preserve_default=False,
        ),
        migrations.AddField(
            model_name="obligation", name="demanded",
            field=fieldwork.core.database.StampField(default=0, editable=False), preserve_default=False,
        ),
        migrations.AddField(
            model_name="task", name="changed",
            field=fieldwork.core.database.StampField(default=0, editable=False), preserve_default=False,
        ),
    ]  # fmt: skip
