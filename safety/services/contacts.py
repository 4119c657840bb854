"""Those a person trusts, five at most. Each change locks the person, so that two tabs take two places."""

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.services import one_at_a_time, take_back_letter
from common.database import broken_constraint
from safety.errors import ContactTwice, TooManyContacts
from safety.models import MOST_CONTACTS, Notice, TrustedContact


@transaction.atomic
def add_contact(*, by: User, name: str, email: str, phone: str = "") -> TrustedContact:
    """Takes the first free place. Raises TooManyContacts, ContactTwice."""
    one_at_a_time(by)
    taken = set(TrustedContact.objects.filter(user=by).values_list("slot", flat=True))
    free = [slot for slot in range(1, MOST_CONTACTS + 1) if slot not in taken]
    if not free:
        raise TooManyContacts
    return _saved(TrustedContact(user=by, slot=free[0], name=name, email=email, phone=phone))


@transaction.atomic
def change_contact(*, contact: TrustedContact, name: str, email: str, phone: str = "") -> TrustedContact:
    """What waits for an address that he no longer has is not sent, as in `remove_contact`. Raises ContactTwice."""
    before = TrustedContact.objects.select_for_update().get(pk=contact.pk)
    if before.email.lower() != email.lower():
        _take_back_letters_to(before)
    contact.name, contact.email, contact.phone = name, email, phone
    return _saved(contact)


@transaction.atomic
def remove_contact(*, contact: TrustedContact) -> None:
    """What is on its way there and only tells of a meeting is not sent any more. Twice is once."""
    _take_back_letters_to(contact)
    TrustedContact.objects.filter(pk=contact.pk).delete()


def _take_back_letters_to(contact: TrustedContact) -> None:
    waiting = Notice.objects.sharing().filter(link__user=contact.user_id, email__iexact=contact.email)
    for key in waiting.values_list("letter__key", flat=True):
        take_back_letter(key=key)


def _saved(contact: TrustedContact) -> TrustedContact:
    try:
        with transaction.atomic():
            contact.save()
    except IntegrityError as error:
        if broken_constraint(error) != "trusted_contact_address_once":
            raise
        raise ContactTwice from error
    return contact
