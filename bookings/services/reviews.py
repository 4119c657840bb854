"""Reviews: written unseen, shown together, answered once, removed only by a moderator.

Both sides of an order stay hidden until both are in, or until 14 days after its end. Writing closes at that same
moment, so nobody answers stars with stars. The booking's row is locked by whoever writes or shows, so the second of
two at the same moment sees the first. Rows are locked in the order case, the pair, booking, review, listing.

Of two whom a block keeps apart each may still give stars, but no words: neither writes to the other.
"""

import logging
from functools import partial
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import Block, User
from bookings.errors import AlreadyReported, AlreadyReviewed, NotAnswerable, NotReportable, NotReviewable, StarsOnly
from bookings.models import REVIEW_WINDOW_MS, Booking, Review, ReviewReport, Side, State
from bookings.services.locking import lock_pair
from bookings.services.parting import are_parted
from bookings.services.rounds import contained
from common.clock import database_now_ms, moment
from common.database import broken_constraint
from listings import services as listings
from listings.models import Listing
from moderation import services as moderation
from moderation.errors import CaseNotFound

log = logging.getLogger(__name__)
CASE_KIND = "review"
LIMIT = 200


def side_of(booking: Booking, user: User) -> Side:
    return Side.CLIENT if user.pk == booking.client_id else Side.COMPANION


def closes_ms(booking: Booking) -> int:
    """When writing closes and what was written appears. Of a booking that is over."""
    return (booking.ended_ms or 0) + REVIEW_WINDOW_MS


@transaction.atomic
def write_review(*, booking: Booking, by: User, stars: int, text: str, now_ms: int | None = None) -> Review:
    """One side's review; the second one of a booking shows both. `now_ms` is for tests.

    At least one minute must have been charged: a talk that cost nothing could be had any number of times, only to
    give stars. Raises NotReviewable, AlreadyReviewed, StarsOnly (words, and a block keeps the two apart).
    """
    lock_pair(booking.client_id, booking.companion_id)
    booking = _locked(booking.pk)
    # Never before its end, even when the clock of the machine was set back.
    now = max(booking.ended_ms or 0, database_now_ms() if now_ms is None else now_ms)
    if by.pk not in (booking.client_id, booking.companion_id) or not _may_be_reviewed(booking, now):
        raise NotReviewable
    if text and are_parted(booking):
        raise StarsOnly
    review = _insert(booking, by, stars, text, now)
    if booking.reviews.count() == len(Side):
        _show(booking, now)
        review.refresh_from_db()
    return review


def show_due(*, now_ms: int | None = None) -> int:
    """Shows what was written alone and has waited its 14 days; returns how many bookings were handled.

    One that fails is logged and does not keep the others waiting. `now_ms` is for tests.
    """
    now = database_now_ms() if now_ms is None else now_ms
    waiting = Review.objects.filter(shown_at=None, booking__ended_ms__lte=now - REVIEW_WINDOW_MS)
    return sum(_contained(pk, now) for pk in list(waiting.order_by("pk").values_list("booking", flat=True)[:LIMIT]))


@transaction.atomic
def answer_review(*, review: Review, by: User, text: str, now_ms: int | None = None) -> Review:
    """The one word of the one it is about, under a review that is up. Raises NotAnswerable."""
    lock_pair(review.author_id, review.about_id)
    now = moment(database_now_ms() if now_ms is None else now_ms)
    open_to_answer = Review.objects.shown().filter(~kept_apart(), pk=review.pk, about=by, answered_at=None)
    if not text or not open_to_answer.update(answer=text, answered_at=now):
        raise NotAnswerable
    review.refresh_from_db()
    return review


@transaction.atomic
def report_review(*, review: Review, by: User, category: str, words: str = "") -> ReviewReport:
    """A reader's complaint, once each; all complaints about one review are one case.

    Raises NotReportable (gone, not for his eyes, or his own), AlreadyReported.
    """
    if not Review.objects.reportable_by(by).filter(pk=review.pk).exists():
        raise NotReportable
    report = _report(review, by, category, words)
    moderation.open_case(kind=CASE_KIND, target=review, by=by)
    # The case is locked now: what a moderator removed while this waited for it must not be opened again.
    if not Review.objects.shown().filter(pk=review.pk).exists():
        raise NotReportable
    return report


@transaction.atomic
def apply_decision(*, review: Review, approved: bool, reason: str, by: User) -> None:
    """What a moderator's decision on a reported review does: it stays, or it goes, and so do its stars.

    Raises CaseNotFound for who wrote it, is spoken of in it or reported it: nobody decides about his own.
    """
    if by.pk in (review.author_id, review.about_id) or review.reports.filter(reporter=by).exists():
        raise CaseNotFound
    gone = {"removed_at": moment(database_now_ms()), "removed_by": by, "removed_reason": reason}
    if not approved and Review.objects.shown().filter(pk=review.pk).update(**gone) and review.side == Side.CLIENT:
        listings.take_back_review(listing_id=review.listing_id, stars=review.stars)


def check_ratings() -> list[str]:
    """One line for each listing whose rating is not the sum of the reviews that are up. One query."""
    up = Review.objects.shown().filter(listing=OuterRef("pk"), side=Side.CLIENT).order_by().values("listing")
    counted = Listing.objects.annotate(
        real_sum=Coalesce(Subquery(up.annotate(n=Sum("stars")).values("n")), 0),
        real_count=Coalesce(Subquery(up.annotate(n=Count("pk")).values("n")), 0),
    )
    return [
        f"listing {listing.pk} says {listing.rating_sum}/{listing.rating_count},"
        f" its reviews {listing.real_sum}/{listing.real_count}"
        for listing in counted
        if (listing.rating_sum, listing.rating_count) != (listing.real_sum, listing.real_count)
    ]


def kept_apart() -> Exists:
    """True of a review whose two sides a block keeps apart: neither may say anything more to the other."""
    return Exists(Block.objects.between(OuterRef("author"), OuterRef("about")))


def _locked(booking_id: UUID) -> Booking:
    return Booking.objects.select_for_update(no_key=True).get(pk=booking_id)


def _may_be_reviewed(booking: Booking, now_ms: int) -> bool:
    return booking.state == State.SETTLED and booking.billed_min > 0 and now_ms < closes_ms(booking)


def _insert(booking: Booking, by: User, stars: int, text: str, now_ms: int) -> Review:
    try:
        with transaction.atomic():
            return Review.objects.create(
                booking=booking,
                side=side_of(booking, by),
                author=by,
                about=booking.other(by),
                listing_id=booking.listing_id,
                stars=stars,
                text=text,
                written_at=moment(now_ms),
            )
    except IntegrityError as error:
        if broken_constraint(error) != "review_once_per_side":
            raise
        raise AlreadyReviewed from error


def _show(booking: Booking, now_ms: int) -> None:
    """From now on everybody reads them, and the client's stars count. The booking is locked."""
    for review in booking.reviews.filter(shown_at=None):
        Review.objects.filter(pk=review.pk).update(shown_at=moment(now_ms))
        if review.side == Side.CLIENT:
            listings.record_review(listing_id=review.listing_id, stars=review.stars)


def _contained(booking_id: UUID, now_ms: int) -> bool:
    words = "the review of booking %s waits for the next round"
    return contained(partial(_show_alone, booking_id, now_ms), log, words, booking_id)


@transaction.atomic
def _show_alone(booking_id: UUID, now_ms: int) -> bool:
    rows = Booking.objects.select_for_update(skip_locked=True, no_key=True)
    booking = rows.filter(pk=booking_id).first()
    if booking is None:
        # Somebody else has the row; he shows it, or the next round does.
        return False
    _show(booking, now_ms)
    return True


def _report(review: Review, by: User, category: str, words: str) -> ReviewReport:
    try:
        with transaction.atomic():
            return ReviewReport.objects.create(review=review, reporter=by, category=category, words=words)
    except IntegrityError as error:
        if broken_constraint(error) != "review_report_once":
            raise
        raise AlreadyReported from error
