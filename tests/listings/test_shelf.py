"""The shelf says what listings, companions and users say, after each change of theirs, whoever makes it."""

import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from accounts.ages import shanghai_today
from listings import services
from listings.models import ONLINE_FOR, Companion, Listing, ShelfEntry
from listings.search import find
from moderation import services as moderation
from moderation.models import ReviewCase
from tests.cast import a_companion, a_listing, a_text
from tests.listings.functions import functions_changed
from tests.papers import an_approved_certificate

PROFILE = {"display_name": "姗姗", "gender": "other", "city": "西安", "languages": ["shaanxi"], "about": ""}


def true() -> None:
    """Every entry is its listing's, every findable listing has one, and their words are read."""
    assert set(ShelfEntry.objects.values_list("pk", flat=True)) == set(
        Listing.objects.published().values_list("pk", flat=True)
    )
    for entry in ShelfEntry.objects.select_related("listing__companion"):
        listing, companion = entry.listing, entry.listing.companion
        assert (entry.kind, entry.price_fen, entry.topics) == (listing.kind, listing.price_fen, listing.topics)
        assert (entry.rating_sum, entry.rating_count) == (listing.rating_sum, listing.rating_count)
        assert (entry.reply_ms, entry.completion_pm) == (listing.median_reply_ms, companion.completion_pm)
        assert (entry.gender, entry.languages) == (companion.gender, companion.languages)
        assert (entry.city, entry.hospital) == (listing.city or companion.city, listing.hospital)
        assert entry.online == companion.is_online
    assert not ShelfEntry.objects.stale().exists()


def long_ago() -> None:
    """Everybody was approved months ago."""
    Companion.objects.update(approved_at=timezone.now() - timedelta(days=200))


def found(words: str) -> int:
    return len(find({"words": words}).listings)


def decide(approve: bool = True, by=None) -> None:
    moderation.decide(case=ReviewCase.objects.open().get(), by=by, approve=approve, reason="" if approve else "不合适")


@pytest.mark.django_db
class TestServices:
    def test_published(self, moderator):
        services.submit_listing(by=a_companion("meimei").user, text=a_text(topics=["考研"]))
        assert not ShelfEntry.objects.exists()
        decide(by=moderator)
        assert found("考研") == 1
        true()

    def test_an_edit_is_found_when_it_is_approved_and_not_before(self, listing, companion, moderator):
        services.submit_listing(by=companion, listing=listing, text=a_text(topics=["考研"], price_fen=3000))
        assert (found("考研"), found("职场")) == (0, 1)
        decide(by=moderator)
        assert (found("考研"), found("职场")) == (1, 0)
        true()

    def test_an_edit_makes_nobody_new_again(self, moderator):
        services.submit_listing(by=a_companion("meimei").user, text=a_text())
        decide(by=moderator)
        long_ago()
        Listing.objects.update(median_reply_ms=1)
        assert not ShelfEntry.objects.get().newcomer
        listing = Listing.objects.get()
        services.submit_listing(by=listing.companion.user, listing=listing, text=a_text(price_fen=3000))
        decide(by=moderator)
        assert not ShelfEntry.objects.get().newcomer
        true()

    def test_a_second_listing_makes_nobody_new_again(self, listing, moderator):
        long_ago()
        services.submit_listing(by=listing.companion.user, text=a_text(price_fen=3000))
        decide(by=moderator)
        assert not ShelfEntry.objects.exclude(pk=listing.pk).get().newcomer
        services.sweep_shelf()
        true()

    def test_sent_back(self, moderator):
        services.submit_listing(by=a_companion("meimei").user, text=a_text())
        decide(by=moderator, approve=False)
        true()

    def test_hidden_and_shown(self, listing, companion):
        services.hide(by=companion, listing=listing)
        true()
        services.show(by=companion, listing=listing)
        assert found("职场") == 1
        true()

    def test_another_profile(self, listing, companion, moderator):
        services.save_profile(by=companion, **PROFILE)
        assert found("西安") == 0
        moderation.decide(case=ReviewCase.objects.get(), by=moderator, approve=True)
        assert (found("姗姗"), found("shanshan"), found("西安")) == (1, 1, 1)
        true()

    def test_switched_off_and_on(self, listing, companion):
        for active in (False, True):
            companion.is_active = active
            companion.save(update_fields=["is_active"])
            services.sweep_shelf()
            assert found("职场") == active
            true()

    def test_the_last_day_of_a_certificate(self, listing):
        for last_day, findable in ((timezone.localdate(), 1), (timezone.localdate() - timedelta(days=1), 0)):
            Listing.objects.update(valid_until=last_day)
            # The entry stays: that a day has passed tells nobody.
            assert ShelfEntry.objects.get().valid_until == last_day
            assert len(find({}).listings) == findable

    def test_figures(self, listing):
        Listing.objects.update(rating_sum=9, rating_count=2, median_reply_ms=12_000)
        Companion.objects.update(completion_pm=970)
        true()

    def test_coming_and_going(self, listing, companion):
        services.set_accepting(by=companion, on=False)
        true()
        services.set_accepting(by=companion, on=True)
        true()
        Companion.objects.update(seen_at=None)
        true()
        services.seen([companion.pk])
        assert ShelfEntry.objects.get().online
        true()

    def test_being_seen_again_writes_nothing_on_the_shelf(self, listing, companion):
        services.seen([companion.pk])
        before = ShelfEntry.objects.extra(select={"version": "xmin::text"}).values_list("version", flat=True).get()
        services.seen([companion.pk])
        assert (
            before == ShelfEntry.objects.extra(select={"version": "xmin::text"}).values_list("version", flat=True).get()
        )

    def test_words_nobody_has_read_are_read_by_the_sweep(self, listing):
        Listing.objects.update(topics=["养蜂"])
        assert found("养蜂") == 0
        services.sweep_shelf()
        assert found("养蜂") == 1
        true()

    def test_reading_everything_again(self, listing, other_listing, capsys):
        ShelfEntry.objects.update(words=None)
        call_command("reindex_listings")
        assert "2 listings" in capsys.readouterr().out
        assert found("职场") == 2
        true()


@pytest.mark.django_db
class TestWordsThatGrow:
    """One character may be eighteen when it is written in half width."""

    LONG = "\ufdfa"

    def test_they_can_be_approved_and_found(self, moderator):
        user = a_companion("meimei", display_name=12 * self.LONG).user
        an_approved_certificate(user, shanghai_today())
        services.submit_listing(by=user, text=a_text("clinic", topics=[10 * self.LONG], hospital=16 * "㍿"))
        decide(by=moderator)
        assert found("株式会社") == 1
        true()

    def test_they_are_read_by_the_sweep(self, listing, other_listing):
        Listing.objects.filter(pk=listing.pk).update(topics=[10 * self.LONG])
        Listing.objects.filter(pk=other_listing.pk).update(topics=["养蜂"])
        services.sweep_shelf()
        assert found("养蜂") == 1
        true()

    def test_one_that_cannot_be_put_there_keeps_nobody_waiting(self, listing, other_listing, monkeypatch, caplog):
        monkeypatch.setattr("listings.search.words.LONGEST_TERM", 10_000)
        Listing.objects.filter(pk=listing.pk).update(topics=[10 * self.LONG])
        Listing.objects.filter(pk=other_listing.pk).update(topics=["养蜂"])
        services.sweep_shelf()
        assert found("养蜂") == 1
        assert ShelfEntry.objects.stale().get().pk == listing.pk
        assert f"listing {listing.pk}" in caplog.text


@pytest.mark.django_db
class TestTimePassing:
    def test_who_went_silent_is_swept_and_who_is_here_put_back(self, listing, other_listing):
        Companion.objects.filter(pk=listing.companion_id).update(seen_at=timezone.now() - ONLINE_FOR)
        ShelfEntry.objects.filter(pk=listing.pk).update(online=True)
        ShelfEntry.objects.filter(pk=other_listing.pk).update(online=False)
        services.sweep_shelf()
        true()
        assert ShelfEntry.objects.get(online=True).pk == other_listing.pk

    def test_nobody_is_new_for_ever(self, listing):
        assert ShelfEntry.objects.get().newcomer
        Companion.objects.update(approved_at=timezone.now() - timedelta(days=30))
        services.sweep_shelf()
        assert not ShelfEntry.objects.get().newcomer

    @pytest.mark.parametrize(
        "change",
        [
            lambda: Listing.objects.update(rating_sum=15, rating_count=3),
            lambda: Companion.objects.update(completion_pm=900),
        ],
    )
    def test_nobody_is_new_after_a_few_orders(self, listing, change):
        change()
        assert not ShelfEntry.objects.get().newcomer

    @pytest.mark.parametrize("ago_ms", [39_000, 41_000])
    def test_the_database_and_the_pages_mean_the_same_by_here(self, listing, ago_ms):
        Companion.objects.update(seen_at=timezone.now() - timedelta(milliseconds=ago_ms))
        assert ShelfEntry.objects.get().online == Companion.objects.get().is_online == (ago_ms < 40_000)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def change_both(self) -> None:
        """The companion moves in a transaction that is still open while the listing gets its figures."""
        listing = a_listing("shanshan")
        begun = threading.Event()

        def rate() -> None:
            begun.wait()
            Listing.objects.filter(pk=listing.pk).update(rating_sum=5, rating_count=1)
            connection.close()

        thread = threading.Thread(target=rate)
        with transaction.atomic():
            thread.start()
            Companion.objects.update(city="西安")
            begun.set()
            thread.join(0.5)
        thread.join()

    def test_two_parts_of_one_entry_changed_at_once_are_both_in_it(self):
        self.change_both()
        entry = ShelfEntry.objects.get()
        assert (entry.city, entry.rating_count) == ("西安", 1)

    def test_without_waiting_for_each_other_one_change_would_be_lost(self):
        unlocked = functions_changed(
            lambda whole: whole.replace("ORDER BY id FOR NO KEY UPDATE", ""), "listings_shelve"
        )
        with unlocked:
            self.change_both()
        entry = ShelfEntry.objects.get()
        assert (entry.city, entry.rating_count) != ("西安", 1)
