"""What runs is said on each page its two may be on meanwhile."""

import re

import pytest
from django.conf import settings
from django.utils.timezone import localtime

from bookings import services as bookings
from bookings.models import Booking
from common.clock import moment
from tests.cast import a_listing
from tests.orders import live
from tests.visits import a_place, together

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking(client_user, listing) -> Booking:
    return live(client_user, listing)


def page(client, user, address: str) -> str:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
    if user:
        client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def bars(html: str) -> list[str]:
    return re.findall(r'<nav class="running.*?</nav>', html)


@pytest.mark.parametrize("address", ["/browse/", "/", "/me/", "/chat/", "/bookings/", "/terms/"])
def test_a_page_says_with_whom_and_until_when_and_leads_back(client, booking, address):
    [bar] = bars(page(client, booking.client, address))
    assert f"和 shanshan：计时中，最晚到 {localtime(moment(booking.deadline_ms)):%H:%M}" in bar
    assert f'href="/chat/{booking.pk}/"' in bar


def test_she_hears_it_too_of_him(client, booking):
    assert "和 lin：计时中" in bars(page(client, booking.companion, "/browse/"))[0]


def test_a_clock_that_stands_is_said_to(client, booking):
    bookings.pause(booking=booking, by=booking.client)
    [bar] = bars(page(client, booking.client, "/browse/"))
    assert "和 shanshan：已停表" in bar and "最晚到" not in bar


def test_two_in_person_go_to_the_page_of_their_booking(client, client_user):
    meeting = together(client_user, a_place("he", kind="dining"))
    for one in (client_user, meeting.companion):
        assert f'href="/bookings/{meeting.pk}/"' in bars(page(client, one, "/browse/"))[0]


def test_each_order_that_runs_has_a_line(client, booking):
    live(booking.companion, a_listing("momo"))
    both = bars(page(client, booking.companion, "/browse/"))
    assert [name for bar in both for name in ("lin", "momo") if name in bar] == ["lin", "momo"]


@pytest.mark.parametrize("address", ["/chat/{}/", "/bookings/{}/"])
def test_its_own_pages_say_it_anyway(client, booking, address):
    assert bars(page(client, booking.client, address.format(booking.pk))) == []


def test_nobody_else_sees_anything_of_it(client, booking, stranger):
    for other in (stranger, None):
        assert bars(page(client, other, "/browse/")) == []


def test_what_is_over_is_not_there_any_more_for_a_page_that_stayed_open(client, booking):
    assert len(bars(page(client, booking.client, "/chat/running/?but="))) == 1
    assert bars(page(client, booking.client, f"/chat/running/?but={booking.pk}")) == []
    bookings.end(booking=booking, by=booking.client)
    assert page(client, booking.client, "/chat/running/") == ""


def test_the_list_of_talks_says_of_a_clock_that_it_runs(client, booking):
    assert "计时中</span>" in page(client, booking.client, "/chat/")
    bookings.pause(booking=booking, by=booking.client)
    assert "计时中</span>" not in page(client, booking.client, "/chat/")


def test_a_companion_is_not_on_offer_to_who_is_talking_with_her(client, booking, stranger):
    beside = a_listing("momo")
    for address in ("/browse/?online=on", f"/listings/{booking.listing_id}/"):
        assert page(client, booking.client, address).count("正和你聊着") == 1
        assert "正和你聊着" not in page(client, stranger, address)
    assert "正和你聊着" not in page(client, booking.client, f"/listings/{beside.pk}/")


def test_who_is_signed_out_is_asked_nothing(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/terms/")
