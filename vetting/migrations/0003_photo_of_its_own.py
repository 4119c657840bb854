"""No two certificates share a photo: deciding one erases it, and the other would be decided blind."""

from django.db import migrations, models
from django.db.models import Count


def give_each_its_own_photo(apps, schema_editor):
    """Of those that share one, the newest keeps it and each other gets a copy; all go under the cases they wait in."""
    # Keys are checked at once: the table cannot be altered while a check is due.
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    certificates = apps.get_model("vetting", "Certificate").objects.filter(document__isnull=False)
    twice = certificates.values("document").annotate(times=Count("pk")).filter(times__gt=1).values("document")
    kept = set()
    for certificate in list(certificates.filter(document__in=twice).order_by("-pk")):
        _own_photo(apps, certificate, copy=certificate.document_id in kept)
        kept.add(certificate.document_id)


def _own_photo(apps, certificate, *, copy):
    photo = apps.get_model("vetting", "PrivateDocument")._base_manager.defer(None).get(pk=certificate.document_id)
    cases = apps.get_model("moderation", "ReviewCase").objects
    # One handed in with an application stays under the case of that.
    photo.case = cases.filter(kind="certificate", target_id=str(certificate.pk)).first() or photo.case
    photo.pk = None if copy else photo.pk
    photo.save(force_insert=copy)
    certificate.document = photo
    certificate.save(update_fields=["document"])


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0005_status_undecided"),
        ("vetting", "0002_asking_since"),
    ]

    operations = [
        migrations.RunPython(give_each_its_own_photo, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="certificate",
            constraint=models.UniqueConstraint(fields=("document",), name="certificate_photo_of_its_own"),
        ),
    ]
