from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_one_line"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="letter",
            name="letter_unsent",
        ),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(
                condition=models.Q(("sent_at", None), models.Q(("body", ""), _negated=True)),
                fields=["written_at"],
                name="letter_unsent",
            ),
        ),
    ]
