"""Seals every text that is in clear, some at a time; the way back opens them. May be broken off and begun anew."""

from typing import Any

from django.db import migrations

from chat.sealing import seal_text, unseal_text

AT_ONCE = 500


def seal(apps: Any, _editor: Any) -> None:
    message = apps.get_model("chat", "Message")
    while batch := list(message.objects.filter(kind="text", sealed=None)[:AT_ONCE]):
        for line in batch:
            line.sealed, line.body = seal_text(line.body, line.conversation_id, line.cmid), ""
        message.objects.bulk_update(batch, ["sealed", "body"])


def unseal(apps: Any, _editor: Any) -> None:
    message = apps.get_model("chat", "Message")
    while batch := list(message.objects.filter(kind="text", sealed__isnull=False)[:AT_ONCE]):
        for line in batch:
            line.body, line.sealed = unseal_text(line.sealed, line.conversation_id, line.cmid), None
        message.objects.bulk_update(batch, ["sealed", "body"])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("chat", "0003_sealed_and_read")]
    operations = [migrations.RunPython(seal, unseal)]
