"""How an extra ends without money: declined, taken back, not answered in time, or the two part."""

import logging
from functools import partial
from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.services import take_back_letter
from bookings.errors import NotPossibleNow
from bookings.models import Booking
from bookings.services.rounds import Rounds, contained, places
from bookings.signals import booking_touched
from common.clock import database_now_ms
from common.patience import be_impatient
from extras.errors import ExtraGone
from extras.models import OPEN_MS, Extra
from extras.services.asking import is_waiting, letter_key
from payments import services as payments
from payments.models import Payment

log = logging.getLogger(__name__)


@transaction.atomic
def decline(*, extra: Extra, by: User, reply: str = "") -> None:
    """The client does not agree; `reply` is for the companion, "" for no words. Twice is once, with the first words.

    Raises ExtraGone once it ended in another way, NotPossibleNow for anybody else.
    """
    if by.pk != extra.booking.client_id:
        raise NotPossibleNow
    _end_once(extra, Extra.State.DECLINED, reply)


@transaction.atomic
def take_back(*, extra: Extra, by: User) -> None:
    """The companion does not want it any more. Twice is once. Raises what `decline` raises."""
    if by.pk != extra.booking.companion_id:
        raise NotPossibleNow
    _end_once(extra, Extra.State.WITHDRAWN)


def part(*, by: User, other: User) -> None:
    """One of the two blocked the other: nobody pays somebody he has left. In the caller's transaction, which has the
    lock of the pair; so has money that comes (`extras.services.paying.hold_money`)."""
    theirs = Booking.objects.between(by, other)
    waiting = Extra.objects.filter(booking__in=theirs, state=Extra.State.ASKED).select_related("booking")
    for extra in waiting.select_for_update(of=("self",)).order_by("pk"):
        is_client = extra.booking.client_id == by.pk
        close(extra, Extra.State.DECLINED if is_client else Extra.State.WITHDRAWN)


def lapse_due(*, now_ms: int | None = None) -> int:
    """Ends what nobody has answered in time; returns how many. Nobody could begin to pay them any more before, and who
    had begun is waited for. `now_ms` is for tests."""
    now = database_now_ms() if now_ms is None else now_ms
    late = Extra.objects.filter(state=Extra.State.ASKED, asked_ms__lte=now - OPEN_MS)
    due = rounds.through(partial(places, late, at="asked_ms", row="pk"))
    words = "extra %s lapses in the next round"
    return sum(contained(partial(_lapse, extra_id, now), log, words, extra_id) for _, extra_id in due)


rounds: Rounds[tuple[int, UUID]] = Rounds()


def hold(extra_id: UUID) -> Extra:
    """The extra with its booking, locked until the transaction ends. It comes before its payments, and they before any
    account."""
    return Extra.objects.select_for_update(of=("self",)).select_related("booking__terms").get(pk=extra_id)


def decided_now(extra: Extra) -> int:
    """This moment; not before it was asked for, though the clock went back."""
    return max(database_now_ms(), extra.asked_ms)


def close(extra: Extra, state: Extra.State, reply: str = "") -> None:
    """Ends it without money: what is open of its payment is closed, and money that comes all the same goes back. The
    caller holds its lock."""
    extra.state, extra.decided_ms, extra.reply = state, decided_now(extra), reply
    extra.save(update_fields=["state", "decided_ms", "reply"])
    payments.abandon(ref=extra.pk)
    take_back_letter(key=letter_key(extra))
    booking_touched.send(Booking, booking=extra.booking)


def _end_once(extra: Extra, state: Extra.State, reply: str = "") -> None:
    held = hold(extra.pk)
    if held.state == state:
        return
    if not is_waiting(held):
        raise ExtraGone
    close(held, state, reply)


@transaction.atomic
def _lapse(extra_id: UUID, now_ms: int) -> bool:
    be_impatient()
    waiting = Extra.objects.select_for_update(of=("self",), skip_locked=True).select_related("booking")
    extra = waiting.filter(pk=extra_id, state=Extra.State.ASKED, asked_ms__lte=now_ms - OPEN_MS).first()
    # Somebody else has the row, or was here first; or he agreed in time, and Stripe has not told us yet.
    if extra is None or Payment.objects.payable().filter(ref=extra_id).exists():
        return False
    close(extra, Extra.State.LAPSED)
    return True
