import django.core.validators
from django.conf import settings
from django.db import migrations, models

# Rows from before the rule; PostgreSQL's own words, so that a row is never read and written back.
MEND = r"""
UPDATE listings_companion SET display_name = regexp_replace(display_name, '[\n\v\f\r\u0085\u2028\u2029]+', ' ', 'g')
 WHERE display_name ~ '[\n\v\f\r\u0085\u2028\u2029]';
UPDATE listings_profilerevision
   SET display_name = regexp_replace(display_name, '[\n\v\f\r\u0085\u2028\u2029]+', ' ', 'g')
 WHERE display_name ~ '[\n\v\f\r\u0085\u2028\u2029]';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0014_certified"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(MEND, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="companion",
            name="display_name",
            field=models.CharField(
                max_length=12,
                validators=[
                    django.core.validators.RegexValidator(
                        "[\\n\\v\\f\\r\\u0085\\u2028\\u2029]", "Please write it in one line.", inverse_match=True
                    )
                ],
                verbose_name="Name shown",
            ),
        ),
        migrations.AlterField(
            model_name="profilerevision",
            name="display_name",
            field=models.CharField(
                max_length=12,
                validators=[
                    django.core.validators.RegexValidator(
                        "[\\n\\v\\f\\r\\u0085\\u2028\\u2029]", "Please write it in one line.", inverse_match=True
                    )
                ],
                verbose_name="Name shown",
            ),
        ),
        migrations.AddConstraint(
            model_name="companion",
            constraint=models.CheckConstraint(
                condition=models.Q(("display_name__regex", "[\\n\\v\\f\\r\\u0085\\u2028\\u2029]"), _negated=True),
                name="companion_name_one_line",
            ),
        ),
        migrations.AddConstraint(
            model_name="profilerevision",
            constraint=models.CheckConstraint(
                condition=models.Q(("display_name__regex", "[\\n\\v\\f\\r\\u0085\\u2028\\u2029]"), _negated=True),
                name="profile_name_one_line",
            ),
        ),
    ]
