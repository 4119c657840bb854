"""What the pages show of reviews, as plain values for the templates."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Avg, Count

from accounts.models import User
from bookings.models import Booking, Review, Side, State
from bookings.models.review import STARS
from bookings.services import are_parted, closes_ms, kept_apart, side_of
from common.clock import database_now_ms, moment
from listings.models import Listing

ON_LISTING = 5
MORE = 20


def listing_reviews(listing: Listing, *, before: int | None = None, most: int = MORE) -> dict[str, Any]:
    """`most` reviews of the listing, newest first, older than the review `before`; `next` is how to ask for more.

    `bars`: how many reviews gave 5, 4, … 1 stars. Two queries, however many there are; none where nobody has rated.
    """
    if not listing.rating_count:
        return {"listing": listing, "reviews": [], "bars": [], "next": None}
    up = Review.objects.of_listing(listing)
    older = up.filter(pk__lt=before) if before else up
    rows = list(older.annotate(apart=kept_apart()).select_related("author", "listing__companion")[: most + 1])
    return {
        "listing": listing,
        "reviews": rows[:most],
        "bars": _bars(up),
        "next": rows[most - 1].pk if len(rows) > most else None,
    }


def review_box(booking: Booking, user: User) -> dict[str, Any]:
    """What the two of a booking see of its reviews: the own one, the other's once it is up, or the way to write."""
    said = _said_of(booking, user) if booking.state == State.SETTLED else []
    mine = next((review for review in said if review.author_id == user.pk), None)
    is_client = booking.client_id == user.pk
    open_to = booking.state == State.SETTLED and booking.billed_min > 0 and mine is None
    may_write = open_to and database_now_ms() < closes_ms(booking)
    return {
        "mine": mine,
        "theirs": next((review for review in said if review.author_id != user.pk and review.is_shown), None),
        "may_write": may_write,
        "stars_only": may_write and are_parted(booking),
        "is_settling": booking.state in (State.ENDED, State.EXHAUSTED),
        "appears": moment(closes_ms(booking)) if booking.ended_ms else None,
        "about_client": side_of(booking, user) == Side.COMPANION,
        "other": booking.listing.companion.display_name if is_client else booking.client.display_name,
    }


def _said_of(booking: Booking, user: User) -> list[Review]:
    said = booking.reviews.visible_to(user).annotate(apart=kept_apart())
    return list(said.select_related("listing__companion"))


def said_of_client(user_id: int) -> dict[str, Any]:
    """`average` and `count` of what companions say of this client. One query."""
    return Review.objects.said_of(user_id, side=Side.COMPANION).aggregate(average=Avg("stars"), count=Count("pk"))


def may_report(review: Review, user: User | AnonymousUser) -> bool:
    """For a review that is on the page already; whoever is not signed in is asked to on the way."""
    return review.author_id != user.pk


def _bars(up: Any) -> list[dict[str, int]]:
    counted = dict(up.order_by().values_list("stars").annotate(Count("pk")))
    total = sum(counted.values())
    return [{"stars": stars, "count": counted.get(stars, 0), "total": total} for stars in reversed(STARS)]
