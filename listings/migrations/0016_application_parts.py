import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0015_names_one_line"),
        ("vetting", "0003_photo_of_its_own"),
    ]

    operations = [
        migrations.AddField(
            model_name="application",
            name="parts",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("who", "Profile"),
                        ("offer", "Offer"),
                        ("identity", "Identity"),
                        ("certificates", "Certificates"),
                    ],
                    max_length=12,
                ),
                blank=True,
                default=list,
                editable=False,
                size=None,
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(("parts__contained_by", ["who", "offer", "identity", "certificates"])),
                name="application_parts_known",
            ),
        ),
    ]
