"""An approved companion's profile: what was approved stays up while a change is read."""

import pytest

from accounts.models import Letter
from listings import services
from listings.errors import DecidedMeanwhile, NothingToWithdraw
from listings.models import Companion, ProfileRevision
from moderation import services as moderation
from tests.papers import case_of
from tests.rivals import rival

pytestmark = pytest.mark.django_db

NEW = {
    "display_name": "姗姗",
    "gender": "other",
    "city": "苏州",
    "languages": ["mandarin", "wu"],
    "about": "搬到苏州了。",
}


@pytest.fixture
def revision(companion) -> ProfileRevision:
    services.save_profile(by=companion, **NEW)
    return ProfileRevision.objects.get()


def shown() -> dict:
    return Companion.objects.values(*NEW).get()


def test_the_approved_one_stays_up(revision):
    assert shown()["display_name"] == "shanshan"
    assert revision.is_pending


def test_approved_it_is_shown(revision, moderator, companion):
    moderation.decide(case=case_of(revision), by=moderator, approve=True)
    assert shown() == NEW
    assert Letter.objects.get().to == companion


def test_sent_back_nothing_changes_and_she_reads_why(revision, moderator):
    moderation.decide(case=case_of(revision), by=moderator, approve=False, reason="名字里请不要带电话。")
    revision.refresh_from_db()
    assert shown()["display_name"] == "shanshan"
    assert revision.reason == "名字里请不要带电话。"


def test_what_waits_can_be_replaced_and_taken_back(revision, companion):
    services.save_profile(by=companion, **NEW | {"city": "杭州"})
    assert (ProfileRevision.objects.get().city, case_of(revision).version) == ("杭州", 2)
    services.withdraw_profile(by=companion)
    with pytest.raises(NothingToWithdraw):
        services.withdraw_profile(by=companion)


def test_the_same_words_need_nobody(companion):
    services.save_profile(by=companion, **shown())
    assert not ProfileRevision.objects.exists()


def test_the_case_shows_before_and_after(client, revision, moderator):
    client.force_login(moderator)
    text = client.get(f"/moderation/{case_of(revision).pk}/").content.decode()
    assert all(words in text for words in ("shanshan", "姗姗", "上海", "苏州"))


@pytest.mark.django_db(transaction=True)
def test_decided_first_the_new_words_are_told_so(revision, companion, moderator):
    with rival(lambda: moderation.decide(case=case_of(revision), by=moderator, approve=True)) as meanwhile:
        later = meanwhile(lambda: services.save_profile(by=companion, **NEW | {"city": "杭州"}))
    with pytest.raises(DecidedMeanwhile):
        later()
    assert shown() == NEW
