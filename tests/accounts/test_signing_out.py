"""Whose clock runs is asked before he is signed out, and may be all the same."""

import pytest
from django.conf import settings
from django.utils.timezone import localtime

from bookings import services
from bookings.models import Booking
from common.clock import moment
from tests.orders import live
from tests.visits import a_place, together

pytestmark = pytest.mark.django_db
OUT = "/accounts/logout/"


@pytest.fixture
def booking(client_user, listing) -> Booking:
    return live(client_user, listing)


@pytest.fixture
def leaves(client):
    """`leaves(user, **pressed)` presses a button of that name and returns the page that comes, "" when he is out."""

    def leave(user, **pressed: str) -> str:
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
        client.force_login(user)
        answer = client.post(OUT, pressed)
        is_out = "_auth_user_id" not in client.session
        assert answer.status_code == (302 if is_out else 200)
        return "" if is_out else " ".join(answer.content.decode().split())

    return leave


def test_he_is_told_that_it_runs_and_until_when_and_what_becomes_of_it(leaves, booking):
    asked = leaves(booking.client)
    assert f"和 shanshan：计时中，最晚到 {localtime(moment(booking.deadline_ms)):%H:%M}" in asked
    assert "要等你断开满 3 分钟，这几分钟照收" in asked
    assert f'href="/chat/{booking.pk}/"' in asked


def test_she_is_told_that_it_stops_at_once(leaves, booking):
    asked = leaves(booking.companion)
    assert "和 lin：计时中" in asked and "在那一秒停表" in asked
    assert 'name="pause"' not in asked


def test_he_can_pause_it_and_go(leaves, booking):
    assert 'name="pause"' in leaves(booking.client)
    assert leaves(booking.client, pause="1") == ""
    booking.refresh_from_db()
    assert (booking.state, booking.pause_reason) == ("paused", "client")


@pytest.mark.parametrize("side", ["client", "companion"])
def test_either_can_go_all_the_same(leaves, booking, side):
    assert leaves(getattr(booking, side), anyway="1") == ""
    booking.refresh_from_db()
    assert booking.state == "live"


def test_she_cannot_stop_it_by_a_form_of_her_own(leaves, booking):
    leaves(booking.companion, pause="1")
    booking.refresh_from_db()
    assert booking.state == "live"


def test_two_in_person_are_told_that_it_runs_on(leaves, client_user):
    meeting = together(client_user, a_place("he", kind="dining"))
    asked = leaves(client_user)
    assert "退出登录不会停表" in asked and f'href="/bookings/{meeting.pk}/"' in asked
    assert 'name="pause"' not in asked


def test_nobody_else_is_asked(leaves, booking, stranger):
    assert leaves(stranger) == ""
    services.pause(booking=booking, by=booking.client)
    assert leaves(booking.client) == ""
    assert leaves(booking.companion) == ""
