"""Visits that were up before there were certificates: their month, counted from the migration."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection

from accounts.ages import shanghai_today
from listings.models import Listing, State
from tests.cast import a_listing
from tests.papers import an_approved_certificate

pytestmark = pytest.mark.django_db
TODAY = shanghai_today()


@pytest.fixture(autouse=True)
def _before_there_were_certificates(db) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE listings_listing DROP CONSTRAINT listing_published_has_certificate")


def a_visit(**fields) -> Listing:
    return a_listing("shen", kind="clinic", **{"valid_until": None, **fields})


def migrate() -> None:
    migration = import_module("listings.migrations.0012_visits_end")
    with connection.cursor() as cursor:
        cursor.execute(migration.FORWARDS)


def ends(listing: Listing) -> object:
    return Listing.objects.values_list("valid_until", flat=True).get(pk=listing.pk)


@pytest.mark.parametrize("status", State.values)
def test_a_visit_without_an_end_gets_a_month(status):
    visit = a_visit(status=status)
    migrate()
    assert ends(visit) == TODAY + timedelta(days=30)


def test_within_it_it_is_found_and_a_certificate_carries_it_on():
    visit = a_visit()
    migrate()
    assert Listing.objects.published().filter(pk=visit.pk).exists()
    an_approved_certificate(visit.companion.user, TODAY + timedelta(days=300))
    assert ends(visit) == TODAY + timedelta(days=300)


@pytest.mark.parametrize("days", [-3, 3, 300])
def test_one_that_ends_already_keeps_its_end(days):
    visit = a_visit()
    an_approved_certificate(visit.companion.user, TODAY + timedelta(days=days))
    migrate()
    assert ends(visit) == TODAY + timedelta(days=days)


def test_who_has_a_certificate_has_its_end():
    visit = a_visit()
    user = visit.companion.user
    an_approved_certificate(user, TODAY + timedelta(days=90))
    an_approved_certificate(user, TODAY + timedelta(days=400), label="other")
    Listing.objects.update(valid_until=None)
    migrate()
    assert ends(visit) == TODAY + timedelta(days=90)


@pytest.mark.parametrize("kind", ["listener", "dining"])
def test_kinds_that_ask_for_none_have_no_end(kind):
    listing = a_listing("shen", kind=kind)
    migrate()
    assert ends(listing) is None
