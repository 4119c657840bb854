"""Letters to those a person trusts. They go through the outbox of the person's account, to another address."""

import hashlib
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Letter, User
from accounts.services import one_at_a_time, write_letter
from bookings.models import Booking
from safety.errors import NoContacts, TooManyLetters
from safety.models import Alarm, Link, Notice, TrustedContact
from safety.services.links import address_of, share

# What it tells of is over by then.
GOOD_FOR = timedelta(hours=24)
# With the link of one meeting: five people, a few of whom were exchanged, and a link or two that was taken back.
MOST_LETTERS = 20

MEETS = _("%(who)s lets you see how a meeting goes")
MEETS_BODY = _(
    "%(who)s is meeting %(other)s and would like somebody to know. You are a trusted contact: this page says where and "
    "when, and how far it is. You need no account. It ends by itself 24 hours after the meeting.\n\n%(link)s\n\n"
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

    Returns all who were written to. Raises NoContacts, NotShared, TooManyLetters.
    """
    one_at_a_time(by)
    people = TrustedContact.objects.filter(user=by).count()
    if not people:
        raise NoContacts
    if Notice.objects.filter(link__booking=booking, link__user=by, alarm=None).count() + people > MOST_LETTERS:
        raise TooManyLetters
    link = share(booking=booking, by=by)
    return write_to_contacts(link, subject=MEETS, body=MEETS_BODY)


def write_to_contacts(link: Link, *, subject: Promise, body: Promise, alarm: Alarm | None = None) -> list[Notice]:
    """A letter with the link to each trusted contact of its owner."""
    words = {"who": link.user.display_name, "other": _name_of_other(link), "link": address_of(link)}
    said: dict[str, Any] = {"subject": subject, "body": body, **words}
    return [_notice(link, contact, alarm, said) for contact in TrustedContact.objects.filter(user=link.user)]


def address_for(letter: Letter) -> str | None:
    """Where this letter goes, if it is one to somebody trusted; "" once that is erased."""
    return Notice.objects.filter(letter=letter).values_list("email", flat=True).first()


def _notice(link: Link, contact: TrustedContact, alarm: Alarm | None, said: dict[str, Any]) -> Notice:
    about = f"alarm:{alarm.pk}" if alarm else f"link:{link.pk}"
    key = f"safety:{about}:{hashlib.sha256(contact.email.lower().encode()).hexdigest()[:32]}"
    letter = write_letter(to=link.user, key=key, good_for=GOOD_FOR, **said)
    told = {"link": link, "alarm": alarm, "name": contact.name, "email": contact.email}
    return Notice.objects.get_or_create(letter=letter, defaults=told)[0]


def _name_of_other(link: Link) -> str:
    """As the two know each other: she by the name of her profile."""
    booking = link.booking
    return booking.terms.companion_name if link.user_id == booking.client_id else booking.client.display_name
