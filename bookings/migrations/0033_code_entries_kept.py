"""A code that came after the no-show is written down too, and what is written down stays."""

from django.db import migrations, models

from bookings.sql import install_functions

GUARD = """
CREATE TRIGGER bookings_entry_kept BEFORE UPDATE OR DELETE ON bookings_codeentry
    FOR EACH STATEMENT EXECUTE FUNCTION bookings_entry_kept();
"""

UNGUARD = "DROP TRIGGER bookings_entry_kept ON bookings_codeentry;"


class Migration(migrations.Migration):
    dependencies = [("bookings", "0032_open_orders_only")]

    operations = [
        migrations.RemoveConstraint(model_name="codeentry", name="code_entry_refusal_known"),
        migrations.AddConstraint(
            model_name="codeentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("refusal__in", ["", "wrong_code", "code_replaced", "missed_meanwhile", "missed_and_wrong"])
                ),
                name="code_entry_refusal_known",
            ),
        ),
        install_functions(),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
