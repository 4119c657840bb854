"""Waiting to be told: asked for on her page, told once, taken back whenever one likes."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Letter
from accounts.tasks import send_letters
from listings import services
from listings.errors import OwnListing, TooManyWatches
from listings.models import Companion, Listing, Watch
from listings.services import keeping
from tests.cast import a_listing, a_user
from tests.threads import at_once, failures

pytestmark = pytest.mark.django_db

WATCHES = "/me/watches/"
WATCHES_QUERIES = 9


def tell(listing) -> int:
    return services.tell_watchers(free={listing.companion.user_id})


def told(user, listing) -> Watch:
    """A watch whose companion has come."""
    services.watch(by=user, companion=listing.companion)
    tell(listing)
    return Watch.objects.get(user=user, companion=listing.companion)


def away(listing) -> None:
    Companion.objects.filter(pk=listing.companion_id).update(seen_at=None)


def aged(**ages: timedelta) -> None:
    Watch.objects.update(**{name: timezone.now() - age for name, age in ages.items()})


class TestAsking:
    def test_her_page_offers_it_while_she_is_away(self, client, client_user, listing):
        url = reverse("listings:watch", args=[listing.pk])
        client.force_login(client_user)
        assert url not in client.get(listing.get_absolute_url()).content.decode()
        away(listing)
        assert url in client.get(listing.get_absolute_url()).content.decode()

    def test_on_and_off_and_twice_is_once(self, client, client_user, listing):
        client.force_login(client_user)
        for on, count in [("1", 1), ("1", 1), ("0", 0), ("0", 0)]:
            client.post(reverse("listings:watch", args=[listing.pk]), {"on": on})
            assert Watch.objects.count() == count

    def test_it_can_be_taken_back_whatever_became_of_her_listing(self, client, client_user, listing):
        services.watch(by=client_user, companion=listing.companion)
        Listing.objects.update(status="hidden")
        client.force_login(client_user)
        sent = {"on": "0"}
        answer = client.post(reverse("listings:watch", args=[listing.pk]), sent, headers={"HX-Request": "true"})
        assert (answer.status_code, answer.content, Watch.objects.count()) == (200, b"", 0)

    def test_a_stranger_signs_in_and_comes_back(self, client, listing):
        answer = client.post(reverse("listings:watch", args=[listing.pk]), {"on": "1"})
        assert answer["Location"] == f"/accounts/login/?next={listing.get_absolute_url()}"

    def test_nobody_waits_for_herself(self, companion, listing):
        with pytest.raises(OwnListing):
            services.watch(by=companion, companion=listing.companion)

    def test_a_blocked_pair_cannot(self, client, client_user, companion, listing):
        accounts.block(by=companion, other=client_user)
        client.force_login(client_user)
        assert client.post(reverse("listings:watch", args=[listing.pk]), {"on": "1"}).status_code == 404

    def test_nobody_waits_for_more_than_the_most(self, client_user, listing, other_listing, monkeypatch):
        monkeypatch.setattr(keeping, "MOST_WATCHES", 1)
        services.watch(by=client_user, companion=listing.companion)
        with pytest.raises(TooManyWatches):
            services.watch(by=client_user, companion=other_listing.companion)

    def test_after_a_week_there_is_room_again_also_for_the_same(self, client_user, listing, monkeypatch):
        monkeypatch.setattr(keeping, "MOST_WATCHES", 1)
        services.watch(by=client_user, companion=listing.companion)
        aged(created_at=timedelta(days=7, seconds=1))
        services.watch(by=client_user, companion=listing.companion)
        assert Watch.objects.waiting().count() == Watch.objects.count() == 1

    def test_the_database_keeps_one_that_waits(self, client_user, listing):
        services.watch(by=client_user, companion=listing.companion)
        with pytest.raises(IntegrityError, match="watch_once"), transaction.atomic():
            Watch.objects.create(user=client_user, companion=listing.companion)


@pytest.mark.django_db(transaction=True)
class TestTheLastPlace:
    def four_at_once(self, client_user, monkeypatch) -> list:
        monkeypatch.setattr(keeping, "MOST_WATCHES", 1)
        people = [a_listing(f"name{number}").companion for number in range(4)]
        return at_once(*(partial(services.watch, by=client_user, companion=companion) for companion in people))

    def test_goes_to_one(self, client_user, monkeypatch):
        errors = failures(self.four_at_once(client_user, monkeypatch))
        assert [type(error) for error in errors] == [TooManyWatches] * 3
        assert Watch.objects.count() == 1

    def test_control_without_the_lock_to_several(self, client_user, monkeypatch):
        check, all_have_looked = keeping._check_room, threading.Barrier(4)

        def look_together(*args) -> None:
            check(*args)
            all_have_looked.wait()

        monkeypatch.setattr(keeping, "one_at_a_time", lambda user: None)
        monkeypatch.setattr(keeping, "_check_room", look_together)
        self.four_at_once(client_user, monkeypatch)
        assert Watch.objects.count() == 4


class TestThePage:
    def test_names_whom_one_waits_for_and_takes_it_back(self, client, client_user, listing):
        services.watch(by=client_user, companion=listing.companion)
        client.force_login(client_user)
        assert "shanshan" in client.get(WATCHES).content.decode()
        client.post(reverse("listings:drop_watch", args=[Watch.objects.get().pk]))
        assert not Watch.objects.exists()

    @pytest.mark.parametrize("name", ["drop_watch", "notice_seen"])
    def test_anothers_is_not_there(self, client, client_user, stranger, listing, name):
        url = reverse(f"listings:{name}", args=[told(client_user, listing).pk])
        assert client.post(url)["Location"].startswith("/accounts/login/")
        client.force_login(stranger)
        assert client.post(url).status_code == 404
        assert client.get(url).status_code == 405
        assert Watch.objects.get().seen_at is None

    @pytest.mark.parametrize("rows", [1, 3])
    def test_costs_the_same_however_many(self, client, client_user, rows, django_assert_num_queries):
        for number in range(rows):
            services.watch(by=client_user, companion=a_listing(f"name{number}").companion)
        client.force_login(client_user)
        with django_assert_num_queries(WATCHES_QUERIES):
            page = client.get(WATCHES).content.decode()
        assert page.count("/drop/") == rows


class TestTelling:
    def test_each_who_waits_is_told_once(self, client_user, other_client, listing):
        for user in (client_user, other_client):
            services.watch(by=user, companion=listing.companion)
        assert [tell(listing), tell(listing)] == [2, 0]

    def test_a_wait_of_more_than_a_week_is_over(self, client_user, listing):
        services.watch(by=client_user, companion=listing.companion)
        aged(created_at=timedelta(days=7, seconds=1))
        assert tell(listing) == 0

    @pytest.mark.parametrize("who_blocks", ["client", "companion"])
    def test_a_blocked_pair_is_never_told(self, client_user, companion, listing, who_blocks):
        services.watch(by=client_user, companion=listing.companion)
        by, other = (client_user, companion) if who_blocks == "client" else (companion, client_user)
        accounts.block(by=by, other=other)
        assert tell(listing) == 0

    def test_only_those_are_asked_about_who_can_be_booked(self, client_user, listing):
        clinic, waited, absent = a_listing("shen", kind="clinic"), listing, a_listing("liu")
        for one in (clinic, waited, absent):
            services.watch(by=client_user, companion=one.companion)
        away(absent)
        a_listing("nobodywaits")
        assert services.waited_for() == {waited.companion.user_id}

    @pytest.mark.django_db(transaction=True)
    def test_eight_rounds_at_once_tell_each_once(self, client_user, other_client, listing):
        for user in (client_user, other_client):
            services.watch(by=user, companion=listing.companion)
        assert sum(at_once(*[partial(tell, listing)] * 8)) == 2


def sent() -> list[mail.EmailMessage]:
    """What the letters' round sends."""
    send_letters()
    return mail.outbox


class TestMail:
    def test_says_who_is_here_and_how_to_take_back_others(self, client_user, listing, settings):
        told(client_user, listing)
        [letter] = sent()
        assert letter.to == [client_user.email]
        assert "shanshan" in letter.subject
        assert settings.SITE_URL + listing.get_absolute_url() in letter.body
        assert settings.SITE_URL + WATCHES in letter.body

    def test_is_in_the_readers_language(self, listing):
        told(a_user("jo", language="en"), listing)
        assert sent()[0].subject == "shanshan is here now"

    def test_goes_out_once_however_often_rounds_come(self, client_user, listing):
        told(client_user, listing)
        tell(listing)
        assert len(sent()) == len(sent()) == 1

    def test_that_is_late_is_not_sent_because_it_would_not_be_true(self, client_user, listing):
        told(client_user, listing)
        Letter.objects.update(not_after=timezone.now())
        assert sent() == []

    def test_is_not_sent_once_it_was_taken_back(self, client_user, listing):
        told(client_user, listing)
        services.unwatch(by=client_user, companion_id=listing.companion_id)
        assert sent() == []

    def test_is_not_sent_after_a_block(self, client_user, companion, listing):
        told(client_user, listing)
        accounts.block(by=companion, other=client_user)
        assert sent() == []

    def test_nothing_is_kept_for_ever(self, client_user, listing):
        told(client_user, listing)
        aged(told_at=timedelta(days=31))
        services.watch(by=client_user, companion=listing.companion)
        aged(created_at=timedelta(days=8))
        services.clear_watches()
        assert not Watch.objects.exists()


class TestNotice:
    def test_says_who_is_here_until_it_is_put_away(self, client, client_user, listing):
        watch = told(client_user, listing)
        client.force_login(client_user)
        url = reverse("listings:notice_seen", args=[watch.pk])
        for page in ("/", "/browse/", "/me/favourites/", WATCHES):
            assert url in client.get(page).content.decode()
        client.post(url)
        assert url not in client.get("/").content.decode()

    def test_leads_to_where_she_can_be_booked(self, client, client_user, listing):
        watch = told(client_user, listing)
        client.force_login(client_user)
        answer = client.post(reverse("listings:notice_seen", args=[watch.pk]), {"go": "1"})
        assert answer["Location"] == listing.get_absolute_url()
        assert not Watch.objects.to_show(client_user).exists()

    def test_is_gone_when_it_is_no_longer_true(self, client_user, companion, listing):
        told(client_user, listing)
        assert Watch.objects.to_show(client_user).exists()
        away(listing)
        assert not Watch.objects.to_show(client_user).exists()

    def test_is_no_news_after_an_hour_or_a_block(self, client_user, companion, listing):
        told(client_user, listing)
        aged(told_at=timedelta(minutes=61))
        assert not Watch.objects.to_show(client_user).exists()
        aged(told_at=timedelta(minutes=1))
        accounts.block(by=companion, other=client_user)
        assert not Watch.objects.to_show(client_user).exists()
