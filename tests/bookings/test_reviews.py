"""Reviews: who may write one and until when, when they appear, who reads what, and what never changes."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookings import services
from bookings.errors import AlreadyReviewed, NotAnswerable, NotReviewable
from bookings.models import REVIEW_WINDOW_MS, Booking, Review
from common.clock import moment
from listings.models import Listing
from tests.bookings.test_lifecycle import age
from tests.cast import a_user
from tests.orders import MINUTE, live, past_the_triggers, requested, settle, talked

pytestmark = pytest.mark.django_db


@pytest.fixture
def over(client_user, listing) -> Booking:
    return talked(client_user, listing)


def write(booking: Booking, *, by, stars: int = 5, text: str = "听得很认真。", **when) -> Review:
    return services.write_review(booking=booking, by=by, stars=stars, text=text, **when)


def both(booking: Booking, *, client: int = 5, companion: int = 5) -> tuple[Review, Review]:
    """The client's and the companion's review, shown."""
    first = write(booking, by=booking.client, stars=client)
    second = write(booking, by=booking.companion, stars=companion, text="很有礼貌。")
    first.refresh_from_db()
    return first, second


def rating(listing: Listing) -> tuple[int, int]:
    listing.refresh_from_db()
    return listing.rating_sum, listing.rating_count


class TestWriting:
    def test_each_side_writes_about_the_other(self, over, client_user, companion):
        mine, hers = write(over, by=client_user), write(over, by=companion)
        assert (mine.side, mine.author, mine.about) == ("client", client_user, companion)
        assert (hers.side, hers.author, hers.about) == ("companion", companion, client_user)

    def test_once(self, over, client_user):
        write(over, by=client_user, stars=5)
        with pytest.raises(AlreadyReviewed):
            write(over, by=client_user, stars=1)
        assert Review.objects.get().stars == 5

    def test_a_stranger_has_nothing_to_say(self, over, stranger):
        with pytest.raises(NotReviewable):
            write(over, by=stranger)

    def test_nothing_before_it_is_settled(self, client_user, listing):
        booking = live(client_user, listing)
        age(booking, 3 * MINUTE)
        services.end(booking=booking, by=client_user)
        with pytest.raises(NotReviewable):
            write(booking, by=client_user)
        write(settle(booking), by=client_user)

    def test_a_talk_that_cost_nothing_gives_no_stars(self, client_user, listing):
        booking = live(client_user, listing)
        services.end(booking=booking, by=client_user)
        with pytest.raises(NotReviewable):
            write(settle(booking), by=client_user, stars=1)

    def test_an_order_that_did_not_come_about_has_no_review(self, client_user, listing):
        booking = services.cancel(booking=requested(client_user, listing), by=client_user)
        with pytest.raises(NotReviewable):
            write(booking, by=client_user)

    def test_the_last_millisecond_counts(self, over, client_user):
        assert write(over, by=client_user, now_ms=over.ended_ms + REVIEW_WINDOW_MS - 1).stars == 5

    def test_a_clock_that_was_set_back_keeps_nobody_from_writing(self, over, client_user):
        mine = write(over, by=client_user, now_ms=over.ended_ms - 60 * MINUTE)
        assert mine.written_at == moment(over.ended_ms)

    def test_fourteen_days_are_over_when_they_are_over(self, over, client_user):
        with pytest.raises(NotReviewable):
            write(over, by=client_user, now_ms=over.ended_ms + REVIEW_WINDOW_MS)


class TestAppearing:
    def test_one_alone_is_seen_by_nobody_else(self, over, client_user, companion, listing):
        mine = write(over, by=client_user)
        assert mine.shown_at is None
        assert readers(mine, companion, AnonymousUser()) == []
        assert rating(listing) == (0, 0)

    def test_the_second_shows_both_at_the_same_moment(self, over, listing):
        mine, hers = both(over, client=4, companion=2)
        assert mine.shown_at == hers.shown_at is not None
        assert rating(listing) == (4, 1)

    def test_one_alone_appears_after_fourteen_days(self, over, client_user, listing):
        mine = write(over, by=client_user, stars=3)
        assert services.show_due(now_ms=over.ended_ms + REVIEW_WINDOW_MS - 1) == 0
        assert rating(listing) == (0, 0)
        assert services.show_due(now_ms=over.ended_ms + REVIEW_WINDOW_MS) == 1
        mine.refresh_from_db()
        assert mine.is_shown
        assert rating(listing) == (3, 1)

    def test_the_companions_word_alone_does_not_count_for_her_listing(self, over, companion, listing):
        write(over, by=companion, stars=1)
        services.show_due(now_ms=over.ended_ms + REVIEW_WINDOW_MS)
        assert Review.objects.shown().count() == 1
        assert rating(listing) == (0, 0)

    def test_ringing_twice_counts_once(self, over, client_user, listing):
        write(over, by=client_user)
        late = over.ended_ms + REVIEW_WINDOW_MS
        assert [services.show_due(now_ms=late), services.show_due(now_ms=late)] == [1, 0]
        assert rating(listing) == (5, 1)

    def test_one_that_fails_does_not_keep_the_others_waiting(
        self, over, client_user, other_client, listing, monkeypatch
    ):
        other = talked(other_client, listing)
        for booking in (over, other):
            write(booking, by=booking.client)
        from bookings.services import reviews

        show = reviews._show

        def fails_for_one(booking, now_ms):
            if booking.pk == over.pk:
                raise RuntimeError("broken")
            show(booking, now_ms)

        monkeypatch.setattr(reviews, "_show", fails_for_one)
        assert services.show_due(now_ms=over.ended_ms + 2 * REVIEW_WINDOW_MS) == 1


def readers(review: Review, *people) -> list:
    return [person for person in people if Review.objects.visible_to(person).filter(pk=review.pk).exists()]


class TestWhoReadsWhat:
    """Anonymous, a stranger, the client, the companion, a moderator; before, after, and when it was removed."""

    @pytest.fixture
    def everybody(self, stranger, client_user, companion, moderator) -> list:
        return [AnonymousUser(), stranger, client_user, companion, moderator]

    def test_unshown_only_its_author(self, over, everybody, client_user, companion):
        assert readers(write(over, by=client_user), *everybody) == [client_user]

    def test_unshown_only_its_author_on_the_other_side_too(self, over, everybody, companion):
        assert readers(write(over, by=companion), *everybody) == [companion]

    def test_what_a_client_says_is_public(self, over, everybody):
        assert readers(both(over)[0], *everybody) == everybody

    def test_what_a_companion_says_stays_between_the_two(self, over, everybody, client_user, companion, moderator):
        assert readers(both(over)[1], *everybody) == [client_user, companion, moderator]

    def test_of_a_listing_that_is_off_the_shelves_only_the_two_and_moderators(
        self, over, everybody, client_user, companion, moderator
    ):
        mine, _ = both(over)
        Listing.objects.update(status="hidden")
        assert readers(mine, *everybody) == [client_user, companion, moderator]

    def test_removed_only_its_author_and_moderators(self, over, everybody, client_user, moderator):
        mine, _ = both(over)
        services.reviews.apply_decision(review=mine, approved=False, reason="辱骂。", by=moderator)
        assert readers(mine, *everybody) == [client_user, moderator]

    def test_only_what_is_up_can_be_reported_and_not_by_its_author(self, over, everybody, client_user):
        mine, _ = both(over)
        reporters = [who for who in everybody if Review.objects.reportable_by(who).filter(pk=mine.pk).exists()]
        assert reporters == [who for who in everybody if who != client_user]


class TestAnswering:
    def test_the_reviewed_answers_once(self, over, companion):
        mine, _ = both(over)
        answered = services.answer_review(review=mine, by=companion, text="谢谢你。")
        assert (answered.answer, answered.stars, answered.text) == ("谢谢你。", 5, "听得很认真。")
        with pytest.raises(NotAnswerable):
            services.answer_review(review=mine, by=companion, text="还有一句。")

    def test_not_before_it_is_shown(self, over, client_user, companion):
        with pytest.raises(NotAnswerable):
            services.answer_review(review=write(over, by=client_user), by=companion, text="你写了什么？")

    def test_nobody_else_answers(self, over, client_user, stranger):
        mine, _ = both(over)
        for somebody in (client_user, stranger):
            with pytest.raises(NotAnswerable):
                services.answer_review(review=mine, by=somebody, text="我来说。")

    def test_an_empty_answer_is_none(self, over, companion):
        with pytest.raises(NotAnswerable):
            services.answer_review(review=both(over)[0], by=companion, text="")


class TestWhatTheDatabaseRefuses:
    @pytest.mark.parametrize(
        "change", ["stars = 1", "text = '改了'", "author_id = about_id, about_id = author_id", "written_at = now()"]
    )
    def test_words_and_stars_never_change(self, over, change):
        both(over)
        refused(f"UPDATE bookings_review SET {change}", "never changes|between two")

    @pytest.mark.parametrize(
        "sql", ["DELETE FROM bookings_review", "SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE bookings_review CASCADE"]
    )
    def test_nothing_is_deleted(self, over, sql):
        both(over)
        refused(sql, "reviews are kept")

    @pytest.mark.parametrize("change", ["shown_at = NULL", "shown_at = shown_at + interval '1 day'"])
    def test_what_was_shown_stays_shown(self, over, change):
        both(over)
        refused(f"UPDATE bookings_review SET {change}", "once")

    def test_nobody_is_shown_alone(self, over, client_user):
        write(over, by=client_user)
        refused("UPDATE bookings_review SET shown_at = now()", "not shown alone")

    def test_an_answer_needs_a_review_that_is_up(self, over, client_user):
        write(over, by=client_user)
        refused("UPDATE bookings_review SET answer = '好', answered_at = now()", "review_answered_when_shown")

    def test_an_answer_never_changes(self, over, companion):
        services.answer_review(review=both(over)[0], by=companion, text="谢谢你。")
        refused("UPDATE bookings_review SET answer = '改了' WHERE side = 'client'", "once")

    @pytest.mark.parametrize("who", ["author_id", "about_id"])
    def test_neither_of_the_two_removes(self, over, who):
        both(over)
        removal = f"removed_at = now(), removed_by_id = {who}, removed_reason = '不想要'"
        refused(f"UPDATE bookings_review SET {removal}", "review_removed_by_another_with_reason")

    def test_a_removal_has_a_reason(self, over, moderator):
        both(over)
        refused(
            f"UPDATE bookings_review SET removed_at = now(), removed_by_id = {moderator.pk}",
            "review_removed_by_another_with_reason",
        )

    @pytest.mark.parametrize("stars", [0, 6])
    def test_one_to_five_stars(self, over, client_user, stars):
        with pytest.raises(DatabaseError, match="review_one_to_five_stars"), transaction.atomic():
            write(over, by=client_user, stars=stars)

    def test_five_hundred_characters(self, over, client_user):
        with pytest.raises(DatabaseError, match="review_words_length"), transaction.atomic():
            write(over, by=client_user, text="好" * 501)

    @pytest.mark.parametrize(
        ("column", "value", "why"),
        [
            ("side", "'companion'", "between the two"),
            ("author_id", "about_id", "between the two"),
            ("shown_at", "written_at", "written unshown"),
            ("written_at", "written_at + interval '14 days'", "within 14 days"),
            ("written_at", "written_at - interval '1 day'", "within 14 days"),
        ],
    )
    def test_a_row_that_cannot_be_written(self, over, client_user, column, value, why):
        write(over, by=client_user)
        copied_wrong(column, value, why)

    @pytest.mark.parametrize("change", ["billed_min = 0", "state = 'ended', due_ms = 1"])
    def test_only_a_settled_order_with_a_charged_minute(self, over, client_user, change):
        write(over, by=client_user)
        with past_the_triggers(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE bookings_booking SET {change}")
        copied_wrong("text", "text", "settled order with a charged minute")

    def test_a_report_is_kept_as_it_was(self, over, stranger):
        services.report_review(review=both(over)[0], by=stranger, category="insult", words="骂人")
        refused("UPDATE bookings_reviewreport SET words = ''", "reviews are kept")


def refused(sql: str, rule: str) -> None:
    with pytest.raises(DatabaseError, match=rule), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def copied_wrong(column: str, value: str, why: str) -> None:
    """The same row once more with one column wrong is refused, for that and not for being there twice."""
    names = [field.column for field in Review._meta.fields if field.column != "id"]
    values = [value if name == column else name for name in names]
    copy = f"INSERT INTO bookings_review ({', '.join(names)}) SELECT {', '.join(values)} FROM bookings_review"
    refused(copy, why)


class TestTheStarsOfAListing:
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        said=st.lists(
            st.tuples(
                st.one_of(st.none(), st.integers(1, 5)),
                st.one_of(st.none(), st.integers(1, 5)),
                st.booleans(),
                st.booleans(),
            ),
            min_size=1,
            max_size=5,
        )
    )
    def test_are_the_sum_of_what_is_up(self, listing, moderator, said):
        """Of each order: the client's stars, the companion's, whether 14 days passed, whether it was removed."""
        with undone():
            expected = sum_of_orders(listing, moderator, said)
            assert rating(listing) == (sum(expected), len(expected))
            assert services.check_ratings() == []

    def test_a_wrong_number_is_found(self, over, listing):
        both(over)
        Listing.objects.filter(pk=listing.pk).update(rating_sum=3)
        assert services.check_ratings() == [f"listing {listing.pk} says 3/1, its reviews 5/1"]


def sum_of_orders(listing, moderator, said) -> list[int]:
    expected: list[int] = []
    unseen: list[int] = []
    for number, (client, companion, late, removed) in enumerate(said):
        booking = talked(a_user(f"guest{number}"), listing)
        if companion:
            write(booking, by=booking.companion, stars=companion)
        if client is None:
            continue
        review = write(booking, by=booking.client, stars=client)
        if late:
            services.show_due(now_ms=booking.ended_ms + REVIEW_WINDOW_MS)
        review.refresh_from_db()
        if removed and review.is_shown:
            services.reviews.apply_decision(review=review, approved=False, reason="辱骂。", by=moderator)
        else:
            (expected if late or companion else unseen).append(client)
        if late:
            # Earlier orders have waited as long: what nobody answered there is shown too.
            expected, unseen = expected + unseen, []
            assert review.is_shown
    return expected


class undone:
    """What happens inside did not."""

    def __enter__(self):
        self.atomic = transaction.atomic()
        self.atomic.__enter__()

    def __exit__(self, kind, error, trace):
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)


class TestTheCommand:
    def test_says_that_all_is_well(self, over, capsys):
        both(over)
        call_command("ratings_check")
        assert "sum of its reviews" in capsys.readouterr().out

    def test_names_what_is_not(self, over, listing):
        both(over)
        Listing.objects.filter(pk=listing.pk).update(rating_sum=0, rating_count=0)
        with pytest.raises(CommandError, match=f"listing {listing.pk}"):
            call_command("ratings_check")


def test_the_records_hide_what_is_hidden(client, over, client_user):
    client.force_login(a_user("boss", is_staff=True, is_superuser=True))
    write(over, by=client_user)
    assert client.get("/admin/bookings/review/").context["cl"].result_count == 0
    write(over, by=over.companion)
    assert client.get("/admin/bookings/review/").context["cl"].result_count == 2
