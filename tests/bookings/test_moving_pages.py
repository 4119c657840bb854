"""Another start on the pages: chosen by one, answered by the other, and told wherever the old one stood."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from icalendar import Calendar

from accounts.models import User
from bookings import services
from bookings.models import Booking, Move
from bookings.pages import orders_part
from bookings.services.times import ms_of
from listings.days import ZONE
from tests.bookings.test_cancelling import moved_to
from tests.cast import a_user, a_week
from tests.moves import later, moved, proposed
from tests.orders import MINUTE, OFF_THE_CALENDAR, appointed, live, on_the_half_hour, ordered, past_the_triggers
from tests.visits import a_place, agreed

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
HOUR = 60 * MINUTE
PAGE_QUERIES, MOVE_QUERIES, DESK_QUERIES = 19, 17, 16


@pytest.fixture(autouse=True)
def hours(listing):
    a_week(listing.companion)


@pytest.fixture
def booking(client_user, listing) -> Booking:
    return appointed(client_user, listing)


@pytest.fixture
def look(client, booking):
    """`look(user)` is the booking's page, or another, as that person reads it."""

    def text(user: User, name: str = "detail", **headers) -> str:
        client.force_login(user)
        address = reverse(f"bookings:{name}", args=[] if name == "workbench" else [booking.pk])
        page = client.get(address, headers=ENGLISH | headers).content.decode()
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))

    return text


def send(client, user: User, name: str, *args, **form):
    client.force_login(user)
    return client.post(reverse(f"bookings:{name}", args=args), form, headers=ENGLISH, follow=True)


def propose(client, booking: Booking, by: User, **form):
    sent = {"starts_at": later(booking).isoformat(), "request_key": str(uuid4()), **form}
    return send(client, by, "move", booking.pk, **sent)


class TestChoosing:
    def test_both_are_led_there(self, booking, look):
        for user in (booking.client, booking.companion):
            assert "Change the time" in look(user)

    def test_only_while_it_can_be_moved(self, client, booking, look, listing, other_client):
        running = live(other_client, listing)
        for user in (running.client, running.companion):
            client.force_login(user)
            assert "Change the time" not in client.get(f"/bookings/{running.pk}/", headers=ENGLISH).content.decode()
            answer = client.get(reverse("bookings:move", args=[running.pk]))
            assert answer.url == reverse("bookings:detail", args=[running.pk])

    def test_offers_the_times_at_which_both_are_free(self, client, booking, other_client, listing):
        taken = ordered(other_client, listing, starts_at=later(booking))
        client.force_login(booking.client)

        def is_offered(start: datetime) -> bool:
            day = f"{start.astimezone(ZONE):%Y-%m-%d}"
            page = client.get(reverse("bookings:move", args=[booking.pk]), {"day": day}).content.decode()
            return f'value="{start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"' in page

        assert is_offered(later(booking, 24.5))
        assert not is_offered(taken.starts_at)

    def test_the_picker_alone_for_htmx_asks_here_for_other_days(self, client, booking):
        client.force_login(booking.client)
        address = reverse("bookings:move", args=[booking.pk])
        part = client.get(address, headers={"HX-Request": "true"}).content.decode()
        assert part.lstrip().startswith("<div")
        assert f'hx-get="{address}?' in part
        assert "/listings/" not in part
        assert "data-sum" not in part

    def test_a_strangers_booking_is_not_there(self, client, booking, stranger):
        move = proposed(booking, booking.client)
        client.force_login(stranger)
        for name in ("agree_to_move", "decline_move", "take_back_move"):
            assert client.post(reverse(f"bookings:{name}", args=[booking.pk, move.pk])).status_code == 404
        for method in (client.get, client.post):
            assert method(reverse("bookings:move", args=[booking.pk])).status_code == 404

    def test_nor_is_a_proposal_of_another_booking(self, client, booking, other_client, listing):
        move = proposed(appointed(other_client, listing, starts_at=on_the_half_hour(60)), other_client)
        client.force_login(booking.companion)
        assert client.post(reverse("bookings:agree_to_move", args=[booking.pk, move.pk])).status_code == 404

    def test_a_time_that_is_gone_is_told_on_the_page_with_the_choice_kept(self, client, booking, other_client, listing):
        ordered(other_client, listing, starts_at=later(booking))
        answer = propose(client, booking, booking.client)
        assert "cannot be booked, or no longer" in answer.content.decode()
        assert answer.request["PATH_INFO"] == reverse("bookings:move", args=[booking.pk])
        assert f"{later(booking).day}" in answer.request["QUERY_STRING"]

    @pytest.mark.parametrize("starts_at", ["", "gestern", "9999-12-31T23:59:59Z", "2026-01-01", *OFF_THE_CALENDAR])
    def test_no_time_and_nonsense_are_told(self, client, booking, starts_at):
        answer = propose(client, booking, booking.client, starts_at=starts_at)
        assert answer.status_code == 200
        assert not Move.objects.exists()

    def test_what_it_will_cost_to_cancel_is_said_where_it_is_chosen(self, client, booking, look):
        near = moved_to(booking, 10 * HOUR)
        assert "Should you cancel after moving it, 80% comes back, as now: ¥8" in look(near.client, "move")
        assert "as now" not in look(near.companion, "move")

    def test_she_reads_what_she_would_no_longer_keep(self, booking, look):
        assert "stays with you" not in look(booking.companion, "move")
        near = moved_to(booking, 10 * HOUR)
        told = "Should the client cancel now, ¥2 stays with you, before the platform's share"
        assert f"{told}. Once it is moved that holds only in the last 24 hours" in look(near.companion, "move")
        assert "stays with you" not in look(near.client, "move")
        proposed(near, near.client, on_the_half_hour(72))
        assert "stays with you" not in look(near.companion, "move")

    def test_of_starts_that_are_near_too(self, booking, look):
        assert re.search(r"cancel once it is accepted[,:] (80% comes back: )?¥8", look(booking.client, "move"))

    @pytest.mark.parametrize("rows", [1, 3])
    def test_asks_the_same_number_of_questions(self, client, booking, listing, rows, django_assert_num_queries):
        for number in range(rows):
            appointed(a_user(f"guest{number}"), listing, starts_at=on_the_half_hour(60 + number))
        client.force_login(booking.client)
        with django_assert_num_queries(MOVE_QUERIES):
            client.get(reverse("bookings:move", args=[booking.pk]))


class TestAnswering:
    def test_the_other_side_sees_both_times_and_both_answers(self, client, booking, look):
        propose(client, booking, booking.client)
        page = look(booking.companion)
        assert "lin asks to change the time" in page
        assert "Keep the old time" in page and "Take the new time" in page
        assert "You proposed another time" in look(booking.client)
        assert "Take it back" in look(booking.client)

    def test_yes_is_the_new_time_for_both(self, client, booking, look):
        move = proposed(booking, booking.client)
        answer = send(client, booking.companion, "agree_to_move", booking.pk, move.pk)
        assert "Nothing has to be paid again" in answer.content.decode()
        for user in (booking.client, booking.companion):
            page = look(user)
            assert "Moved to" in page
            assert "asks to change" not in page

    def test_no_leaves_it(self, client, booking, look):
        move = proposed(booking, booking.client)
        send(client, booking.companion, "decline_move", booking.pk, move.pk)
        assert "declined" in look(booking.client)

    def test_back_again(self, client, booking, look):
        move = proposed(booking, booking.client)
        send(client, booking.client, "take_back_move", booking.pk, move.pk)
        assert "taken back" in look(booking.companion)

    def test_what_no_longer_stands_is_said(self, client, booking):
        move = proposed(booking, booking.client)
        services.take_back_move(move=move, by=booking.client)
        answer = send(client, booking.companion, "agree_to_move", booking.pk, move.pk)
        assert "no longer stands" in answer.content.decode()

    def test_the_client_reads_what_cancelling_gives_back_then(self, booking, look):
        proposed(booking, booking.companion)
        assert "If you cancel after that, all of it comes back until" in look(booking.client)
        proposed(booking, booking.companion, on_the_half_hour(6))
        assert "If you cancel after that, 80% comes back: ¥8" in look(booking.client)

    def test_she_reads_what_she_would_no_longer_keep(self, booking, look):
        """Of what she asks for herself, and of what he asked for in time; what he asks for late takes nothing away."""
        told = "¥2 stays with you, before the platform's share. Once it is moved nothing does, until"
        proposed(moved_to(booking, 10 * HOUR), booking.companion, on_the_half_hour(72))
        assert told in look(booking.companion)
        assert told not in look(booking.client)
        proposed(booking, booking.companion, on_the_half_hour(5))
        assert told not in look(booking.companion)
        asked = {"proposed_by": booking.client, "to_ms": ms_of(later(booking, 72))}
        with past_the_triggers():
            Move.objects.filter(state=Move.State.OPEN).update(**asked)
        for page in ("detail", "workbench"):
            assert told in look(booking.companion, page)
        proposed(booking, booking.client, on_the_half_hour(96))
        assert told not in look(booking.companion)

    def test_the_page_is_renewed_with_each_step(self, client, booking):
        def version() -> str:
            client.force_login(booking.client)
            page = client.get(reverse("bookings:detail", args=[booking.pk])).content.decode()
            return re.search(r'data-version="([^"]*)"', page)[1]

        before = version()
        move = proposed(booking, booking.companion)
        asked = version()
        services.agree_to_move(move=move, by=booking.client)
        assert len({before, asked, version()}) == 3

    def test_more_proposals_are_not_more_questions(self, client, booking, django_assert_num_queries):
        client.force_login(booking.client)
        for hours in (24, 26, 28):
            proposed(booking, booking.companion, later(booking, hours))
            with django_assert_num_queries(PAGE_QUERIES):
                client.get(reverse("bookings:detail", args=[booking.pk]))


class TestCancellingAfterwards:
    def test_the_dialog_shows_the_sum_and_why(self, booking, look):
        near = moved_to(booking, 10 * HOUR)
        moved(near, near.client, on_the_half_hour(24 * 7))
        page = look(near.client)
        assert "Comes back to you ¥8" in page.replace("¥8.00", "¥8")
        assert "less than 24 hours away, and shanshan had kept that time for you" in page

    def test_and_so_does_the_page_afterwards(self, booking, look):
        near = moved_to(booking, 10 * HOUR)
        services.cancel(booking=moved(near, near.client, on_the_half_hour(24 * 7)), by=near.client, expected_fen=800)
        assert "You asked to move it when less than 24 hours were left: ¥8 comes back to you" in look(near.client)
        assert "The client had asked to move it" in look(near.companion)


class TestElsewhere:
    def test_the_clients_list_says_that_an_answer_is_waited_for(self, client, booking):
        proposed(booking, booking.companion)
        for user, waits in ((booking.client, True), (booking.companion, False)):
            client.force_login(user)
            page = client.get(reverse("bookings:list"), headers=ENGLISH).content.decode()
            assert ("Another time is proposed" in page) == waits

    def test_her_workbench_asks_her(self, booking, look):
        proposed(booking, booking.client)
        assert "lin asks to change the time" in look(booking.companion, "workbench")

    def test_her_workbench_shows_the_new_time_and_that_he_agreed(self, booking, look):
        moved(booking, booking.companion)
        page = look(booking.companion, "workbench")
        assert "lin agreed to the new time" in page
        assert [row.starts_at for row in orders_part(booking.listing.companion)["upcoming"]] == [later(booking)]

    def test_or_that_he_cannot(self, booking, look):
        services.decline_move(move=proposed(booking, booking.companion), by=booking.client)
        assert "lin cannot make it" in look(booking.companion, "workbench")

    @pytest.mark.parametrize("rows", [1, 3])
    def test_her_workbench_asks_the_same_number_of_questions(self, client, listing, rows, django_assert_num_queries):
        for number in range(rows):
            one = appointed(a_user(f"guest{number}"), listing, starts_at=on_the_half_hour(48 + 2 * number))
            proposed(one, one.client, later(one, 48))
            two = appointed(a_user(f"other{number}"), listing, starts_at=on_the_half_hour(150 + 2 * number))
            moved(two, two.companion, later(two, 48))
        client.force_login(listing.companion.user)
        with django_assert_num_queries(DESK_QUERIES):
            client.get(reverse("bookings:workbench"), headers={"HX-Request": "true"})

    def test_her_calendar_and_its_feed_move_along(self, client, booking, listing):
        def starts() -> list:
            answer = client.get(f"/listings/calendar/{listing.companion.calendar_key}.ics")
            events = Calendar.from_ical(answer.content).walk("VEVENT")
            return [event["DTSTART"].dt for event in events if str(event["UID"]) == str(booking.pk)]

        assert starts() == [booking.starts_at]
        moved(booking, booking.client)
        assert starts() == [later(booking)]

    def test_her_workbench_says_when_she_sets_off(self, client, client_user):
        meal = agreed(client_user, a_place("ruby", kind="dining"))
        client.force_login(meal.companion)
        page = client.get(reverse("bookings:workbench"), headers=ENGLISH).content.decode()
        leaves = (meal.starts_at - timedelta(minutes=30)).astimezone(ZONE)
        assert f"On the way from {leaves:%H:%M}, 30 min" in page

    def test_support_reads_it_in_the_story(self, booking):
        near = moved_to(booking, 10 * HOUR)
        moved(near, near.client, on_the_half_hour(24 * 7))
        story = "\n".join(services.explain(near).story)
        assert "the client proposed" in story
        assert "agreed" in story
        assert "cancelling counts from" in story
