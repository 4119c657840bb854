"""Who has taken a case is left alone with it for ten minutes."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.db.models import F
from django.utils.timezone import now

from listings import services as listings
from moderation import services
from moderation.errors import AlreadyDecided, CaseNotFound, ClaimedByAnother, TakenBack
from moderation.models import Priority, ReviewCase
from tests.cast import a_companion, a_moderator, a_text
from tests.rivals import rival, rows_unlocked

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(listing, companion) -> ReviewCase:
    listings.submit_listing(by=companion, listing=listing, text=a_text(price_fen=3000))
    return ReviewCase.objects.get()


@pytest.fixture
def li(db):
    return a_moderator("li")


def pass_ten_minutes(case: ReviewCase) -> None:
    ReviewCase.objects.filter(pk=case.pk).update(claimed_until=F("claimed_until") - services.CLAIM_LASTS)


def test_it_is_hers_for_ten_minutes(case, moderator):
    claimed = services.claim(case=case, by=moderator)
    assert claimed.claimed_by == moderator
    assert timedelta(minutes=9) < claimed.claimed_until - now() < timedelta(minutes=11)


def test_another_neither_takes_nor_decides_it(case, moderator, li):
    until = services.claim(case=case, by=moderator).claimed_until
    with pytest.raises(ClaimedByAnother) as refused:
        services.claim(case=case, by=li)
    assert (refused.value.name, refused.value.until) == (moderator.display_name, until)
    with pytest.raises(ClaimedByAnother):
        services.decide(case=case, by=li, approve=True)
    services.decide(case=case, by=moderator, approve=True)


def test_ten_minutes_later_he_does(case, moderator, li):
    services.claim(case=case, by=moderator)
    pass_ten_minutes(case)
    assert services.claim(case=case, by=li).claimed_by == li
    with pytest.raises(ClaimedByAnother):
        services.claim(case=case, by=moderator)


def test_once_more_prolongs_it(case, moderator):
    first = services.claim(case=case, by=moderator).claimed_until
    assert services.claim(case=case, by=moderator).claimed_until > first


def test_what_was_given_back_is_free(case, moderator, li):
    services.claim(case=case, by=moderator)
    services.release(case=case, by=moderator)
    services.claim(case=case, by=li)


def test_nobody_gives_back_for_another(case, moderator, li):
    services.claim(case=case, by=moderator)
    services.release(case=case, by=li)
    assert ReviewCase.objects.get().claimed_by == moderator


@pytest.mark.parametrize("do", [services.claim, services.release])
def test_for_others_there_is_nothing_to_take(case, companion, stranger, do):
    for who in (companion, stranger):
        with pytest.raises(CaseNotFound):
            do(case=case, by=who)


@pytest.mark.parametrize("how", ["approved", "withdrawn", "settled"])
def test_with_the_case_the_claim_is_over(case, moderator, companion, listing, how):
    services.claim(case=case, by=moderator)
    error = {"withdrawn": TakenBack}.get(how, AlreadyDecided)
    if how == "approved":
        services.decide(case=case, by=moderator, approve=True)
    elif how == "withdrawn":
        listings.withdraw(by=companion, listing=listing)
    else:
        services.settle_case(kind=case.kind, target=case.target, by="a.dotted.path", answer="approved")
    assert ReviewCase.objects.get().claimed_by is None
    with pytest.raises(error):
        services.claim(case=case, by=moderator)


def test_who_hands_it_in_again_does_not_keep_it(case, li):
    """A moderator who turns out to have a part in it."""
    services.claim(case=case, by=li)
    services.open_case(kind=case.kind, target=case.target, by=li)
    assert ReviewCase.objects.get().claimed_by is None


def test_who_becomes_a_part_of_it_does_not_keep_it(case, li, monkeypatch):
    services.claim(case=case, by=li)
    monkeypatch.setattr(type(case.target), "review_parties", lambda self: [li], raising=False)
    services.open_case(kind=case.kind, target=case.target, by=None)
    assert ReviewCase.objects.get().claimed_by is None


def test_what_cannot_wait_any_more_is_free(case, moderator):
    services.claim(case=case, by=moderator)
    services.open_case(kind=case.kind, target=case.target, by=None, priority=Priority.P0)
    assert ReviewCase.objects.get().claimed_by is None


def test_the_text_may_change_in_her_hands(case, moderator, listing, companion):
    services.claim(case=case, by=moderator)
    listings.submit_listing(by=companion, listing=listing, text=a_text(price_fen=9900))
    assert ReviewCase.objects.get().claimed_by == moderator


class TestTheNext:
    @pytest.fixture
    def cases(self, case) -> list[ReviewCase]:
        """Three, the most urgent first."""
        for name in ("meimei", "nana"):
            listings.submit_listing(by=a_companion(name).user, text=a_text())
        most_urgent = ReviewCase.objects.latest("pk")
        ReviewCase.objects.filter(pk=most_urgent.pk).update(priority=Priority.P0)
        return list(ReviewCase.objects.most_urgent_first())

    def test_is_the_most_urgent_that_nobody_has(self, cases, moderator, li):
        taken = [services.claim_next(by=who) for who in (moderator, li, moderator, li)]
        assert taken == [*cases, None]

    def test_is_one_that_somebody_had_too_long(self, cases, moderator, li):
        pass_ten_minutes(services.claim_next(by=moderator))
        assert services.claim_next(by=li) == cases[0]

    def test_is_one_she_had_herself_too_long(self, cases, moderator):
        pass_ten_minutes(services.claim_next(by=moderator))
        assert services.claim_next(by=moderator) == cases[0]

    def test_is_none_of_her_own(self, case):
        meimei = a_moderator("meimei")
        ReviewCase.objects.update(owner=meimei)
        assert services.claim_next(by=meimei) is None


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"claimed_by": "moderator"}, "case_claimed_while_open"),
        ({"claimed_until": now()}, "case_claimed_while_open"),
        ({"claimed_by": "companion", "claimed_until": now()}, "case_not_claimed_by_owner"),
        ({"claimed_by": "moderator", "claimed_until": now(), "status": "withdrawn"}, "case_claimed_while_open"),
    ],
)
def test_a_claim_that_cannot_be(case, moderator, companion, change, constraint):
    people = {"moderator": moderator, "companion": companion}
    with pytest.raises(IntegrityError, match=constraint):
        ReviewCase.objects.update(**{name: people.get(value, value) for name, value in change.items()})


class TestTwoAtOnce:
    pytestmark = pytest.mark.django_db(transaction=True)

    def test_the_second_hears_who_has_it(self, case, moderator, li):
        with rival(lambda: services.claim(case=case, by=moderator)) as meanwhile:
            second = meanwhile(lambda: services.claim(case=case, by=li))
        with pytest.raises(ClaimedByAnother):
            second()
        assert ReviewCase.objects.get().claimed_by == moderator

    def test_without_the_lock_both_would_have_it(self, case, moderator, li):
        with rows_unlocked(ReviewCase), rival(lambda: services.claim(case=case, by=moderator)) as meanwhile:
            second = meanwhile(lambda: services.claim(case=case, by=li))
        assert second().claimed_by == li

    def test_the_next_is_another_one_and_waits_for_nobody(self, case, moderator, li):
        listings.submit_listing(by=a_companion("meimei").user, text=a_text())
        with rival(lambda: services.claim_next(by=moderator)) as meanwhile:
            assert meanwhile(lambda: services.claim_next(by=li))() != case
        assert set(ReviewCase.objects.values_list("claimed_by", flat=True)) == {moderator.pk, li.pk}

    def test_without_the_lock_it_would_be_the_same(self, case, moderator, li):
        listings.submit_listing(by=a_companion("meimei").user, text=a_text())
        with rows_unlocked(ReviewCase), rival(lambda: services.claim_next(by=moderator)) as meanwhile:
            second = meanwhile(lambda: services.claim_next(by=li))
        assert second() == case


class TestOnThePage:
    def test_the_queue_says_who_has_it(self, client, case, moderator, li):
        services.claim(case=case, by=moderator)
        said = {}
        for who in (moderator, li):
            client.force_login(who)
            said[who] = client.get("/moderation/", headers={"accept-language": "en"}).content.decode()
        assert "yours until" in said[moderator]
        assert f"{moderator.display_name} has it until" in said[li]

    def test_the_list_is_news_when_somebody_takes_one(self, client, case, moderator, li):
        client.force_login(li)
        seen = client.get("/moderation/").context["version"]
        services.claim(case=case, by=moderator)
        assert client.get(f"/moderation/?seen={seen}", headers={"HX-Request": "true"}).status_code == 200

    def test_opening_takes_nothing(self, client, case, moderator):
        client.force_login(moderator)
        client.get(f"/moderation/{case.pk}/")
        assert ReviewCase.objects.get().claimed_by is None

    def test_take_and_give_back(self, client, case, moderator):
        client.force_login(moderator)
        client.post(f"/moderation/{case.pk}/claim/")
        assert ReviewCase.objects.get().claimed_by == moderator
        assert client.post(f"/moderation/{case.pk}/release/").url == "/moderation/"
        assert ReviewCase.objects.get().claimed_by is None

    def test_take_the_next(self, client, case, moderator):
        client.force_login(moderator)
        assert client.post("/moderation/next/").url == f"/moderation/{case.pk}/"
        assert client.post("/moderation/next/").url == "/moderation/"

    def test_the_second_is_told_and_keeps_what_was_typed(self, client, case, moderator, li):
        services.claim(case=case, by=moderator)
        client.force_login(li)
        said = {"version": case.version, "decision": "reject", "reason": "不合适的话"}
        page = client.post(f"/moderation/{case.pk}/", said, headers={"accept-language": "en"})
        text = page.content.decode()
        assert page.status_code == 409
        assert f"{moderator.display_name} has taken this case until" in text and "不合适的话" in text

    def test_the_second_who_would_take_it_too(self, client, case, moderator, li):
        services.claim(case=case, by=moderator)
        client.force_login(li)
        page = client.post(f"/moderation/{case.pk}/claim/", headers={"accept-language": "en"})
        assert page.status_code == 409
        assert f"{moderator.display_name} has taken this case until" in page.content.decode()

    def test_who_only_looks_finds_nothing_to_press(self, client, case, moderator, li):
        services.claim(case=case, by=moderator)
        client.force_login(li)
        assert 'name="decision"' not in client.get(f"/moderation/{case.pk}/").content.decode()

    @pytest.mark.parametrize("path", ["next/", "{pk}/claim/", "{pk}/release/"])
    def test_for_others_there_is_no_such_address(self, client, case, companion, stranger, path):
        for who in (companion, stranger):
            client.force_login(who)
            assert client.post(f"/moderation/{path.format(pk=case.pk)}").status_code == 404
        assert ReviewCase.objects.get().claimed_by is None
