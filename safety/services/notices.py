"""Letters to those a person trusts. They go through the outbox of the person's account, to another address."""

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts.models import Letter, User
from accounts.services import one_at_a_time, take_back_letter, write_letter
from bookings.models import Booking
from common.clock import MS_PER_MINUTE, moment
from safety.errors import AddressLost, NoContacts, TooManyLetters
from safety.models import Alarm, AllClear, Link, Notice, TrustedContact
from safety.models.alarm import MOST_ALL_CLEARS
from safety.services.links import address_of, link_of, share

# What it tells of is over by then.
GOOD_FOR = timedelta(hours=24)
# With the link of one meeting: five people, a few of whom were exchanged, and a link or two that was taken back.
MOST_LETTERS = 20
# About calls for help at one meeting: each address so often, and so many addresses in all. The case opens every time.
CALL_AGAIN_MS = 10 * MS_PER_MINUTE
MOST_CALLED = 10

MEETS = _("%(who)s lets you see how a meeting goes")
MEETS_BODY = _(
    "%(who)s is meeting %(other)s and would like somebody to know. You are a trusted contact: this page says with whom "
    "and when, and how far it is. You need no account. It ends by itself 24 hours after the meeting.\n\n%(link)s\n\n"
    "You don't have to do anything. If %(who)s does not come back in time and cannot be reached, call 110."
)
HELP = _("%(who)s asks for help (%(at)s)")
HELP_BODY = _(
    "At %(at)s %(who)s pressed the emergency button during a meeting with %(other)s. Please call %(who)s now. If "
    "nobody answers, or anything sounds wrong, call 110 and read them this page: it says where and with whom.\n\n"
    "%(link)s\n\nWozai's people on duty know of it as well. We have not told %(other)s."
)
WELL = _("%(who)s says: I am well (%(well)s)")
WELL_BODY = _(
    "%(who)s, who asked for help at %(asked)s, said at %(well)s: I am well. Nobody has checked it, and somebody may "
    "have been made to say it: please call %(who)s and hear it for yourself. If nobody answers, or anything sounds "
    "wrong, call 110 and read them this page: it says where and with whom.\n\n%(link)s\n\n"
    "Wozai's people on duty are not called off by it."
)
WELL_BODY_ALONE = _(
    "%(who)s, who asked for help at %(asked)s, said at %(well)s: I am well. Nobody has checked it, and somebody may "
    "have been made to say it: please call %(who)s and hear it for yourself. If nobody answers, or anything sounds "
    "wrong, call 110.\n\nWozai's people on duty are not called off by it."
)


@transaction.atomic
def share_with_contacts(*, booking: Booking, by: User) -> list[Notice]:
    """One tap: the link by mail to all trusted contacts. Each address is written to once, however often it is tapped.
    Left out is the person he meets: a call for help stands on that page, and she may be who it is against.

    Returns all who were written to. Raises NoContacts, NotShared, AddressLost, TooManyLetters.
    """
    one_at_a_time(by)
    people, _left_out = whom_to_call(booking, by)
    if not people:
        raise NoContacts
    if Notice.objects.sharing().filter(link__booking=booking, link__user=by).count() + len(people) > MOST_LETTERS:
        raise TooManyLetters
    link = share(booking=booking, by=by)
    if not address_of(link):
        raise AddressLost
    return _write_to(people, link, f"link:{link.pk}", {}, subject=MEETS, body=MEETS_BODY)


def call_contacts(link: Link, alarm: Alarm, *, instead_of: Link | None = None) -> list[Notice]:
    """The call for help to all who are to hear of it, except whom another call about this meeting reached just now and
    who have not heard since that all is well. The link that they had then may be dead: it goes out `instead_of` it.

    An all-clear that still waits is of a call before, and not sent any more: it would stand last."""
    people, _left_out = whom_to_call(link.booking, link.user)
    heard = _last_heard(link.booking_id, link.user_id)
    due = [one for one in people if _is_due(heard.get(_mark(one.email)), alarm, instead_of)]
    known = [one for one in due if _mark(one.email) in heard]
    fresh = [one for one in due if _mark(one.email) not in heard][: max(0, MOST_CALLED - len(heard))]
    _take_back_all_clears(link.booking, link.user)
    about, told, said = f"alarm:{alarm.pk}", {"alarm": alarm}, {"subject": HELP, "body": HELP_BODY}
    return _write_to([*known, *fresh], link, about, told, at=_hour(alarm.at_ms), **said)


def tell_all_clear(all_clear: AllClear) -> list[Notice]:
    """That he is well, to all who were alarmed, with the link that he has now, if he has one."""
    alarm = all_clear.alarm
    alarmed = who_is_alarmed(alarm.booking, alarm.user)
    if not alarmed:
        return []
    link = link_of(alarm.booking, alarm.user) or alarmed[-1].link
    body = WELL_BODY if address_of(link) else WELL_BODY_ALONE
    times = {"asked": _hour(alarm.at_ms), "well": _hour(all_clear.at_ms)}
    about, told = f"all_clear:{all_clear.pk}", {"all_clear": all_clear}
    return _write_to(alarmed, link, about, told, subject=WELL, body=body, **times)


def who_is_alarmed(booking: Booking, user: User) -> list[Notice]:
    """The call that each heard last of `user` at this meeting, of those who are told when he says that he is well: not
    an address that has become the other side's since."""
    last = Alarm.objects.filter(booking=booking, user=user).order_by("at_ms").last()
    if last is None or last.all_clears_before >= MOST_ALL_CLEARS:
        return []
    heard, theirs = _last_heard(booking.pk, user.pk), _marks_of_other(booking, user)
    return [notice for mark, notice in heard.items() if notice.alarm and notice.email and mark not in theirs]


def whom_to_call(booking: Booking, user: User) -> tuple[list[TrustedContact], list[TrustedContact]]:
    """Those `user` trusts, and those among them who are the very person he meets: these get no link, and hear of no
    call for help."""
    people = list(TrustedContact.objects.filter(user=user))
    left_out = [contact for contact in people if contact.is_one_of(booking.other(user))]
    return [contact for contact in people if contact not in left_out], left_out


def has_reached_other(link: Link) -> bool:
    """Was it mailed to whom its owner meets? Perhaps before that address was known to be hers."""
    theirs = _marks_of_other(link.booking, link.user)
    return any(_mark_of(notice) in theirs for notice in link.notices.select_related("letter"))


def _marks_of_other(booking: Booking, user: User) -> set[str]:
    """Of the addresses that lead to whom `user` meets."""
    _people, left_out = whom_to_call(booking, user)
    return {_mark(email) for email in (booking.other(user).email, *(contact.email for contact in left_out))}


def _take_back_all_clears(booking: Booking, user: User) -> None:
    said = Notice.objects.filter(all_clear__alarm__booking=booking, all_clear__alarm__user=user)
    for key in said.values_list("letter__key", flat=True):
        take_back_letter(key=key)


def _last_heard(booking_id: UUID, user_id: int) -> dict[str, Notice]:
    """What each address was told last about calls of this person's at this meeting, by its mark."""
    told = Notice.objects.of_calls().filter(link__booking=booking_id, link__user=user_id)
    told = told.select_related("letter", "alarm", "link__user", "link__booking__terms", "link__booking__client")
    return {_mark_of(notice): notice for notice in told.order_by("pk")}


def _is_due(last: Notice | None, alarm: Alarm, dead: Link | None) -> bool:
    if last is None or last.alarm is None or last.alarm.at_ms + CALL_AGAIN_MS <= alarm.at_ms:
        return True
    return last.link == dead


def _write_to(
    people: Iterable[TrustedContact | Notice], link: Link, about: str, told: dict[str, Any], **said: str | Promise
) -> list[Notice]:
    """`about` keeps a letter from being written twice; `told`: the call for help or the all-clear that it tells of."""
    said |= {"who": link.user.display_name, "other": _name_of_other(link), "link": address_of(link)}
    return [_notice(one, f"safety:{about}:{_mark(one.email)}", {"link": link, **told}, said) for one in people]


def _notice(one: TrustedContact | Notice, key: str, told: dict[str, Any], said: dict[str, Any]) -> Notice:
    letter = write_letter(to=told["link"].user, key=key, good_for=GOOD_FOR, **said)
    return Notice.objects.get_or_create(letter=letter, defaults={**told, "name": one.name, "email": one.email})[0]


def ids_of_letters() -> QuerySet[Notice, int]:
    """Letters to somebody trusted whose address is still known."""
    return Notice.objects.exclude(email="").values_list("letter", flat=True)


def address_for(letter: Letter) -> str | None:
    """Where this letter goes, if it is one to somebody trusted; "" once that is erased."""
    return Notice.objects.filter(letter=letter).values_list("email", flat=True).first()


def _mark(email: str) -> str:
    """Of an address: it tells two apart when both are erased."""
    return hashlib.sha256(email.lower().encode()).hexdigest()[:32]


def _mark_of(notice: Notice) -> str:
    """That of the address it went to, known also when the address is erased."""
    return notice.letter.key.rpartition(":")[2]


def _hour(ms: int) -> str:
    return f"{localtime(moment(ms)):%H:%M}"


def _name_of_other(link: Link) -> str:
    """As the two know each other: she by the name of her profile."""
    booking = link.booking
    return booking.terms.companion_name if link.user_id == booking.client_id else booking.client.display_name
