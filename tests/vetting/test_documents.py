"""Who can read a photo of somebody's papers: the database cannot, a moderator can while she decides, then nobody."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.utils import timezone

from common import sealing
from listings import services as listings
from moderation import services as moderation
from moderation.models import AuditEvent
from tests.cast import a_moderator
from tests.papers import (
    REAL_NAME,
    a_certificate,
    a_photo,
    a_submitted_application,
    an_identity,
    case_of,
    photos_of,
    seen,
)
from vetting import services
from vetting.errors import DocumentsUnopened
from vetting.models import Certificate, IdentityCheck, PrivateDocument, Purpose

pytestmark = pytest.mark.django_db


@pytest.fixture
def application(db):
    return a_submitted_application()


@pytest.fixture
def applicant(application):
    return application.companion.user


@pytest.fixture
def photo(applicant) -> PrivateDocument:
    return photos_of(applicant)[0]


def dump(*tables: str) -> bytes:
    """Everything these tables hold, as it leaves the database."""
    with connection.cursor() as cursor:
        rows = []
        for table in tables:
            cursor.execute(f"SELECT * FROM {table}")
            rows += [
                bytes(cell) if isinstance(cell, memoryview) else str(cell).encode() for row in cursor for cell in row
            ]
    return b"\n".join(rows)


TABLES = ("vetting_privatedocument", "vetting_identitycheck")


def test_neither_photo_nor_name_is_in_the_tables_in_clear(photo):
    document = PrivateDocument.objects.defer(None).get(pk=photo.pk)
    content, sealed = document.content(), bytes(document.sealed)
    assert content.startswith(b"\xff\xd8")
    assert sealed in dump(*TABLES)
    assert content not in dump(*TABLES)
    assert content[20:60] not in dump(*TABLES)
    assert REAL_NAME.encode() not in dump(*TABLES)


@pytest.mark.parametrize("approve", [True, False])
def test_after_the_decision_not_even_sealed(application, photo, moderator, approve):
    sealed = bytes(PrivateDocument.objects.defer(None).get(pk=photo.pk).sealed)
    moderation.decide(case=seen(application, moderator), by=moderator, approve=approve, reason="照片看不清。")
    assert sealed not in dump(*TABLES)
    assert not PrivateDocument.objects.kept().exists()
    assert AuditEvent.objects.filter(action="document.erased").exists()


def test_a_decision_that_fails_erases_nothing(application, photo, moderator, monkeypatch):
    def broken(**_kwargs):
        raise RuntimeError

    monkeypatch.setattr("accounts.services.write_letter", broken)
    with pytest.raises(RuntimeError):
        moderation.decide(case=seen(application, moderator), by=moderator, approve=True)
    assert PrivateDocument.objects.kept().count() == 2


@pytest.mark.parametrize("change", [{"sealed": None}, {"erased_at": timezone.now()}])
def test_erased_is_empty_and_the_other_way_round(photo, change):
    with pytest.raises(IntegrityError, match="document_erased_is_empty"):
        PrivateDocument.objects.filter(pk=photo.pk).update(**change)


def test_the_moderator_of_the_open_case_sees_it_and_that_is_written_down(client, photo, moderator, application):
    client.force_login(moderator)
    answer = client.get(photo.get_absolute_url())
    assert answer.content.startswith(b"\xff\xd8")
    headers = {name: answer.headers[name] for name in ("Content-Type", "X-Content-Type-Options", "Cache-Control")}
    assert headers["Content-Type"] == "image/jpeg"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in headers["Cache-Control"]
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Disposition"].startswith("inline")
    event = AuditEvent.objects.get(action="document.opened")
    assert (event.actor, event.target, event.after["document"]) == (moderator, application, photo.pk)


def test_for_everybody_else_it_is_not_there(client, photo, applicant, stranger, companion):
    for user in (applicant, stranger, companion):
        client.force_login(user)
        assert client.get(photo.get_absolute_url()).status_code == 404
    client.logout()
    assert client.get(photo.get_absolute_url()).status_code == 302
    assert not AuditEvent.objects.filter(action="document.opened").exists()


def test_nor_for_a_moderator_whose_own_it_is(client, db):
    user = a_moderator("meimei")
    check = an_identity(user)
    services.prove_identity(by=user)
    client.force_login(user)
    assert client.get(check.card.get_absolute_url()).status_code == 404
    client.force_login(a_moderator("li"))
    assert client.get(check.card.get_absolute_url()).status_code == 200


def test_nor_before_it_is_handed_in_nor_after_the_decision(client, stranger, moderator):
    check = an_identity(stranger)
    client.force_login(moderator)
    assert client.get(check.card.get_absolute_url()).status_code == 404
    services.prove_identity(by=stranger)
    assert client.get(check.card.get_absolute_url()).status_code == 200
    moderation.decide(case=seen(check, moderator), by=moderator, approve=True)
    assert client.get(check.card.get_absolute_url()).status_code == 404


class TestUnopened:
    """Whoever approves has looked at each photo herself; sending back needs none."""

    def test_the_page_names_what_nobody_has_looked_at(self, client, moderator):
        application = a_submitted_application("nana", kinds=("listener", "clinic"))
        case, first, second = case_of(application), *photos_of(application.companion.user)[1:]
        for document in (first, second):
            services.open_document(document_id=document.pk, by=moderator)
        client.force_login(moderator)
        sent = {"version": case.version, "decision": "approve", "reason": ""}
        page = client.post(f"/moderation/{case.pk}/", sent, headers={"accept-language": "en"})
        text = page.content.decode()
        assert page.status_code == 409
        assert "Not opened by you yet: Nurse&#x27;s licence · 上海市卫生健康委员会." in text
        assert PrivateDocument.objects.kept().filter(case=case).count() == 3

    def test_what_another_moderator_opened_does_not_count(self, application, moderator):
        case = seen(application, a_moderator("li"))
        with pytest.raises(DocumentsUnopened):
            moderation.decide(case=case, by=moderator, approve=True)
        assert case_of(application).is_open

    def test_nor_what_was_opened_before_another_photo_took_its_place(self, application, moderator, applicant):
        seen(application, moderator)
        listings.withdraw_application(by=applicant)
        services.save_identity(by=applicant, card=a_photo())
        again = listings.submit_application(by=applicant)
        with pytest.raises(DocumentsUnopened):
            moderation.decide(case=case_of(again), by=moderator, approve=True)
        moderation.decide(case=seen(again, moderator), by=moderator, approve=True)

    def test_sent_back_unseen(self, application, moderator):
        moderation.decide(case=case_of(application), by=moderator, approve=False, reason="请写清楚。")
        assert not case_of(application).is_open


def test_the_case_shows_where_they_are_and_opens_none(client, application, photo, moderator):
    client.force_login(moderator)
    text = client.get(f"/moderation/{case_of(application).pk}/").content.decode()
    assert photo.get_absolute_url() in text
    assert REAL_NAME in text
    assert not AuditEvent.objects.filter(action="document.opened").exists()


def test_a_second_photo_takes_the_place_of_the_first(stranger):
    first = an_identity(stranger).card
    second = services.save_identity(by=stranger, card=a_photo()).card
    assert second != first
    assert set(PrivateDocument.objects.kept().filter(purpose=Purpose.ID_CARD)) == {second}


def test_what_nobody_handed_in_goes_after_a_month(stranger, application):
    an_identity(stranger)
    PrivateDocument.objects.update(uploaded_at=timezone.now() - timedelta(days=31))
    assert services.erase_abandoned() == 2
    assert set(PrivateDocument.objects.kept()) == set(photos_of(application.companion.user))


class TestWhatWasTypedForDrafts:
    """It goes with the photos, from drafts that are as old."""

    @pytest.fixture(autouse=True)
    def papers(self, stranger, application) -> None:
        an_identity(stranger)
        a_certificate(stranger)
        self.grow_old(PrivateDocument, "uploaded_at")
        self.grow_old(IdentityCheck, "created_at")
        self.grow_old(Certificate, "created_at")

    def grow_old(self, model, column: str, days: int = 31) -> None:
        model.objects.update(**{column: timezone.now() - timedelta(days=days)})

    def typed(self, user) -> tuple[str, str, str]:
        check = IdentityCheck.objects.get(user=user)
        numbers = Certificate.objects.filter(user=user).values_list("number_tail", flat=True)
        return (check.real_name, check.number_tail, "".join(numbers))

    def test_names_and_numbers_go_too(self, stranger):
        assert services.erase_abandoned() == 3
        assert self.typed(stranger) == ("", "", "")
        assert services.erase_abandoned() == 0

    def test_not_of_what_was_handed_in(self, applicant):
        services.erase_abandoned()
        assert self.typed(applicant) == (REAL_NAME, "123X", "")

    def test_nor_of_what_is_not_as_old(self, stranger):
        self.grow_old(IdentityCheck, "created_at", 29)
        self.grow_old(Certificate, "created_at", 29)
        services.erase_abandoned()
        assert self.typed(stranger) == (REAL_NAME, "123X", "0042")

    def test_nor_where_a_photo_was_taken_again(self, stranger):
        services.save_identity(by=stranger, card=a_photo())
        services.erase_abandoned()
        assert self.typed(stranger) == (REAL_NAME, "123X", "0042")

    def test_it_can_be_typed_again(self, stranger):
        services.erase_abandoned()
        an_identity(stranger)
        assert services.prove_identity(by=stranger).is_pending


class TestKeys:
    def test_another_key_first_seals_what_is_new_and_opens_what_is_old(self, photo, settings):
        old, new = settings.DOCUMENT_KEYS[0], Fernet.generate_key().decode()
        before = PrivateDocument.objects.defer(None).get(pk=photo.pk).content()
        settings.DOCUMENT_KEYS = [new, old]
        assert PrivateDocument.objects.defer(None).get(pk=photo.pk).content() == before
        call_command("reseal_documents", verbosity=0)
        settings.DOCUMENT_KEYS = [new]
        assert PrivateDocument.objects.defer(None).get(pk=photo.pk).content() == before
        assert IdentityCheck.objects.get().real_name == REAL_NAME
        settings.DOCUMENT_KEYS = [old]
        with pytest.raises(InvalidToken):
            PrivateDocument.objects.defer(None).get(pk=photo.pk).content()

    def test_a_changed_byte_is_noticed(self):
        sealed = bytearray(sealing.seal(b"paper"))
        sealed[30] ^= 1
        with pytest.raises(InvalidToken):
            sealing.unseal(bytes(sealed))

    def test_what_is_no_key_stops_the_start_and_is_named(self, settings):
        settings.DOCUMENT_KEYS = ["short"]
        with pytest.raises(ImproperlyConfigured, match="DOCUMENT_KEYS"):
            sealing.keys()
