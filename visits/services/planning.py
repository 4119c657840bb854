"""A visit is ordered with its plan, and the plan can be mended until the visit is over."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from accounts.models import Consent, User
from bookings import services as bookings
from bookings.models import OPEN, Booking
from bookings.services.locking import locked
from bookings.signals import booking_touched
from listings.models import Listing
from visits.errors import ConsentMissing, TooLateToPlan
from visits.models import VisitPlan
from visits.services.needs import Needs, sealed

# The wording of templates/visits/_consent.html: a new one has another number.
CONSENT_VERSION = "2026-11"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`consents`: to the needs being kept, by the wording of CONSENT_VERSION."""

    patient: str
    meeting_point: str
    needs: Needs = field(default_factory=Needs)
    consents: bool = False


@transaction.atomic
def order_visit(*, by: User, listing: Listing, place: str, plan: Plan, **asked: Any) -> Booking:
    """A booking that waits for its payment, with its plan; the same form again changes the plan alone.

    `asked` is what `bookings.services.order` takes. Raises what that does, and ConsentMissing.
    """
    booking = bookings.order(by=by, listing=listing, place=place, **asked)
    _write(booking, plan)
    return booking


@transaction.atomic
def change_plan(*, booking: Booking, plan: Plan) -> None:
    """The client mends the plan of his order. Raises TooLateToPlan once it is over, and ConsentMissing."""
    booking = locked(booking)
    if booking.state not in OPEN or booking.ended_ms is not None:
        raise TooLateToPlan
    _write(booking, plan)
    booking_touched.send(Booking, booking=booking)


def _write(booking: Booking, plan: Plan) -> None:
    if plan.needs and not plan.consents:
        raise ConsentMissing
    told = {"patient": plan.patient, "meeting_point": plan.meeting_point}
    kept, _created = VisitPlan.objects.update_or_create(booking=booking, defaults=told)
    if plan.needs:
        kept.consent = _consent(kept, booking)
        kept.needs, kept.erased_at = sealed(plan.needs), None
    else:
        kept.needs = None
    kept.save(update_fields=["consent", "needs", "erased_at"])


def _consent(kept: VisitPlan, booking: Booking) -> Consent:
    """The one in force for this visit, or a new one: by another wording, or after the last was withdrawn."""
    last = kept.consent
    if last and last.withdrawn_at is None and last.version == CONSENT_VERSION:
        return last
    return Consent.objects.create(user_id=booking.client_id, purpose=Consent.Purpose.HEALTH, version=CONSENT_VERSION)
