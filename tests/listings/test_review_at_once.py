"""Two hands on one listing at the same moment, over real connections; each guard also shown to be needed."""

from datetime import timedelta

import pytest
from django.db import connection

from accounts.ages import shanghai_today
from listings import services
from listings.errors import DecidedMeanwhile, SubmittedTwice, TooManyListings
from listings.models import Decision, Listing, ListingRevision, State
from listings.services import review
from moderation import services as moderation
from moderation.errors import AlreadyDecided
from moderation.models import ReviewCase
from tests.cast import a_companion, a_text
from tests.papers import an_approved_certificate
from tests.rivals import rival

pytestmark = pytest.mark.django_db(transaction=True)


def edit(user, listing, **changes):
    return services.submit_listing(by=user, listing=listing, text=a_text(**changes))


def test_two_edits_at_once_leave_one_waiting(listing, companion):
    with rival(lambda: edit(companion, listing)) as meanwhile:
        second = meanwhile(lambda: edit(companion, listing, price_fen=3000))
    with pytest.raises(SubmittedTwice):
        second()
    assert ListingRevision.objects.filter(status=Decision.PENDING).count() == 1


def test_without_the_unique_constraint_there_would_be_two(listing, companion):
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX revision_one_pending")
    try:
        with rival(lambda: edit(companion, listing)) as meanwhile:
            meanwhile(lambda: edit(companion, listing, price_fen=3000))()
        assert ListingRevision.objects.filter(status=Decision.PENDING).count() == 2
    finally:
        ListingRevision.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE UNIQUE INDEX revision_one_pending ON listings_listingrevision (listing_id)"
                " WHERE status = 'pending'"
            )


def test_the_last_free_place_is_given_once(monkeypatch):
    monkeypatch.setattr(review, "LISTINGS_PER_COMPANION", 1)
    user = a_companion("meimei").user
    with rival(lambda: services.submit_listing(by=user, text=a_text())) as meanwhile:
        second = meanwhile(lambda: services.submit_listing(by=user, text=a_text()))
    with pytest.raises(TooManyListings):
        second()


def test_without_the_lock_it_would_be_given_twice(monkeypatch):
    monkeypatch.setattr(review, "LISTINGS_PER_COMPANION", 1)
    monkeypatch.setattr("django.db.models.QuerySet.select_for_update", lambda self, **kwargs: self.all())
    user = a_companion("meimei").user
    with rival(lambda: services.submit_listing(by=user, text=a_text())) as meanwhile:
        meanwhile(lambda: services.submit_listing(by=user, text=a_text()))()
    assert Listing.objects.count() == 2


class TestDecisionAgainstCompanion:
    @pytest.fixture
    def waiting(self, listing, companion) -> ReviewCase:
        edit(companion, listing, price_fen=3000)
        return ReviewCase.objects.get()

    def test_decided_first_the_new_text_is_told_so(self, waiting, listing, companion, moderator):
        with rival(lambda: moderation.decide(case=waiting, by=moderator, approve=True)) as meanwhile:
            later = meanwhile(lambda: edit(companion, listing, price_fen=9000))
        with pytest.raises(DecidedMeanwhile):
            later()
        assert Listing.objects.get().price_fen == 3000

    def test_decided_first_it_cannot_be_taken_back(self, waiting, listing, companion, moderator):
        with rival(lambda: moderation.decide(case=waiting, by=moderator, approve=True)) as meanwhile:
            later = meanwhile(lambda: services.withdraw(by=companion, listing=listing))
        with pytest.raises(DecidedMeanwhile):
            later()

    def test_taken_back_first_it_cannot_be_decided(self, waiting, listing, companion, moderator):
        with rival(lambda: services.withdraw(by=companion, listing=listing)) as meanwhile:
            later = meanwhile(lambda: moderation.decide(case=waiting, by=moderator, approve=True))
        with pytest.raises(AlreadyDecided):
            later()
        assert Listing.objects.get().status == State.PUBLISHED
        assert Listing.objects.get().price_fen == 2000


class TestCertificateAgainstNewListing:
    """Her certificate is approved while her listing that needs it is handed in, in a transaction still open."""

    LAST_DAY = shanghai_today() + timedelta(days=90)

    def both(self, first: str) -> None:
        user = a_companion("meimei").user
        acts = {
            "listing": lambda: services.submit_listing(by=user, text=a_text("clinic")),
            "certificate": lambda: an_approved_certificate(user, self.LAST_DAY),
        }
        with rival(acts.pop(first)) as meanwhile:
            later = meanwhile(acts.popitem()[1])
        later()

    @pytest.mark.parametrize("first", ["listing", "certificate"])
    def test_the_listing_ends_with_the_certificate(self, first):
        self.both(first)
        assert Listing.objects.get().valid_until == self.LAST_DAY

    def test_without_the_lock_it_would_have_no_end(self, monkeypatch):
        monkeypatch.setattr("django.db.models.QuerySet.select_for_update", lambda self, **kwargs: self.all())
        self.both("listing")
        assert Listing.objects.get().valid_until is None
