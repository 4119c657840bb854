"""Five people one trusts, and not one more."""

from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Letter
from safety import services
from safety.errors import ContactTwice, TooManyContacts
from safety.models import Notice, TrustedContact
from safety.services import contacts
from tests.rules import empty, rule_dropped
from tests.threads import at_once, failures

CONTACTS = reverse("safety:contacts")
ENGLISH = {"accept-language": "en"}


def add(user, number: int) -> TrustedContact:
    return services.add_contact(by=user, name=f"n{number}", email=f"n{number}@example.com")


def four(user) -> None:
    for number in range(4):
        add(user, number)


@pytest.mark.django_db
def test_the_first_free_place_is_taken(client_user):
    kept = [add(client_user, number) for number in range(5)]
    services.remove_contact(contact=kept[2])
    assert add(client_user, 7).slot == 3


@pytest.mark.django_db
def test_a_sixth_is_refused(client_user, other_client):
    for number in range(5):
        add(client_user, number)
    with pytest.raises(TooManyContacts):
        add(client_user, 6)
    assert add(other_client, 6).slot == 1


@pytest.mark.django_db
@pytest.mark.parametrize("slot", [0, 6])
def test_the_database_knows_of_five_places_only(client_user, slot):
    with pytest.raises(IntegrityError, match="trusted_contact_at_most_5"):
        TrustedContact.objects.create(user=client_user, slot=slot, name="x", email="x@example.com")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("trusted_contact_place", {"email": "y@example.com"}),
        ("trusted_contact_address_once", {"slot": 2, "email": "X@example.com"}),
        ("trusted_contact_has_name", {"slot": 2, "email": "y@example.com", "name": "  "}),
        ("trusted_contact_name_one_line", {"slot": 2, "email": "y@example.com", "name": "a\nb"}),
        ("trusted_contact_phone_digits", {"slot": 2, "email": "y@example.com", "phone": "110;ext=1"}),
    ],
)
def test_and_what_one_of_them_is(client_user, rule, fields):
    known = {"user": client_user, "slot": 1, "name": "x", "email": "x@example.com"}
    TrustedContact.objects.create(**known)
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        TrustedContact.objects.create(**known | fields)


@pytest.mark.django_db(transaction=True)
def test_six_at_once_are_five(client_user):
    results = at_once(*(partial(add, client_user, number) for number in range(6)))
    assert [type(error) for error in failures(results)] == [TooManyContacts]
    assert TrustedContact.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_places_are_still_the_databases(client_user, monkeypatch):
    four(client_user)
    monkeypatch.setattr(contacts, "one_at_a_time", lambda user: None)
    results = at_once(*(partial(add, client_user, number) for number in range(5, 11)))
    assert TrustedContact.objects.count() == 5
    assert {type(error) for error in failures(results)} <= {TooManyContacts, IntegrityError}


@pytest.mark.django_db(transaction=True)
def test_control_without_lock_and_place_there_are_more(client_user, monkeypatch):
    four(client_user)
    monkeypatch.setattr(contacts, "one_at_a_time", lambda user: None)
    monkeypatch.setattr(contacts, "_saved", _after_the_others(contacts._saved))
    with rule_dropped("safety_trustedcontact", "trusted_contact_place"):
        at_once(*(partial(add, client_user, number) for number in range(5, 8)))
        assert TrustedContact.objects.count() > 5
        empty("safety_trustedcontact")


def _after_the_others(save):
    """All have seen the free place before one takes it."""
    from threading import Barrier

    seen = Barrier(3)

    def saved(contact):
        seen.wait()
        return save(contact)

    return saved


@pytest.mark.django_db
def test_the_page_adds_changes_and_removes(client, client_user):
    client.force_login(client_user)
    said = {"name": " 妈妈 ", "email": "mum@example.com", "phone": "+86 138-0000-0000"}
    assert client.post(CONTACTS, said).status_code == 302
    mum = TrustedContact.objects.get()
    assert (mum.name, mum.phone) == ("妈妈", "+8613800000000")
    assert 'href="tel:+8613800000000"' in client.get(CONTACTS).content.decode()
    client.post(reverse("safety:contact", args=[mum.pk]), {**said, "name": "老妈", "phone": ""})
    assert client.get(CONTACTS).content.decode().count("老妈") == 2
    client.post(reverse("safety:contact_remove", args=[mum.pk]))
    assert not TrustedContact.objects.exists()


@pytest.mark.django_db
def test_what_was_typed_stays_when_it_is_refused(client, family):
    client.force_login(family)
    page = client.post(CONTACTS, {"name": "再一个", "email": "MUM@example.com"}, headers=ENGLISH).content.decode()
    assert str(ContactTwice.message) in page
    assert "再一个" in page


@pytest.mark.django_db
def test_others_people_are_not_there(client, family, other_client):
    theirs = family.trusted_contacts.first()
    client.force_login(other_client)
    assert client.get(CONTACTS).content.decode().count("mum@example.com") == 0
    for page in ("contact", "contact_remove"):
        assert client.post(reverse(f"safety:{page}", args=[theirs.pk])).status_code == 404


@pytest.mark.django_db
def test_the_list_costs_the_same_however_long(client, client_user, django_assert_num_queries):
    client.force_login(client_user)
    add(client_user, 0)
    with django_assert_num_queries(6):
        client.get(CONTACTS)
    for number in (1, 2):
        add(client_user, number)
    with django_assert_num_queries(6):
        client.get(CONTACTS)


@pytest.mark.django_db
def test_a_letter_that_waits_does_not_go_to_the_address_he_corrected(soon, family):
    services.share_with_contacts(booking=soon, by=family)
    mum = family.trusted_contacts.get(name="妈妈")
    services.change_contact(contact=mum, name="老妈", email="MUM@example.com")
    assert Notice.objects.filter(email="mum@example.com").exists()
    services.change_contact(contact=mum, name="老妈", email="right@example.com")
    assert list(Notice.objects.values_list("email", flat=True)) == ["yong@example.com"]


@pytest.mark.django_db
def test_who_is_removed_gets_no_letter_that_still_waits(soon, family):
    services.share_with_contacts(booking=soon, by=family)
    services.remove_contact(contact=family.trusted_contacts.first())
    assert Letter.objects.filter(key__startswith="safety:link").count() == 1
