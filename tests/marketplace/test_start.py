"""Where one begins after signing in, and what the header offers."""

import pytest

from tests.cast import a_companion, a_user

pytestmark = pytest.mark.django_db


def begins(client, user) -> str:
    client.force_login(user)
    return client.get("/start/").headers["Location"]


def test_at_ones_work_if_there_is_any(client, client_user, companion, moderator):
    assert begins(client, client_user) == "/"
    assert begins(client, companion) == "/bookings/workbench/"
    assert begins(client, moderator) == "/moderation/"


def test_an_applicant_has_no_desk_yet(client):
    applicant = a_companion("ning", approved_at=None, approved_kinds=[]).user
    assert begins(client, applicant) == "/"
    assert "/bookings/workbench/" not in client.get("/").content.decode()


def test_only_who_is_no_companion_is_asked_to_become_one(client, companion):
    client.force_login(a_user("ning"))
    assert 'class="invite"' in client.get("/").content.decode()
    client.force_login(companion)
    assert 'class="invite"' not in client.get("/").content.decode()


def test_a_stranger_signs_in_first(client):
    assert client.get("/start/").headers["Location"] == "/accounts/login/?next=/start/"
