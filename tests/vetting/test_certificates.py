"""Certificates with an end: what it hides, when, and who is told."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError
from django.db.models import Value

from accounts.ages import shanghai_today
from accounts.models import Letter
from listings import services as listings
from listings.models import Listing, still_valid
from moderation import services as moderation
from moderation.errors import AlreadyDecided
from tests.cast import a_companion, a_listing, a_moderator
from tests.papers import a_certificate, a_photo, an_approved_certificate, case_of, seen
from tests.rivals import rival
from vetting import services
from vetting.errors import CertificateNotFound, TooManyCertificates
from vetting.models import Certificate, ExpiryNotice, PrivateDocument, State

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Listing:
    return a_listing("shen", kind="clinic")


def days(number: int) -> date:
    return shanghai_today() + timedelta(days=number)


def found(listing: Listing) -> bool:
    return Listing.objects.published().filter(pk=listing.pk).exists()


def shown(listing: Listing) -> Listing:
    listing.refresh_from_db()
    return listing


@pytest.mark.parametrize(("left", "is_found"), [(1, True), (0, True), (-1, False)])
def test_a_listing_is_found_up_to_the_last_valid_day(clinic, left, is_found):
    an_approved_certificate(clinic.companion.user, days(left))
    assert shown(clinic).valid_until == days(left)
    assert found(clinic) is is_found
    assert shown(clinic).is_published


@pytest.mark.parametrize(
    ("moment", "valid"),
    [
        (datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 12, 31, 16, 0, 0, tzinfo=UTC), False),
    ],
    ids=["a second before midnight in Shanghai", "at midnight in Shanghai"],
)
def test_the_day_ends_in_shanghai(clinic, moment, valid):
    Listing.objects.update(valid_until=date(2026, 12, 31))
    assert Listing.objects.filter(still_valid(at=Value(moment))).exists() is valid


def test_expired_it_is_not_there_for_others_and_says_so_to_its_owner(client, clinic, stranger):
    an_approved_certificate(clinic.companion.user, date(2026, 3, 1))
    client.force_login(stranger)
    assert client.get(f"/listings/{clinic.pk}/").status_code == 404
    client.force_login(clinic.companion.user)
    text = client.get("/listings/", headers={"accept-language": "en"}).content.decode()
    assert "expired on March 1, 2026" in text
    assert 'href="/certificates/"' in text


def test_the_longest_of_several_counts_and_only_of_those_the_kind_accepts(clinic):
    user = clinic.companion.user
    an_approved_certificate(user, days(10))
    an_approved_certificate(user, days(90), label="health_manager")
    an_approved_certificate(user, days(400), label="other")
    assert shown(clinic).valid_until == days(90)


def test_a_renewal_brings_it_back(clinic, moderator):
    user = clinic.companion.user
    an_approved_certificate(user, days(-3))
    new = a_certificate(user, days(300))
    services.renew(by=user, certificate_id=new.pk)
    assert not found(clinic)
    moderation.decide(case=seen(new, moderator), by=moderator, approve=True)
    assert found(clinic)
    assert not PrivateDocument.objects.kept().exists()


def test_a_renewal_that_is_sent_back_says_why(clinic, moderator):
    user = clinic.companion.user
    new = a_certificate(user)
    services.renew(by=user, certificate_id=new.pk)
    moderation.decide(case=case_of(new), by=moderator, approve=False, reason="有效期看不清。")
    new.refresh_from_db()
    assert (new.state, new.reason) == (State.REJECTED, "有效期看不清。")
    assert "有效期看不清。" in Letter.objects.get().body
    assert shown(clinic).valid_until == clinic.valid_until


def test_other_kinds_do_not_end(listing):
    an_approved_certificate(listing.companion.user, days(-3))
    assert found(listing)


class TestNotices:
    @pytest.mark.parametrize(("left", "told"), [(31, []), (30, [30]), (8, [30]), (7, [7]), (0, [7]), (-1, [0])])
    def test_thirty_and_seven_days_before_and_at_the_end(self, client_user, left, told):
        an_approved_certificate(client_user, days(left))
        services.tell_of_expiry()
        assert list(ExpiryNotice.objects.values_list("days", flat=True)) == told
        assert Letter.objects.count() == len(told)

    def test_once_each(self, client_user):
        certificate = an_approved_certificate(client_user, days(20))
        assert (services.tell_of_expiry(), services.tell_of_expiry()) == (1, 0)
        Certificate.objects.filter(pk=certificate.pk).update(expires_on=days(5))
        assert (services.tell_of_expiry(), services.tell_of_expiry()) == (1, 0)
        Certificate.objects.filter(pk=certificate.pk).update(expires_on=days(-1))
        assert (services.tell_of_expiry(), services.tell_of_expiry()) == (1, 0)
        assert Letter.objects.filter(to=client_user).count() == 3

    def test_not_of_one_that_was_renewed(self, client_user):
        an_approved_certificate(client_user, days(5))
        an_approved_certificate(client_user, days(300))
        assert services.tell_of_expiry() == 0

    def test_not_of_one_beside_another_sort_that_serves_the_same_kind_for_longer(self, client_user):
        an_approved_certificate(client_user, days(-1), label="care_worker")
        an_approved_certificate(client_user, days(5))
        an_approved_certificate(client_user, days(300), label="health_manager")
        assert services.tell_of_expiry() == 0

    def test_what_serves_no_kind_stands_in_for_nothing(self, client_user):
        an_approved_certificate(client_user, days(5))
        an_approved_certificate(client_user, days(6), label="other")
        an_approved_certificate(client_user, days(300), label="other")
        services.tell_of_expiry()
        assert [notice.certificate.label for notice in ExpiryNotice.objects.all()] == ["nurse"]

    def test_where_one_of_two_kinds_would_lack_it_it_is_told(self, client_user, monkeypatch):
        both = {frozenset({"nurse", "health_manager"}), frozenset({"nurse", "care_worker"})}
        monkeypatch.setattr("vetting.services.expiry.alike", both)
        an_approved_certificate(client_user, days(5))
        an_approved_certificate(client_user, days(300), label="health_manager")
        assert services.tell_of_expiry() == 1
        an_approved_certificate(client_user, days(300), label="care_worker")
        ExpiryNotice.objects.all().delete()
        assert services.tell_of_expiry() == 0

    def test_not_of_anothers(self, client_user, stranger):
        an_approved_certificate(client_user, days(5))
        an_approved_certificate(stranger, days(300), label="health_manager")
        assert services.tell_of_expiry() == 1

    def test_in_the_readers_language(self, client_user):
        client_user.language = "en"
        client_user.save()
        an_approved_certificate(client_user, days(5))
        services.tell_of_expiry()
        assert Letter.objects.get().subject == "Your certificate is valid for 5 more days"


class TestOwn:
    def test_a_draft_can_be_taken_away_with_its_photo(self, client_user):
        certificate = a_certificate(client_user)
        services.remove_certificate(by=client_user, certificate_id=certificate.pk)
        assert not Certificate.objects.exists()
        assert not PrivateDocument.objects.kept().exists()

    def test_anothers_cannot_be_touched(self, client, client_user, stranger):
        certificate = a_certificate(client_user)
        client.force_login(stranger)
        for verb in ("remove", "renew", "take-back"):
            assert client.post(f"/certificates/{certificate.pk}/{verb}/").status_code == 404
            assert client.post(f"/certificates/{certificate.pk + 1}/{verb}/").status_code == 404
        certificate.refresh_from_db()
        assert certificate.is_draft
        for verb in (services.remove_certificate, services.renew, services.take_back_certificate):
            with pytest.raises(CertificateNotFound):
                verb(by=stranger, certificate_id=certificate.pk)

    def test_taken_back_it_can_be_handed_in_again(self, client_user):
        certificate = a_certificate(client_user)
        services.renew(by=client_user, certificate_id=certificate.pk)
        services.take_back_certificate(by=client_user, certificate_id=certificate.pk)
        services.renew(by=client_user, certificate_id=certificate.pk)
        assert case_of(certificate).version == 3

    def test_there_is_an_end_to_them(self, client_user, monkeypatch):
        monkeypatch.setattr("vetting.services.certificates.MOST_CERTIFICATES", 1)
        a_certificate(client_user)
        with pytest.raises(TooManyCertificates):
            a_certificate(client_user)

    def test_those_that_have_ended_take_no_room(self, client_user, monkeypatch):
        monkeypatch.setattr("vetting.services.certificates.MOST_CERTIFICATES", 1)
        for ended in (3, 2, 1):
            an_approved_certificate(client_user, days(-ended))
        an_approved_certificate(client_user, days(0))
        with pytest.raises(TooManyCertificates):
            a_certificate(client_user)

    def test_a_draft_that_has_ended_takes_room_until_it_is_taken_away(self, client_user, monkeypatch):
        monkeypatch.setattr("vetting.services.certificates.MOST_CERTIFICATES", 1)
        draft = a_certificate(client_user, days(-1))
        with pytest.raises(TooManyCertificates):
            a_certificate(client_user)
        services.remove_certificate(by=client_user, certificate_id=draft.pk)
        a_certificate(client_user)

    def test_a_photo_is_kept_where_something_else_is_wrong(self, client, client_user):
        client.force_login(client_user)
        typed = {"label": "nurse", "number_tail": "0042", "issued_by": "上海市卫健委"}
        answer = client.post("/certificates/", typed | {"expires_on": "2020-01-01", "photo": a_photo()})
        assert set(answer.context["form"].errors) == {"expires_on"}
        client.post("/certificates/", typed | {"expires_on": days(9).isoformat()})
        assert Certificate.objects.get().is_pending

    def test_another_photo_takes_the_place_of_the_one_that_was_kept(self, client, client_user):
        client.force_login(client_user)
        typed = {"label": "nurse", "number_tail": "0042", "issued_by": "上海市卫健委"}
        for _attempt in range(2):
            client.post("/certificates/", typed | {"expires_on": "2020-01-01", "photo": a_photo()})
        client.post("/certificates/", typed | {"expires_on": days(9).isoformat(), "photo": a_photo()})
        assert list(PrivateDocument.objects.kept()) == [Certificate.objects.get().document]
        assert client.get("/certificates/").context["form"].fields["photo"].required

    def test_what_a_refused_one_said_need_not_be_typed_again(self, client, client_user, moderator):
        certificate = services.renew(by=client_user, certificate_id=a_certificate(client_user).pk)
        client.force_login(client_user)
        assert not client.get("/certificates/").context["form"].initial
        moderation.decide(case=case_of(certificate), by=moderator, approve=False, reason="照片糊了")
        offered = client.get("/certificates/").context["form"].initial
        assert (offered["label"], offered["expires_on"]) == (certificate.label, certificate.expires_on)
        a_certificate(client_user)
        assert not client.get("/certificates/").context["form"].initial

    @pytest.mark.parametrize("count", [1, 3], ids=["one row", "three rows"])
    def test_the_page_costs_the_same_however_many(self, client, client_user, count, django_assert_num_queries):
        for _ in range(count):
            a_certificate(client_user)
        client.force_login(client_user)
        with django_assert_num_queries(9):
            text = client.get("/certificates/").content.decode()
        assert text.count("<article") == count


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"label": "magic"}, "certificate_label_known"),
        ({"state": "approved"}, "certificate_decided_at_some_time"),
        ({"document": None}, "certificate_pending_has_photo"),
        ({"submitted_at": None}, "certificate_submitted_at_some_time"),
    ],
)
def test_a_certificate_that_cannot_be(client_user, change, constraint):
    certificate = a_certificate(client_user)
    services.renew(by=client_user, certificate_id=certificate.pk)
    with pytest.raises(IntegrityError, match=constraint):
        Certificate.objects.filter(pk=certificate.pk).update(**change)


def test_told_once_by_the_database(client_user):
    notice = ExpiryNotice.objects.create(certificate=a_certificate(client_user), days=7)
    with pytest.raises(IntegrityError, match="expiry_told_once"):
        ExpiryNotice.objects.create(certificate=notice.certificate, days=7)


@pytest.mark.django_db(transaction=True)
def test_two_moderators_at_once_decide_once(client_user, moderator):
    certificate = a_certificate(client_user)
    services.renew(by=client_user, certificate_id=certificate.pk)
    case, li = seen(certificate, moderator), a_moderator("li")
    with rival(lambda: moderation.decide(case=case, by=moderator, approve=True)) as meanwhile:
        second = meanwhile(lambda: moderation.decide(case=case, by=li, approve=False, reason="不清楚"))
    with pytest.raises(AlreadyDecided):
        second()
    certificate.refresh_from_db()
    assert certificate.is_approved


def test_the_switch_of_kinds_asks_nobody_which_kind(db):
    user = a_companion("nana").user
    an_approved_certificate(user, days(9))
    listings.refresh_valid_until(user=user)
    assert not Listing.objects.exists()
