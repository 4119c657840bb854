"""What is known of an extra's money above payments: whether it may leave yet, and what a payer's bank is told.

Never what it was for, nor its photo: both can say something about health.
"""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from common.clock import moment
from common.money import format_yuan
from extras.models import Extra
from payments import services as payments
from payments.services import Evidence, Named


def held_with_their_bookings(refs: Collection[UUID]) -> set[UUID]:
    """Those of these extras whose booking's money must not leave yet. The queries do not grow with their number."""
    bookings = _bookings_of(refs)
    held = payments.held_refs(set(bookings.values())) if bookings else set()
    return {ref for ref, booking_id in bookings.items() if booking_id in held}


def names_of(refs: Collection[UUID]) -> dict[UUID, Named]:
    """Those of these that are extras, by their bookings. The queries do not grow with their number."""
    bookings = _bookings_of(refs)
    names = payments.named(set(bookings.values())) if bookings else {}
    what, beside = _("What you laid out"), _("an extra")
    return {ref: replace(names[order], what=what, beside=beside) for ref, order in bookings.items()}


def _bookings_of(refs: Collection[UUID]) -> dict[UUID, UUID]:
    return dict(Extra.objects.filter(pk__in=refs).values_list("pk", "booking"))


def evidence_of(ref: UUID) -> list[Evidence]:
    """Nothing of what is no extra."""
    extra = Extra.objects.filter(pk=ref).first()
    if extra is None:
        return []
    photo = "is kept with us" if extra.photo is not None else "was kept with us for a while"
    agreed = f" and paid by the client at {_utc(extra.decided_ms)}" if extra.state == Extra.State.PAID else ""
    return [
        Evidence(
            "product_description",
            f"An expense of {format_yuan(extra.amount_fen)} that the companion laid out for the client during the "
            f"order, asked for at {_utc(extra.asked_ms)}{agreed}. A photo of its receipt {photo}.",
        ),
        Evidence("service_date", f"{moment(extra.asked_ms):%Y-%m-%d}"),
    ]


def _utc(ms: int | None) -> str:
    return f"{moment(ms or 0):%Y-%m-%d %H:%M:%S} UTC"
