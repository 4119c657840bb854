"""A listing is published in the moment its companion or her user changes; each guard also shown to be needed."""

import pytest
from django.db import OperationalError
from django.db.models.functions import Now

from accounts.models import User
from listings import services
from listings.models import Companion, Listing, ShelfEntry, State
from moderation import services as moderation
from moderation.models import ReviewCase
from tests.cast import a_companion, a_listing, a_moderator, a_text
from tests.listings.functions import functions_changed
from tests.rivals import rival

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def meimei(db) -> User:
    return a_companion("meimei").user


def approve_all() -> None:
    for case in ReviewCase.objects.open():
        moderation.decide(case=case, by=User.objects.get(is_staff=True), approve=True)


def switch_off() -> None:
    User.objects.filter(is_staff=False).update(is_active=False)


def move() -> None:
    Companion.objects.update(city="西安")


def as_published_only(definition: str) -> str:
    """As if who changes the companion or her user looked only at the listings he can see on the shelf."""
    return (
        definition.replace("WHERE companion_id = NEW.id", "WHERE companion_id = NEW.id AND status = 'published'")
        .replace("WHERE c.user_id = NEW.id", "WHERE c.user_id = NEW.id AND l.status = 'published'")
        .replace("PERFORM 1 FROM listings_companion WHERE user_id = NEW.id FOR NO KEY UPDATE;", "")
    )


class TestFirstListing:
    """Of somebody who has nothing on the shelf yet."""

    @pytest.fixture(autouse=True)
    def waiting(self, meimei) -> None:
        a_moderator("chen")
        services.submit_listing(by=meimei, text=a_text())

    @pytest.mark.parametrize("acts", [(switch_off, approve_all), (approve_all, switch_off)])
    def test_nobody_switched_off_is_on_the_shelf(self, acts):
        with rival(acts[0]) as meanwhile:
            later = meanwhile(acts[1])
        later()
        assert Listing.objects.get().is_published
        assert not ShelfEntry.objects.exists()

    @pytest.mark.parametrize("acts", [(move, approve_all), (approve_all, move)])
    def test_the_entry_says_what_the_companion_says(self, acts):
        with rival(acts[0]) as meanwhile:
            later = meanwhile(acts[1])
        later()
        assert ShelfEntry.objects.get().city == "西安"

    @pytest.mark.parametrize("change", [switch_off, move])
    def test_looking_only_at_what_is_published_would_miss_it(self, change):
        with (
            functions_changed(as_published_only, "listings_user_switched", "listings_companion_changed"),
            rival(change) as meanwhile,
        ):
            meanwhile(approve_all)()
        assert ShelfEntry.objects.get().city == "上海"


class TestBornPublished:
    """Made and published in one transaction, so that nobody can wait for the listing itself."""

    def publish(self, user: User) -> None:
        listing = Listing.objects.create(companion=user.companion, **a_text())
        Listing.objects.filter(pk=listing.pk).update(status=State.PUBLISHED, approved_at=Now())

    @pytest.mark.parametrize("change", [switch_off, move])
    def test_the_change_waits_for_the_companion(self, meimei, change):
        with rival(lambda: self.publish(meimei)) as meanwhile:
            later = meanwhile(change)
        later()
        assert list(ShelfEntry.objects.values_list("city", flat=True)) == (["西安"] if change is move else [])

    @pytest.mark.parametrize("change", [switch_off, move])
    def test_without_her_lock_it_would_miss_the_listing(self, meimei, change):
        with (
            functions_changed(lambda whole: whole.replace("FOR SHARE", ""), "listings_listing_begins"),
            rival(lambda: self.publish(meimei)) as meanwhile,
        ):
            meanwhile(change)()
        assert ShelfEntry.objects.get().city == "上海"


class TestComingOnline:
    """A companion comes and goes while her listing changes."""

    @pytest.fixture(autouse=True)
    def waiting(self, db) -> None:
        a_moderator("chen")
        listing = a_listing("shanshan")
        services.submit_listing(by=listing.companion.user, listing=listing, text=a_text(price_fen=3000))

    def show_again(self) -> None:
        Listing.objects.update(status=State.HIDDEN)
        Listing.objects.update(status=State.PUBLISHED)

    def both(self, change) -> None:
        """She is seen and goes away in one transaction, and `change` comes in between."""
        user = Companion.objects.get().user
        with rival(lambda: services.seen([user.pk])) as meanwhile:
            later = meanwhile(change)
            services.set_accepting(by=user, on=False)
        later()

    @pytest.mark.parametrize("change", ["approve", "show"])
    def test_neither_waits_for_the_other_for_ever(self, change):
        self.both(approve_all if change == "approve" else self.show_again)
        assert not ShelfEntry.objects.get().online

    def test_locking_the_companion_after_the_listing_would_be_a_deadlock(self):
        def locking(whole: str) -> str:
            return whole.replace("approved_kinds)\n", "approved_kinds) FOR SHARE\n")

        with (
            functions_changed(locking, "listings_companion_is_approved"),
            pytest.raises(OperationalError, match="deadlock"),
        ):
            self.both(approve_all)
