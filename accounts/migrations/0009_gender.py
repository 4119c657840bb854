"""What a client says of himself, for those who meet only some in person. Nobody has said it before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_language_chosen"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="gender",
            field=models.CharField(
                choices=[("female", "Woman"), ("male", "Man"), ("other", "Other"), ("unsaid", "Rather not say")],
                db_default="unsaid",
                default="unsaid",
                max_length=8,
                verbose_name="Gender",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("gender__in", ["female", "male", "other", "unsaid"])), name="user_gender_known"
            ),
        ),
    ]
