"""A visit is ordered with its plan, and the plan can be mended until the visit is over."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from accounts.models import Consent, User
from bookings import services as bookings
from bookings.models import OPEN, Booking, State
from bookings.services.locking import locked
from bookings.signals import booking_touched
from listings.models import Listing
from visits.errors import ConsentMissing, TooLateToPlan
from visits.models import VisitPlan
from visits.services.erasing import let_go
from visits.services.needs import Needs, sealed

# The wording of templates/visits/_consent.html: a new one has another number.
CONSENT_VERSION = "2026-11"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`consents`: to what is about health being kept, by the wording of CONSENT_VERSION; without it nothing of it is,
    nor stays what was kept before."""

    patient: str
    meeting_point: str
    needs: Needs = field(default_factory=Needs)
    consents: bool = False


@transaction.atomic
def order_visit(*, by: User, listing: Listing, place: str, plan: Plan, **asked: Any) -> Booking:
    """A booking that waits for its payment, with its plan; the same form again changes the plan alone, until it is paid
    or the consent was taken back.

    `asked` is what `bookings.services.order` takes. Raises what that does, and ConsentMissing.
    """
    booking = bookings.order(by=by, listing=listing, place=place, **asked)
    booking = locked(booking)
    known = VisitPlan.objects.filter(booking=booking).select_related("consent").first()
    if known is None or (booking.state == State.AWAITING_PAYMENT and not _is_withdrawn(known.consent)):
        _write(booking, plan)
    return booking


@transaction.atomic
def change_plan(*, booking: Booking, plan: Plan) -> None:
    """The client mends the plan of his order. Raises TooLateToPlan once it is over, and ConsentMissing."""
    booking = locked(booking)
    if not may_change(booking):
        raise TooLateToPlan
    _write(booking, plan)
    booking_touched.send(Booking, booking=booking)


def may_change(booking: Booking) -> bool:
    """Until the visit is over."""
    return booking.state in OPEN and booking.ended_ms is None


def is_in_force(consent: Consent | None) -> bool:
    """It was given to the wording of today, and stands."""
    return consent is not None and not _is_withdrawn(consent) and consent.version == CONSENT_VERSION


def _is_withdrawn(consent: Consent | None) -> bool:
    return consent is not None and consent.withdrawn_at is not None


def _write(booking: Booking, plan: Plan) -> None:
    if plan.needs and not plan.consents:
        raise ConsentMissing
    told = {"patient": plan.patient, "meeting_point": plan.meeting_point}
    kept, _created = VisitPlan.objects.update_or_create(booking=booking, defaults=told)
    if not plan.consents:
        return let_go(kept)
    kept.consent = _consent(kept, booking)
    kept.needs, kept.erased_at = sealed(plan.needs) if plan.needs else None, None
    return kept.save(update_fields=["consent", "needs", "erased_at"])


def _consent(kept: VisitPlan, booking: Booking) -> Consent | None:
    """The one in force for this visit, or a new one: to another wording, or after the last was withdrawn."""
    if is_in_force(kept.consent):
        return kept.consent
    return Consent.objects.create(user_id=booking.client_id, purpose=Consent.Purpose.HEALTH, version=CONSENT_VERSION)
