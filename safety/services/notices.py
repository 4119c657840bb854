"""Letters to those a person trusts. They go through the outbox of the person's account, to another address."""

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Letter, User
from accounts.services import one_at_a_time, write_letter
from bookings.models import Booking
from common.clock import MS_PER_MINUTE
from safety.errors import AddressLost, NoContacts, TooManyLetters
from safety.models import Alarm, Link, Notice, TrustedContact
from safety.services.links import address_of, share

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
HELP = _("%(who)s asks for help")
HELP_BODY = _(
    "%(who)s pressed the emergency button during a meeting with %(other)s. Please call %(who)s now. If nobody "
    "answers, or anything sounds wrong, call 110 and read them this page: it says where and with whom.\n\n%(link)s\n\n"
    "Wozai's people on duty know of it as well. %(other)s was not told."
)


@transaction.atomic
def share_with_contacts(*, booking: Booking, by: User) -> list[Notice]:
    """One tap: the link by mail to all trusted contacts. Each address is written to once, however often it is tapped.

    Returns all who were written to. Raises NoContacts, NotShared, AddressLost, TooManyLetters.
    """
    one_at_a_time(by)
    people = TrustedContact.objects.filter(user=by).count()
    if not people:
        raise NoContacts
    if Notice.objects.filter(link__booking=booking, link__user=by, alarm=None).count() + people > MOST_LETTERS:
        raise TooManyLetters
    link = share(booking=booking, by=by)
    if not address_of(link):
        raise AddressLost
    return _write_to(TrustedContact.objects.filter(user=by), link, subject=MEETS, body=MEETS_BODY)


def call_contacts(link: Link, alarm: Alarm) -> list[Notice]:
    """The call for help to all who are to hear of it, except whom another call about this meeting reached just now."""
    people, _left_out = whom_to_call(link.booking, link.user)
    called = _called_before(link)
    due = [one for one in people if called.get(_mark(one), -CALL_AGAIN_MS) + CALL_AGAIN_MS <= alarm.at_ms]
    known = [one for one in due if _mark(one) in called]
    fresh = [one for one in due if _mark(one) not in called][: max(0, MOST_CALLED - len(called))]
    return _write_to([*known, *fresh], link, subject=HELP, body=HELP_BODY, alarm=alarm)


def whom_to_call(booking: Booking, user: User) -> tuple[list[TrustedContact], list[TrustedContact]]:
    """Those `user` trusts, and those among them who are the very person he meets: these hear of no call for help."""
    other = booking.companion if user.pk == booking.client_id else booking.client
    people = list(TrustedContact.objects.filter(user=user))
    left_out = [contact for contact in people if contact.is_one_of(other)]
    return [contact for contact in people if contact not in left_out], left_out


def _called_before(link: Link) -> dict[str, int]:
    """When each address was written to last about calls of this person's in this meeting, by its mark."""
    calls = Notice.objects.filter(link__booking=link.booking_id, link__user=link.user_id, alarm__isnull=False)
    told = calls.order_by("alarm__at_ms").values_list("letter__key", "alarm__at_ms")
    return {key.rpartition(":")[2]: at_ms for key, at_ms in told}


def _write_to(
    people: Iterable[TrustedContact], link: Link, *, subject: Promise, body: Promise, alarm: Alarm | None = None
) -> list[Notice]:
    words = {"who": link.user.display_name, "other": _name_of_other(link), "link": address_of(link)}
    said: dict[str, Any] = {"subject": subject, "body": body, **words}
    return [_notice(link, contact, alarm, said) for contact in people]


def ids_of_letters() -> QuerySet[Notice, int]:
    """Letters to somebody trusted whose address is still known."""
    return Notice.objects.exclude(email="").values_list("letter", flat=True)


def address_for(letter: Letter) -> str | None:
    """Where this letter goes, if it is one to somebody trusted; "" once that is erased."""
    return Notice.objects.filter(letter=letter).values_list("email", flat=True).first()


def _notice(link: Link, contact: TrustedContact, alarm: Alarm | None, said: dict[str, Any]) -> Notice:
    about = f"alarm:{alarm.pk}" if alarm else f"link:{link.pk}"
    letter = write_letter(to=link.user, key=f"safety:{about}:{_mark(contact)}", good_for=GOOD_FOR, **said)
    told = {"link": link, "alarm": alarm, "name": contact.name, "email": contact.email}
    return Notice.objects.get_or_create(letter=letter, defaults=told)[0]


def _mark(contact: TrustedContact) -> str:
    """Of an address: it tells two apart when both are erased."""
    return hashlib.sha256(contact.email.lower().encode()).hexdigest()[:32]


def _name_of_other(link: Link) -> str:
    """As the two know each other: she by the name of her profile."""
    booking = link.booking
    return booking.terms.companion_name if link.user_id == booking.client_id else booking.client.display_name
