"""Five people one trusts, and not one more."""

import re
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse
from django.utils.html import escape

from accounts.models import Letter
from safety import services
from safety.errors import ContactTwice, TooManyContacts
from safety.models import Notice, TrustedContact
from safety.models.contact import WRONG_NUMBER
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
        ("trusted_contact_phone_whole", {"slot": 2, "email": "y@example.com", "phone": "110;ext=1"}),
        ("trusted_contact_phone_whole", {"slot": 2, "email": "y@example.com", "phone": "138"}),
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
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("138 0000 0000", "13800000000"),
        ("+86 138-0000-0000", "+8613800000000"),
        ("0086 138 0000 0000", "+8613800000000"),
        ("\u202d+8613800000000\u202c", "+8613800000000"),
        ("１３８００００００００", "13800000000"),
        ("(021) 6288-9999", "02162889999"),
        ("010-65123456", "01065123456"),
        ("0571 8701 2345", "057187012345"),
        ("0912 1234567", "09121234567"),
        ("+86 21 6288 9999", "+862162889999"),
        ("+852 9123 4567", "+85291234567"),
        ("+49 1512 3456789", "+4915123456789"),
        ("+1234567", "+1234567"),
        ("+123456789012345", "+123456789012345"),
        ("", ""),
    ],
)
def test_numbers_as_people_write_them(client, client_user, typed, kept):
    client.force_login(client_user)
    assert client.post(CONTACTS, {"name": "妈妈", "email": "mum@example.com", "phone": typed}).status_code == 302
    assert TrustedContact.objects.get().phone == kept


@pytest.mark.django_db
@pytest.mark.parametrize(
    "typed",
    [
        *("138", "1380000000", "138000000000", "12800000000", "62889999", "110", "400 820 8820"),
        *("021 628", "0571 8701 23456", "+86 138", "+86 138 0000 000", "+86 1", "+123456", "+1234567890123456"),
        *("+0 1234 5678", "8613800000000", "13800000000x", "妈妈的号码"),
    ],
)
def test_what_nobody_can_be_called_at_is_refused_and_stays_in_the_form(client, client_user, typed):
    client.force_login(client_user)
    said = {"name": "妈妈", "email": "mum@example.com", "phone": typed}
    page = client.post(CONTACTS, said, headers=ENGLISH).content.decode()
    assert escape(str(WRONG_NUMBER)) in page
    assert all(f'value="{value}"' in page for value in said.values())
    assert not TrustedContact.objects.exists()


@pytest.mark.django_db
def test_the_field_takes_a_number_with_all_its_blanks(client, client_user):
    client.force_login(client_user)
    [field] = re.findall(r'<input[^>]*name="phone"[^>]*>', client.get(CONTACTS).content.decode())
    assert "maxlength" not in field


@pytest.mark.django_db
class TestNumbersFromBefore:
    @pytest.fixture
    def old(self, running) -> TrustedContact:
        """Taken when three digits were enough, and kept by the migration."""
        latest = self.migrate("0005_consent_version")
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO safety_trustedcontact (user_id, slot, name, email, phone)"
                " VALUES (%s, 1, '妈妈', 'mum@example.com', '138')",
                [running.client_id],
            )
        self.migrate(latest)
        return TrustedContact.objects.get()

    def migrate(self, name: str) -> str:
        """Returns the newest there is."""
        # All in one transaction here: foreign keys that are still to be looked at would be in the way.
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        executor = MigrationExecutor(connection)
        executor.migrate([("safety", name)])
        return max(name for app, name in executor.loader.graph.leaf_nodes("safety"))

    def test_nothing_is_lost_and_its_owner_reads_that_it_is_not_whole(self, client, old):
        client.force_login(old.user)
        page = client.get(CONTACTS, headers=ENGLISH).content.decode()
        assert old.phone == "138" and "138" in page
        assert "This number is not whole" in page and "tel:138" not in page

    def test_where_help_is_called_for_there_is_no_button_that_reaches_nobody(self, client, old, running):
        client.force_login(old.user)
        page = client.get(reverse("safety:sos", args=[running.pk]), headers=ENGLISH).content.decode()
        assert "tel:110" in page and "tel:138" not in page

    def test_it_is_put_right_on_its_page(self, client, old):
        client.force_login(old.user)
        page, said = reverse("safety:contact", args=[old.pk]), {"name": "妈妈", "email": "mum@example.com"}
        assert client.post(page, said | {"phone": "138"}).status_code == 200
        client.post(page, said | {"phone": "13800000000"})
        old.refresh_from_db()
        assert old.phone == "13800000000" and old.can_be_called


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
    with django_assert_num_queries(7):
        client.get(CONTACTS)
    for number in (1, 2):
        add(client_user, number)
    with django_assert_num_queries(7):
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
