"""Payments knows what is paid for by an id alone; the apps above say what people call it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.functional import Promise

from payments import signals


@dataclass(frozen=True, slots=True)
class Named:
    """One reference as its companion knows it: `number` and `url` of the order, `what` was served and `at` when."""

    number: str
    url: str = ""
    what: str | Promise = ""
    at: datetime | None = None


def named(refs: Collection[UUID]) -> dict[UUID, Named]:
    """Each of these; one that nobody knows goes by its id. The queries do not grow with their number."""
    names = {ref: Named(str(ref)) for ref in refs}
    answers: list[tuple[Any, Any]] = signals.names_asked.send(Named, refs=list(names))
    for _, theirs in answers:
        names |= theirs or {}
    return names
