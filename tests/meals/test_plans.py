"""A meal is ordered with its public place and with who pays it; both stand before the companion when she is asked."""

from functools import partial
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from bookings.errors import AppointmentThen, NoSuchTime
from bookings.models import Booking, State
from common.errors import UserError
from listings.models import Listing
from meals.errors import NotPublic
from meals.models import MealPlan
from tests.meals.plans import TOLD, ordered
from tests.orders import OFF_THE_CALENDAR, on_the_half_hour, pay
from tests.papers import identify
from tests.threads import at_once, failures
from tests.visits import a_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def dining(db):
    return a_place("ruby", kind="dining")


def test_the_place_is_what_both_agree_to(client_user, dining):
    booking = ordered(client_user, dining)
    assert booking.terms.place == "上海 徐汇区 外婆家 · 淮海中路 999 号 5 楼"
    assert (booking.meal_plan.paid_by, booking.meal_plan.tastes) == ("client", ["清淡", "电影"])


def test_a_room_is_refused_with_the_whole_order(client_user, dining):
    with pytest.raises(NotPublic):
        ordered(client_user, dining, venue="如家酒店", address="1203 房间")
    assert not Booking.objects.exists()


def test_another_place_on_the_same_form_is_the_order_and_the_first_frees_its_time(client_user, dining):
    again = {"request_key": uuid4(), "starts_at": on_the_half_hour()}
    first = ordered(client_user, dining, **again)
    for venue in ("绿波廊", "外婆家", "绿波廊"):
        changed = ordered(client_user, dining, **again, venue=venue)
        assert venue in changed.terms.place and changed.meal_plan.venue == venue
        assert list(Booking.objects.filter(state=State.AWAITING_PAYMENT)) == [changed]
    first.refresh_from_db()
    assert (first.state, first.cancelled_by) == (State.CANCELLED, client_user)
    assert ordered(client_user, dining, **again, venue="绿波廊") == changed


def test_a_paid_meal_is_not_moved_by_the_form_it_came_from(client_user, dining):
    again = {"request_key": uuid4(), "starts_at": on_the_half_hour()}
    paid = pay(ordered(client_user, dining, **again))
    with pytest.raises(AppointmentThen):
        ordered(client_user, dining, **again, venue="绿波廊")
    assert ordered(client_user, dining, **again, paid_by="each") == paid
    paid.refresh_from_db()
    assert paid.state == State.REQUESTED and Booking.objects.get().meal_plan.paid_by == "client"


def test_another_place_that_is_refused_leaves_the_first_order(client_user, dining):
    again = {"request_key": uuid4(), "starts_at": on_the_half_hour()}
    first = ordered(client_user, dining, **again)
    Listing.objects.update(status="hidden")
    with pytest.raises(UserError):
        ordered(client_user, dining, **again, venue="绿波廊")
    first.refresh_from_db()
    assert first.state == State.AWAITING_PAYMENT


def test_who_pays_changes_until_it_is_paid(client_user, dining):
    again = {"request_key": uuid4(), "starts_at": on_the_half_hour()}
    first = ordered(client_user, dining, **again)
    assert ordered(client_user, dining, **again, paid_by="each") == first
    assert MealPlan.objects.get().paid_by == "each"


@pytest.mark.django_db(transaction=True)
def test_two_places_at_the_same_moment_are_one_order_in_the_end(client_user, dining):
    again = {"request_key": uuid4(), "starts_at": on_the_half_hour()}
    identify(client_user)
    places = ("外婆家", "绿波廊", "老正兴")
    assert not failures(at_once(*[partial(ordered, client_user, dining, **again, venue=venue) for venue in places]))
    left = Booking.objects.get(state=State.AWAITING_PAYMENT)
    assert left.meal_plan.venue in left.terms.place


@pytest.mark.parametrize(
    "wrong", [{"venue": " x"}, {"address": ""}, {"district": ""}, {"paid_by": "nobody"}, {"tastes": ["a"] * 9}]
)
def test_the_database_keeps_no_half_a_plan(client_user, dining, wrong):
    ordered(client_user, dining)
    with pytest.raises(IntegrityError), transaction.atomic():
        MealPlan.objects.update(**wrong)


def form(dining, **more) -> dict:
    order = {"minutes": 60, "starts_at": on_the_half_hour().isoformat(), "request_key": str(uuid4()), "later": "1"}
    told = {**TOLD, "tastes": "清淡 电影", "open_to_all": "on", "size": "1", "shares": "no"}
    return {**order, "seen_fen": dining.price_fen, **told, **more}


def test_the_choice_leads_to_the_plan_and_the_plan_to_the_payment(client, client_user, dining, stand_in):
    identify(client_user)
    client.force_login(client_user)
    step = client.post(reverse("bookings:start", args=[dining.pk]), form(dining))["Location"]
    assert step.startswith(reverse("meals:plan", args=[dining.pk])) and not Booking.objects.exists()
    assert dining.venue_area in client.get(step).content.decode()
    assert client.post(step, form(dining))["Location"].startswith(stand_in.url)


@pytest.mark.parametrize(
    "wrong",
    [
        {"venue": "汉庭酒店"},
        {"paid_by": ""},
        {"open_to_all": ""},
        {"address": "幸福小区 3 号楼 501 室", "venue": "老王"},
        {"district": "徐汇区", "address": "如家酒店 8 楼 8023", "venue": "咖啡"},
    ],
)
def test_what_is_missing_or_private_is_said_and_nothing_typed_is_lost(client, client_user, dining, wrong):
    identify(client_user)
    client.force_login(client_user)
    answer = client.post(reverse("meals:plan", args=[dining.pk]), form(dining, **wrong))
    text = answer.content.decode()
    assert answer.status_code == 200 and 'role="alert"' in text and 'value="徐汇区"' in text
    assert not Booking.objects.exists()


@pytest.mark.parametrize("starts_at", OFF_THE_CALENDAR)
@pytest.mark.parametrize("page", ["bookings:start", "meals:plan"])
def test_a_day_of_no_calendar_is_no_time_she_offers(client, client_user, dining, page, starts_at):
    identify(client_user)
    client.force_login(client_user)
    answer = client.post(reverse(page, args=[dining.pk]), form(dining, starts_at=starts_at), follow=True)
    assert str(NoSuchTime.message) in answer.content.decode()
    assert not Booking.objects.exists()


def test_the_companion_sees_where_and_who_pays_before_she_answers(client, client_user, dining):
    booking = pay(ordered(client_user, dining))
    client.force_login(booking.companion)
    text = client.get(reverse("bookings:detail", args=[booking.pk]), headers={"accept-language": "en"}).content.decode()
    assert "外婆家" in text and "The client pays" in text and "清淡、电影" in text
