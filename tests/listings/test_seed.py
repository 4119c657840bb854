from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.db.models import Q
from django.test import override_settings
from django.utils import timezone

from accounts.models import User
from devstack import welcome
from listings import services
from listings.management.commands.seed_demo import ACCEPTING
from listings.models import Companion, Listing
from moderation.models import DECIDE, ReviewCase
from tests.lasting import lasting
from vetting.services import is_identified

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="class")
def demonstration(django_db_setup, django_db_blocker):
    with lasting(django_db_blocker), override_settings(DEBUG=True):
        call_command("seed_demo", verbosity=0)
        yield


class TestTheDemonstration:
    def test_sixty_two_listings_of_three_kinds_and_something_to_decide(self, demonstration):
        published = Listing.objects.published()
        assert published.count() == 62
        assert all(published.filter(kind=kind).count() >= 15 for kind in ("listener", "clinic", "dining"))
        assert ReviewCase.objects.open().count() == 3

    def test_the_three_accounts(self, demonstration, client):
        for name in ("client", "companion", "moderator"):
            assert client.login(email=f"{name}@example.com", password="wozai-demo")
            assert EmailAddress.objects.filter(email=f"{name}@example.com", verified=True, primary=True).exists()
        companion = Companion.objects.get(user__email="companion@example.com")
        assert (companion.accepting, companion.is_demo) == (True, False)
        offered = {listing.kind for listing in companion.listings.all() if listing.is_published}
        assert offered == {"listener", "clinic", "dining"}
        assert User.objects.get(email="moderator@example.com").has_perm(DECIDE)
        assert User.objects.get(email="finance@example.com").has_perm("payments.answer_dispute")

    def test_all_that_are_no_made_up_companions_are_printed_at_the_start(self, demonstration):
        made_up = Q(companion__isnull=False) & ~Q(email=ACCEPTING)
        assert set(welcome.ACCOUNTS) == set(User.objects.exclude(made_up).values_list("email", flat=True))

    def test_a_few_demonstrate(self, demonstration):
        shown = Companion.objects.filter(is_demo=True)
        names = ("demo1", "demo2", "demo3", "demo4", "shen.ayi", "lao.k")
        assert set(shown.values_list("user__email", flat=True)) == {f"{name}@example.com" for name in names}
        kinds = sorted(companion.listings.get().kind for companion in shown)
        assert kinds == ["clinic", "dining", *["listener"] * 4]

    def test_the_client_can_order_what_is_served_in_person_within_the_hour(self, demonstration):
        assert is_identified(User.objects.get(email="client@example.com"))
        shown = Q(companion__is_demo=True) | Q(companion__user__email="companion@example.com")
        for listing in Listing.objects.filter(shown).exclude(kind="listener"):
            first = services.free_slots(listing, minutes=listing.lengths[0])[0]
            assert first - timezone.now() <= timedelta(minutes=60)

    def test_all_of_them_can_be_booked_for_some_time(self, demonstration):
        offered = Listing.objects.published().select_related("companion")
        assert set(services.next_free(list(offered))) == {listing.pk for listing in offered}

    def test_no_two_faces_and_no_two_texts_are_the_same(self, demonstration):
        seeds = Companion.objects.values_list("avatar_seed", flat=True)
        words = Listing.objects.published().values_list("headline", "about")
        assert len(set(seeds)) == len(seeds)
        assert len(set(words)) == len(words)

    def test_a_second_time_nothing_changes(self, demonstration, django_assert_max_num_queries):
        before = list(Listing.objects.values())
        with django_assert_max_num_queries(16):
            call_command("seed_demo", verbosity=0)
        assert list(Listing.objects.values()) == before
        assert (User.objects.count(), ReviewCase.objects.count()) == (66, 65)


def test_never_in_production():
    with pytest.raises(CommandError, match="DEBUG"):
        call_command("seed_demo")
    assert not User.objects.exists()
