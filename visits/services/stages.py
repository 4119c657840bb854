"""How far the two are, for the client and for whoever has the link; noted with one tap on the companion's phone."""

from uuid import UUID, uuid5

from django.db import transaction

from accounts.models import User
from bookings.models import Booking, State
from bookings.services.locking import locked
from bookings.signals import booking_touched
from common.clock import database_now_ms
from listings.kinds import KINDS
from visits.errors import NothingToTakeBack, NotRunning
from visits.models import Stage, StageName

# A tap that was a mistake is seen at once; what stood for longer was read by somebody.
TAKE_BACK_MS = 120_000


@transaction.atomic
def note_stage(*, booking: Booking, by: User, name: StageName, request_key: UUID) -> Stage:
    """The companion says how far the two are. The same tap twice is once, and so is the stage they are in already; two
    buttons of one page are two taps.

    Raises NotRunning unless it is hers, of a kind that has stages, and its clock runs.
    """
    booking, tap = locked(booking), uuid5(request_key, name)
    if known := Stage.objects.filter(booking=booking, request_key=tap).first():
        return known
    if by.pk != booking.companion_id or booking.state != State.LIVE or not has_stages(booking):
        raise NotRunning
    last = stages_of(booking)[-1:]
    if last and last[0].name == name:
        return last[0]
    stage = Stage.objects.create(booking=booking, name=name, at_ms=database_now_ms(), request_key=tap)
    booking_touched.send(Booking, booking=booking)
    return stage


@transaction.atomic
def take_back_stage(*, stage: Stage, by: User) -> None:
    """The last tap was a mistake. Twice is once. Raises NothingToTakeBack after two minutes or another tap."""
    booking = locked(stage.booking)
    stage.refresh_from_db()
    if by.pk == booking.companion_id and stage.taken_back:
        return
    if by.pk != booking.companion_id or not can_be_taken_back(stage, stages_of(booking), database_now_ms()):
        raise NothingToTakeBack
    stage.taken_back = True
    stage.save(update_fields=["taken_back"])
    booking_touched.send(Booking, booking=booking)


def stages_of(booking: Booking) -> list[Stage]:
    """Those that stand, oldest first."""
    return list(Stage.objects.filter(booking=booking, taken_back=False).order_by("pk"))


def can_be_taken_back(stage: Stage, standing: list[Stage], now_ms: int) -> bool:
    return bool(standing) and standing[-1].pk == stage.pk and now_ms - stage.at_ms <= TAKE_BACK_MS


def has_stages(booking: Booking) -> bool:
    kind = KINDS.get(booking.terms.kind)
    return kind is not None and kind.stages
