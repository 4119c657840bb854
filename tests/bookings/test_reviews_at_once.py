"""Two hands on the reviews of one order at the same moment, over real connections; each guard shown to be needed."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from django.db import connection

from bookings import services
from bookings.errors import AlreadyReviewed, NotAnswerable, NotReportable
from bookings.models import REVIEW_WINDOW_MS, Booking, Review, ReviewReport
from bookings.models.review import ReviewQuerySet
from bookings.services import reviews
from listings.models import Listing
from moderation import services as moderation
from moderation.models import ReviewCase
from tests.orders import talked
from tests.rivals import rival
from tests.threads import at_once, failures

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def over(client_user, listing) -> Booking:
    return talked(client_user, listing)


def writing(booking: Booking, by, stars: int = 4):
    return partial(services.write_review, booking=booking, by=by, stars=stars, text="")


def both(booking: Booking) -> Review:
    writing(booking, booking.companion)()
    return writing(booking, booking.client)()


def shown() -> list[bool]:
    return [review.is_shown for review in Review.objects.order_by("pk")]


def rating() -> tuple[int, int]:
    return Listing.objects.values_list("rating_sum", "rating_count").get()


@contextmanager
def nobody_locks(monkeypatch) -> Iterator[None]:
    """Both have counted before either commits."""
    both_have_counted = threading.Barrier(2)
    count = ReviewQuerySet.count

    def count_together(found: ReviewQuerySet) -> int:
        number = count(found)
        both_have_counted.wait()
        return number

    with monkeypatch.context() as patch:
        patch.setattr(reviews, "lock_pair", lambda one, other: None)
        patch.setattr(reviews, "_locked", lambda booking_id: Booking.objects.get(pk=booking_id))
        patch.setattr(ReviewQuerySet, "count", count_together)
        yield


def test_both_sides_at_once_are_both_shown(over, client_user, companion):
    assert failures(at_once(writing(over, client_user), writing(over, companion))) == []
    assert shown() == [True, True]
    assert rating() == (4, 1)


def test_the_second_waits_for_the_first_and_sees_it(over, client_user, companion):
    with rival(writing(over, client_user)) as meanwhile:
        second = meanwhile(writing(over, companion))
    assert second().is_shown
    assert shown() == [True, True]


def test_control_without_the_lock_neither_sees_the_other_and_both_stay_hidden(
    over, client_user, companion, monkeypatch
):
    with nobody_locks(monkeypatch):
        assert failures(at_once(writing(over, client_user), writing(over, companion))) == []
    assert shown() == [False, False]


def test_a_double_click_is_one_review(over, client_user):
    results = at_once(*[writing(over, client_user)] * 4)
    assert [type(error) for error in failures(results)] == [AlreadyReviewed] * 3
    assert Review.objects.count() == 1


def test_eight_rounds_at_once_count_the_stars_once(over, client_user):
    writing(over, client_user)()
    late = partial(services.show_due, now_ms=over.ended_ms + REVIEW_WINDOW_MS)
    assert failures(at_once(*[late] * 8)) == []
    assert shown() == [True]
    assert rating() == (4, 1)


def test_control_without_the_lock_the_stars_count_twice(over, client_user, monkeypatch):
    """Two rounds that both found it unshown: what keeps them apart is the lock on the booking."""
    writing(over, client_user)()
    monkeypatch.setattr("django.db.models.QuerySet.select_for_update", lambda self, **kwargs: self.all())
    both_have_found_it = threading.Barrier(2)
    update = ReviewQuerySet.update

    def update_together(found: ReviewQuerySet, **values) -> int:
        both_have_found_it.wait()
        return update(found, **values)

    monkeypatch.setattr(ReviewQuerySet, "update", update_together)
    late = partial(services.show_due, now_ms=over.ended_ms + REVIEW_WINDOW_MS)
    at_once(late, late)
    assert rating() == (8, 2)
    assert services.check_ratings()


def test_two_answers_at_once_are_one(over, companion):
    review = both(over)
    answers = [partial(services.answer_review, review=review, by=companion, text=text) for text in ("一", "二", "三")]
    results = at_once(*answers)
    assert [type(error) for error in failures(results)] == [NotAnswerable] * 2


def test_two_who_report_at_once_are_one_case(over, stranger, other_client):
    review = both(over)
    reports = [
        partial(services.report_review, review=review, by=who, category="insult") for who in (stranger, other_client)
    ]
    assert failures(at_once(*reports)) == []
    assert (ReviewCase.objects.get().version, ReviewReport.objects.count()) == (2, 2)


def test_a_report_that_comes_while_it_is_removed_opens_nothing(over, stranger, other_client, moderator):
    review = both(over)
    services.report_review(review=review, by=stranger, category="insult")
    case = ReviewCase.objects.get()
    removing = partial(moderation.decide, case=case, by=moderator, approve=False, reason="辱骂。")
    with rival(removing) as meanwhile:
        late = meanwhile(partial(services.report_review, review=review, by=other_client, category="insult"))
    with pytest.raises(NotReportable):
        late()
    case.refresh_from_db()
    assert (case.is_open, ReviewReport.objects.count()) == (False, 1)


def test_control_without_looking_again_the_removed_would_be_a_case_again(
    over, stranger, other_client, moderator, monkeypatch
):
    review = both(over)
    services.report_review(review=review, by=stranger, category="insult")
    case = ReviewCase.objects.get()
    removing = partial(moderation.decide, case=case, by=moderator, approve=False, reason="辱骂。")
    with rival(removing) as meanwhile:
        open_case = partial(moderation.open_case, kind="review", target=review, by=other_client)
        late = meanwhile(open_case)
    late()
    case.refresh_from_db()
    assert case.is_open


def test_a_removal_takes_its_stars_along_once(over, stranger, moderator):
    review = both(over)
    remove = partial(reviews.apply_decision, review=review, approved=False, reason="辱骂。", by=moderator)
    assert failures(at_once(remove, remove, remove)) == []
    assert rating() == (0, 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM bookings_review WHERE removed_at IS NOT NULL")
        assert cursor.fetchone() == (1,)
