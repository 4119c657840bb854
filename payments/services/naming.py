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
    """One reference as its companion knows it: `number` and `url` of the order, `what` was served and `at` when.
    `beside`: what it is of the order, where it is not the order itself; finance reads it with the number."""

    number: str
    url: str = ""
    what: str | Promise = ""
    at: datetime | None = None
    beside: str | Promise = ""

    def __str__(self) -> str:
        """In the language of the moment: who writes to somebody hands on the whole, and the letter spells it."""
        return f"{self.number} · {self.beside}" if self.beside else self.number


def named(refs: Collection[UUID]) -> dict[UUID, Named]:
    """Each of these; one that nobody knows goes by its id. The queries do not grow with their number."""
    return {ref: Named(str(ref)) for ref in refs} | _told(refs)


def numbers_of(refs: Collection[UUID | None]) -> dict[UUID, str]:
    """What each is called where finance reads it, in the language of the moment; those that nobody knows are left
    out."""
    return {ref: str(name) for ref, name in _told({ref for ref in refs if ref is not None}).items()}


def number_of(ref: UUID) -> str:
    """The same of one; the reference itself where nobody knows it."""
    return str(named([ref])[ref])


def _told(refs: Collection[UUID]) -> dict[UUID, Named]:
    answers: list[tuple[Any, Any]] = signals.names_asked.send(Named, refs=list(refs)) if refs else []
    return {ref: name for _, theirs in answers for ref, name in (theirs or {}).items()}
