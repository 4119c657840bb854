"""Seals every text that is in clear, some at a time; the way back opens them. May be broken off and begun anew."""

from collections.abc import Iterator
from typing import Any

from django.db import migrations

from chat.sealing import seal_text, unseal_text

AT_ONCE = 500


def seal(apps: Any, _editor: Any) -> None:
    message = apps.get_model("chat", "Message")
    for batch in _batches(message.objects.filter(kind="text", sealed=None)):
        for line in batch:
            line.sealed, line.body = seal_text(line.body, line.conversation_id, line.cmid), ""
        message.objects.bulk_update(batch, ["sealed", "body"])


def unseal(apps: Any, _editor: Any) -> None:
    message = apps.get_model("chat", "Message")
    for batch in _batches(message.objects.filter(kind="text", sealed__isnull=False)):
        for line in batch:
            line.body, line.sealed = unseal_text(line.sealed, line.conversation_id, line.cmid), None
        message.objects.bulk_update(batch, ["sealed", "body"])


def _batches(rows: Any) -> Iterator[list[Any]]:
    """By the primary key, so that what is done is not looked at again."""
    after: dict[str, Any] = {}
    while batch := list(rows.filter(**after).order_by("pk")[:AT_ONCE]):
        yield batch
        after = {"pk__gt": batch[-1].pk}


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("chat", "0003_sealed_and_read")]
    operations = [migrations.RunPython(seal, unseal)]
