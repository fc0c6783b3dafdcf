from django.db import migrations

import fieldwork.core.database


class Migration(migrations.Migration):
    dependencies = [("reminders", "0003_verdicts")]

    operations = [
        migrations.AddField(
            model_name="notification", name="changed",
            field=fieldwork.core.database.StampField(db_default=0, editable=False),
        ),
    ]  # fmt: skip
