"""What writes of many companions at once, against who changes two of them by and by; each guard shown to be needed."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.db.models import QuerySet
from django.utils import timezone

from listings import services
from listings.models import Companion, Listing
from listings.services import Measured, presence
from tests.cast import a_listing
from tests.rivals import rival

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = timezone.now() - timedelta(days=1)


@pytest.fixture(autouse=True)
def two(db) -> list[Listing]:
    """Of two companions."""
    both = [a_listing("meimei"), a_listing("shanshan")]
    Companion.objects.update(seen_at=LONG_AGO)
    return both


def measure(listings: list[Listing]) -> int:
    measured = [
        Measured(
            user_id=listing.companion.user_id,
            reply_median_ms=9000,
            acceptance_pm=None,
            on_time_pm=None,
            completion_pm=900,
            listing_medians={listing.pk: 9000},
        )
        for listing in listings
    ]
    return services.record_figures(measured=measured, at=timezone.now())


def change(listing: Listing) -> None:
    Listing.objects.filter(pk=listing.pk).update(price_fen=3000)


def rename(listing: Listing) -> None:
    """As a moderator's decision does: the companion, and by that her listings."""
    Companion.objects.filter(pk=listing.companion_id).update(city="西安")


def backwards(rows: QuerySet) -> QuerySet:
    """Locks taken as a plan without an order may take them."""
    return rows.order_by("-pk").select_for_update(no_key=True)


class TestFigures:
    def against(self, act, two) -> None:
        """One of the two is changed, then the figures come, then the other is changed."""
        with rival(lambda: act(two[0])) as meanwhile:
            later = meanwhile(lambda: measure(two))
            act(two[1])
        assert later() == 2

    @pytest.mark.parametrize("act", [change, rename])
    def test_they_wait_without_keeping_anybody(self, two, act):
        self.against(act, two)
        assert set(Listing.objects.values_list("median_reply_ms", flat=True)) == {9000}
        assert set(Companion.objects.values_list("completion_pm", flat=True)) == {900}

    @pytest.mark.parametrize("act", [change, rename])
    def test_control_in_another_order_it_would_be_a_deadlock(self, two, act, monkeypatch):
        monkeypatch.setattr("listings.services.figures._locked", backwards)
        with pytest.raises(OperationalError, match="deadlock"):
            self.against(act, two)


class TestSeen:
    def both(self, two) -> int:
        users = [listing.companion.user_id for listing in two]
        with rival(lambda: rename(two[0])) as meanwhile:
            later = meanwhile(lambda: services.seen(users))
            rename(two[1])
        return later()

    def test_whom_somebody_changes_is_seen_the_next_time(self, two):
        assert self.both(two) == 1
        assert [one.seen_at > LONG_AGO for one in Companion.objects.order_by("pk")] == [False, True]
        assert services.seen([listing.companion.user_id for listing in two]) == 2
        assert Companion.objects.filter(seen_at__gt=LONG_AGO).count() == 2

    def test_control_waiting_for_them_it_would_be_a_deadlock(self, two, monkeypatch):
        waits = presence.SEEN.replace("ORDER BY id FOR NO KEY UPDATE SKIP LOCKED", "ORDER BY id DESC FOR NO KEY UPDATE")
        monkeypatch.setattr(presence, "SEEN", waits)
        with pytest.raises(OperationalError, match="deadlock"):
            self.both(two)
