"""The numbers that people know references by: payments itself has none."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from payments import signals
from payments.models import Payment


def numbers_of(refs: Collection[UUID | None]) -> dict[UUID, str]:
    """Of each reference its number; those that nobody knows by one are left out. One query of each app."""
    wanted = {ref for ref in refs if ref is not None}
    answers: list[tuple[Any, Any]] = signals.numbers_asked.send(Payment, refs=wanted) if wanted else []
    return {ref: number for _, told in answers for ref, number in (told or {}).items()}


def number_of(ref: UUID) -> str:
    """What it is called where people read it; the reference itself where it has no number."""
    return numbers_of([ref]).get(ref, str(ref))
