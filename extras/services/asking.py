"""What a companion laid out is asked for with its receipt. Nothing is taken for it before the client pays."""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from uuid import UUID, uuid5

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import write_letter
from bookings.models import RUNNING, Booking, Side
from bookings.services import are_parted
from bookings.services.locking import lock_pair, locked
from bookings.signals import booking_touched
from chat.services import conversations
from common.clock import database_now_ms
from common.money import format_yuan
from common.sealing import seal
from extras.errors import AskedTooOften, ExtraGone, NotAskable, TooManyExtras, TooMuchInAll
from extras.models import ASK_UNTIL_MS, LEAST_FEN, MOST_ASKED, MOST_EXTRAS, MOST_IN_ALL_FEN, OPEN_MS, Extra
from extras.services.keeping import forget_photo
from listings.kinds import KINDS
from vetting.pictures import Picture

EVENT = "extra_asked"
SUBJECT = _("%(name)s laid out %(sum)s for you")
# What it was can say something about health: that stands on the page alone.
BODY = _(
    "%(name)s paid %(sum)s for you on your visit and asks for it back. The receipt is on the page of the visit. "
    "Nothing is taken before you agree there; without an answer it lapses after 3 days."
)


@transaction.atomic
def ask(*, booking: Booking, by: User, what: str, amount_fen: int, photo: Picture, request_key: UUID) -> Extra:
    """The companion asks for `amount_fen` with a photo of the receipt. The same tap again is the same one: the same
    form that says the same and shows the same.

    `request_key` is the form's, as in `bookings.services.order`. Raises NotAskable, AskedTooOften, TooManyExtras,
    TooMuchInAll, and ExtraGone where the same one waits no more.
    """
    lock_pair(booking.client_id, booking.companion_id)
    booking, key = locked(booking), uuid5(request_key, f"{amount_fen}:{sha256(photo.content).hexdigest()}:{what}")
    # What is refused below keeps it: nothing of this is written then.
    forget_photo(booking=booking, request_key=request_key)
    known = list(Extra.objects.filter(booking=booking))
    if same := next((extra for extra in known if extra.request_key == key and by.pk == booking.companion_id), None):
        return _waiting(same)
    now = database_now_ms()
    if not may_ask(booking, by, now):
        raise NotAskable
    check_room(known, amount_fen)
    asked = {"what": what, "amount_fen": amount_fen, "asked_ms": now, "photo": seal(photo.content)}
    extra = Extra.objects.create(booking=booking, request_key=key, **asked)
    _tell_client(extra)
    return extra


def is_waiting(extra: Extra) -> bool:
    """It can be answered at this moment, whether a round has come by or not."""
    return extra.state == Extra.State.ASKED and database_now_ms() < extra.lapses_ms


def has_extras(booking: Booking) -> bool:
    kind = KINDS.get(booking.terms.kind)
    return kind is not None and kind.extras


def may_ask(booking: Booking, user: User, now_ms: int) -> bool:
    """It is hers, it began and is not over for long, and the two have not parted."""
    hers = user.pk == booking.companion_id and has_extras(booking)
    return hers and is_open(booking, now_ms) and not are_parted(booking)


def is_open(booking: Booking, now_ms: int) -> bool:
    """By the clock alone: it runs, or ended a day ago at most."""
    until = asks_until_ms(booking)
    return booking.state in RUNNING or (until is not None and now_ms < until)


def asks_until_ms(booking: Booking) -> int | None:
    """None before its end."""
    return None if booking.ended_ms is None else booking.ended_ms + ASK_UNTIL_MS


def letter_key(extra: Extra) -> str:
    return f"extras:{extra.pk}"


def check_askable(booking: Booking, by: User) -> None:
    """Whether anything can be asked for at this moment. Raises what `ask` raises."""
    if not may_ask(booking, by, database_now_ms()):
        raise NotAskable
    check_room(list(Extra.objects.filter(booking=booking)))


def check_room(known: Sequence[Extra], amount_fen: int = LEAST_FEN) -> None:
    """Whether one over `amount_fen` can be asked for beside all that were of its booking, `known`.

    Raises AskedTooOften, TooManyExtras, TooMuchInAll.
    """
    standing = [extra.amount_fen for extra in known if extra.stands]
    if len(known) >= MOST_ASKED:
        raise AskedTooOften
    if len(standing) >= MOST_EXTRAS:
        raise TooManyExtras
    if sum(standing) + amount_fen > MOST_IN_ALL_FEN:
        raise TooMuchInAll


def _waiting(extra: Extra) -> Extra:
    if not is_waiting(extra):
        raise ExtraGone
    return extra


def _tell_client(extra: Extra) -> None:
    """On the page of the visit, in the talk, and by letter: he may be far from both once it is over."""
    booking = extra.booking
    booking_touched.send(Booking, booking=booking)
    conversations.tell(booking=booking, event=EVENT, reason=Side.COMPANION, minutes=0, at_ms=extra.asked_ms)
    write_letter(
        to=booking.client,
        key=letter_key(extra),
        subject=SUBJECT,
        body=BODY,
        path=reverse("bookings:detail", args=[booking.pk]),
        good_for=timedelta(milliseconds=OPEN_MS),
        name=booking.terms.companion_name,
        sum=format_yuan(extra.amount_fen),
    )
