import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from listings import services as listings
from moderation import services
from moderation.groups import MODERATORS
from moderation.models import AuditEvent, ReviewCase
from tests.cast import a_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(listing, moderator) -> AuditEvent:
    return services.record(actor=moderator, action="listing.seen", target=listing, reason="just looking")


def test_what_was_written_down_stays(event):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AuditEvent.objects.update(reason="never happened")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        event.delete()
    event.refresh_from_db()
    assert event.reason == "just looking"


def test_even_all_at_once(event):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="append-only"):
            cursor.execute("TRUNCATE moderation_auditevent")


def test_a_listings_whole_story_is_told(listing, companion, moderator):
    for price in (3000, 4000):
        listings.submit_listing(by=companion, listing=listing, text=a_text(price_fen=price))
    services.decide(case=ReviewCase.objects.get(), by=moderator, approve=False, reason="太贵了")
    told = [(event.action, event.actor, event.reason) for event in services.history(ReviewCase.objects.get())]
    assert told == [
        ("case.opened", companion, ""),
        ("case.changed", companion, ""),
        ("case.rejected", moderator, "太贵了"),
    ]


def test_moderators_are_a_group_and_stay_as_their_admins_made_it():
    group = Group.objects.get(name=MODERATORS)
    assert group.permissions.filter(codename="decide_reviewcase").exists()
    group.permissions.clear()
    call_command("migrate", verbosity=0)
    assert not group.permissions.exists()
