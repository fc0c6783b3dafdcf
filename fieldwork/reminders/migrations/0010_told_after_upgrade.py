"""What an older program had planned and not told takes its steps, as what is planned now."""

from django.db import migrations, models

LOOK = """
    UPDATE reminders_notification SET look_at = at WHERE delivered_at IS NULL AND look_at IS NULL AND EXISTS (
        SELECT 1 FROM reminders_delivery
        WHERE notification_id = reminders_notification.id AND channel = 'inbox' AND state IN ('planned', 'claimed')
    )
"""


class Migration(migrations.Migration):
    dependencies = [("reminders", "0009_order_of_sending")]
    operations = [
        migrations.RunSQL(LOOK, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(
                fields=["office_at"],
                condition=models.Q(("office_at__isnull", False)),
                name="notification_of_office",
            ),
        ),
    ]
