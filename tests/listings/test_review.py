"""A listing's way from the companion's pen to the shelf."""

from datetime import timedelta

import pytest

from accounts.ages import shanghai_today
from listings import services
from listings.errors import (
    CertificateLacking,
    DecidedMeanwhile,
    ListingNotFound,
    NoProfile,
    NothingToWithdraw,
    NotPublished,
    TooManyListings,
)
from listings.models import Decision, Listing, ListingRevision, State
from listings.search import find
from listings.services import proposing
from listings.services.review import LISTINGS_PER_COMPANION
from moderation import services as moderation
from moderation.models import ReviewCase, Status
from tests.cast import a_companion, a_text
from tests.papers import an_approved_certificate

pytestmark = pytest.mark.django_db


@pytest.fixture
def meimei(db):
    return a_companion("meimei").user


@pytest.fixture
def new(meimei) -> ListingRevision:
    return services.submit_listing(by=meimei, text=a_text())


def case_of(revision: ListingRevision) -> ReviewCase:
    return ReviewCase.objects.get(target_id=str(revision.pk))


def decide(revision: ListingRevision, by, approve: bool = True, reason: str = "") -> Listing:
    moderation.decide(case=case_of(revision), by=by, approve=approve, reason=reason)
    revision.refresh_from_db()
    return Listing.objects.get(pk=revision.listing_id)


def test_a_new_listing_waits_and_shows_nothing(new):
    assert (new.listing.status, new.listing.headline, case_of(new).status) == (State.PENDING, "", Status.OPEN)
    assert not find({}).listings


def test_approved_it_is_on_the_shelf(new, moderator):
    listing = decide(new, moderator)
    assert (listing.status, listing.headline, listing.price_fen) == (State.PUBLISHED, new.headline, 2000)
    assert find({}).listings == [listing]


def test_published_it_ends_with_the_certificate_of_that_day(meimei, moderator):
    services.submit_listing(by=meimei, text=a_text("clinic"))
    an_approved_certificate(meimei, last_day := shanghai_today() + timedelta(days=90))
    Listing.objects.update(valid_until=None)
    moderation.decide(case=ReviewCase.objects.open().get(), by=moderator, approve=True)
    assert Listing.objects.get().valid_until == last_day


def test_without_a_certificate_nobody_can_publish_it(meimei, moderator):
    services.submit_listing(by=meimei, text=a_text("clinic"))
    case = ReviewCase.objects.open().get()
    with pytest.raises(CertificateLacking):
        moderation.decide(case=case, by=moderator, approve=True)
    assert (Listing.objects.get().status, ReviewCase.objects.open().count()) == (State.PENDING, 1)


def test_sent_back_the_companion_reads_why(new, moderator):
    listing = decide(new, moderator, approve=False, reason="请去掉微信号。")
    assert (listing.status, listing.newest_revision.reason) == (State.REJECTED, "请去掉微信号。")


def test_after_that_she_hands_in_another(new, moderator, meimei):
    listing = decide(new, moderator, approve=False, reason="请去掉微信号。")
    again = services.submit_listing(by=meimei, listing=listing, text=a_text(headline="改好了，再来一次"))
    assert decide(again, moderator).headline == "改好了，再来一次"


def test_an_edit_is_read_again_while_the_old_text_stays_up(listing, companion, moderator):
    text = a_text(price_fen=3000, headline="涨价了，先说一声")
    edit = services.submit_listing(by=companion, listing=listing, text=text)
    shown = find({}).listings[0]
    assert (shown.price_fen, shown.headline) == (2000, listing.headline)
    assert decide(edit, moderator).price_fen == 3000


def test_an_edit_that_is_sent_back_leaves_the_old_text_up(listing, companion, moderator):
    edit = services.submit_listing(by=companion, listing=listing, text=a_text(headline="加V聊，更便宜"))
    after = decide(edit, moderator, approve=False, reason="不能留联系方式。")
    assert (after.status, after.headline) == (State.PUBLISHED, listing.headline)


def test_what_waits_can_be_replaced_and_is_then_the_only_one(new, meimei):
    services.submit_listing(by=meimei, listing=new.listing, text=a_text(headline="想了想，换一句"))
    assert ListingRevision.objects.get().headline == "想了想，换一句"
    assert (case_of(new).version, case_of(new).title) == (2, "meimei · 想了想，换一句")


def test_a_text_can_be_taken_back(new, meimei):
    services.withdraw(by=meimei, listing=new.listing)
    new.refresh_from_db()
    assert (new.status, case_of(new).status) == (Decision.WITHDRAWN, Status.WITHDRAWN)
    assert Listing.objects.get().status == State.DRAFT
    with pytest.raises(NothingToWithdraw):
        services.withdraw(by=meimei, listing=new.listing)


def test_taking_back_an_edit_leaves_the_listing_published(listing, companion):
    services.submit_listing(by=companion, listing=listing, text=a_text(price_fen=3000))
    services.withdraw(by=companion, listing=listing)
    assert Listing.objects.get().status == State.PUBLISHED


def test_columns_of_other_kinds_are_not_taken(meimei):
    text = a_text("dining", promise_s=60, hospital="华山医院", rating_sum=5, status="published")
    revision = services.submit_listing(by=meimei, text=text)
    assert (revision.promise_s, revision.hospital, revision.status) == (None, "", Decision.PENDING)


def test_hidden_and_shown_again(listing, companion):
    services.hide(by=companion, listing=listing)
    assert not find({}).listings
    with pytest.raises(NotPublished):
        services.hide(by=companion, listing=listing)
    services.show(by=companion, listing=listing)
    assert find({}).listings


def test_an_edit_approved_while_hidden_stays_hidden(listing, companion, moderator):
    services.hide(by=companion, listing=listing)
    edit = services.submit_listing(by=companion, listing=listing, text=a_text(price_fen=3000))
    after = decide(edit, moderator)
    assert (after.status, after.price_fen) == (State.HIDDEN, 3000)


def test_who_has_no_profile_offers_nothing(client_user):
    with pytest.raises(NoProfile):
        services.submit_listing(by=client_user, text=a_text())


def test_anothers_listing_is_not_there(listing, meimei):
    with pytest.raises(ListingNotFound):
        services.submit_listing(by=meimei, listing=listing, text=a_text())
    with pytest.raises(NothingToWithdraw):
        services.withdraw(by=meimei, listing=listing)
    with pytest.raises(NotPublished):
        services.hide(by=meimei, listing=listing)


def test_there_is_an_end_to_listings(meimei):
    for _ in range(LISTINGS_PER_COMPANION):
        services.submit_listing(by=meimei, text=a_text())
    with pytest.raises(TooManyListings):
        services.submit_listing(by=meimei, text=a_text())


def test_a_decision_that_came_first_is_not_written_over(new, meimei, moderator, monkeypatch):
    decide(new, moderator)
    stale = ListingRevision.objects.get()
    stale.status = Decision.PENDING
    with pytest.raises(DecidedMeanwhile):
        proposing.replace(stale, a_text(), services.REVIEW, meimei)
