"""The people of every story: a client and another, a companion with a listing and another, a stranger, a moderator."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.ages import shanghai_today
from accounts.models import User
from listings.kinds import KINDS
from listings.models import Companion, Listing, WeeklyHours
from listings.services import index_words
from moderation.groups import MODERATORS
from payments.groups import FINANCE
from payments.models import SavedCard

PASSWORD = "wozai-demo"

TEXTS = {
    "listener": {"price_fen": 2000, "promise_s": 60},
    "clinic": {
        "price_fen": 30000,
        "included_hours": 4,
        "overtime_fen": 4000,
        "city": "上海",
        "hospital": "复旦大学附属华山医院",
    },
    "dining": {"price_fen": 6000, "city": "上海", "venue_area": "武康路的咖啡馆"},
}


def a_user(name: str, **fields) -> User:
    return User.objects.create_user(
        f"{name}@example.com", PASSWORD, **{"display_name": name, "birth_date": date(1990, 1, 1), **fields}
    )


def a_moderator(name: str) -> User:
    user = a_user(name, is_staff=True)
    user.groups.add(Group.objects.get(name=MODERATORS))
    return user


def a_finance(name: str) -> User:
    """Somebody who looks after the money, and may answer in disputes."""
    user = a_user(name, is_staff=True)
    user.groups.add(Group.objects.get(name=FINANCE))
    return user


def a_saved_card(user: User, last4: str = "4242") -> SavedCard:
    """Written down only: no stand-in knows it."""
    stripe_id = f"pm_{user.pk}_{last4}"
    return SavedCard.objects.create(
        user=user, stripe_id=stripe_id, brand="visa", last4=last4, exp_month=5, exp_year=2034
    )


def a_companion(name: str, **fields) -> Companion:
    """Somebody who is online for the whole story, takes one order after the other without a pause, and is approved for
    every kind of service."""
    profile = {"display_name": name, "gender": "female", "city": "上海", "languages": ["mandarin"]}
    profile |= {"accepting": True, "buffer_minutes": 0}
    approved = {"approved_at": timezone.now(), "approved_kinds": sorted(KINDS)}
    seen_at = timezone.now() + timedelta(days=1)
    return Companion.objects.create(**{"user": a_user(name), "seen_at": seen_at, **profile, **approved, **fields})


def a_text(kind: str = "listener", **changes) -> dict:
    """The values of a listing's text that may be published as it is."""
    words = {
        "headline": "听你说完，不评判",
        "about": "我会听你把话说完，不催，不评判，也不急着给建议。",
        "topics": ["职场"],
    }
    return {"kind": kind, **words, **TEXTS[kind], **changes}


def a_listing(name: str, price_fen: int | None = None, kind: str = "listener", **fields) -> Listing:
    """A published listing of a new companion, its words on the shelf."""
    price = {} if price_fen is None else {"price_fen": price_fen}
    companion = fields.pop("companion", None) or a_companion(name)
    shown = {"companion": companion, "status": "published", "approved_at": timezone.now()}
    if KINDS[kind].certificate_required:
        shown["valid_until"] = shanghai_today() + timedelta(days=90)
    listing = Listing.objects.create(**{**shown, **a_text(kind), **price, **fields})
    index_words(companion=companion)
    return listing


def a_week(companion: Companion) -> Companion:
    """Her hours go round the clock, and no notice is needed."""
    WeeklyHours.objects.bulk_create(
        WeeklyHours(companion=companion, weekday=weekday, start_min=0, length_min=1440) for weekday in range(7)
    )
    companion.lead_minutes = 0
    companion.save(update_fields=["lead_minutes"])
    return companion


@pytest.fixture
def client_user(db) -> User:
    return a_user("lin")


@pytest.fixture
def other_client(db) -> User:
    return a_user("zhao")


@pytest.fixture
def stranger(db) -> User:
    return a_user("qian")


@pytest.fixture
def moderator(db) -> User:
    return a_moderator("chen")


@pytest.fixture
def finance(db) -> User:
    return a_finance("cai")


@pytest.fixture
def listing(db) -> Listing:
    return a_listing("shanshan")


@pytest.fixture
def other_listing(db) -> Listing:
    return a_listing("liubing", 3500)


@pytest.fixture
def companion(listing) -> User:
    """Whose listing `listing` is."""
    return listing.companion.user
