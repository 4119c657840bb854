"""The page, without its script, and what a browser says when it has subscribed."""

import json

import pytest
from django.test import Client

from notices.models import Device, Preference
from tests.notices.push_service import signed_in

pytestmark = pytest.mark.django_db
PAGE, ADD = "/me/notices/", "/me/notices/devices/"


def post(client: Client, body, **headers):
    return client.post(ADD, body, content_type="application/json", headers={"Accept": "application/json", **headers})


@pytest.fixture
def hers(client, companion):
    client.force_login(companion)
    return client


def test_who_is_not_signed_in_is_asked_to(client):
    assert client.get(PAGE).url.startswith("/accounts/login/")
    assert post(client, {}).status_code == 302


def test_what_she_wishes_is_kept_and_shown(hers, companion):
    wishes = {"mail_messages": "always", "mail_orders": "never", "quiet_from_min": "22:30", "quiet_until_min": "07:00"}
    assert hers.post(PAGE, wishes).url == PAGE
    kept = Preference.objects.get(user=companion)
    assert (kept.mail_messages, kept.mail_orders) == ("always", "never")
    assert (kept.quiet_from_min, kept.quiet_until_min) == (1350, 420)
    page = hers.get(PAGE).content.decode()
    assert 'value="22:30"' in page and 'value="07:00"' in page
    hers.post(PAGE, {**wishes, "quiet_from_min": "", "quiet_until_min": ""})
    assert Preference.objects.get(user=companion).quiet_from_min is None


@pytest.mark.parametrize("hours", [("22:30", ""), ("", "07:00"), ("07:00", "07:00")])
def test_half_of_the_hours_and_none_at_all_are_refused_in_words(hers, hours):
    wishes = {
        "mail_messages": "always",
        "mail_orders": "never",
        "quiet_from_min": hours[0],
        "quiet_until_min": hours[1],
    }
    page = hers.post(PAGE, wishes).content.decode()
    assert page.count("请填两个不同的时间，或者都不填。") == 1
    assert not Preference.objects.exists()


def test_only_companions_are_asked_about_orders(client, client_user):
    client.force_login(client_user)
    assert "mail_orders" not in client.get(PAGE).content.decode()
    client.post(PAGE, {"mail_messages": "never", "mail_orders": "never"})
    assert Preference.objects.get().mail_orders == "otherwise"


def test_a_browser_that_has_subscribed_stands_in_the_list_and_can_be_removed(hers, companion, push_service):
    agent = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/120.0"}
    assert post(hers, push_service.browser().to_json(), **agent).status_code == 201
    device = Device.objects.get(user=companion)
    assert "Chrome · Android" in hers.get(PAGE).content.decode()
    # Whoever knows the address can send there.
    assert device.endpoint not in hers.get(PAGE).content.decode()
    assert hers.post(f"{ADD}{device.pk}/remove/").url == PAGE
    assert not Device.objects.exists()


def test_somebody_elses_device_is_not_there(hers, stranger, push_service):
    device = signed_in(stranger, push_service.browser())
    assert hers.post(f"{ADD}{device.pk}/remove/").status_code == 404
    assert Device.objects.exists()


def test_a_request_from_another_origin_is_refused(companion, push_service):
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(companion)
    page = careful.get(PAGE).content.decode()
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    sent = push_service.browser().to_json()
    assert post(careful, sent, **{"X-CSRFToken": token, "Origin": "https://evil.example"}).status_code == 403
    assert post(careful, sent).status_code == 403
    assert post(careful, sent, **{"X-CSRFToken": token, "Origin": "http://testserver"}).status_code == 201


@pytest.mark.parametrize(
    "body",
    ["", "null", "[]", "{", '{"endpoint": 1}', '{"endpoint": "x", "keys": []}', '{"endpoint": "x", "keys": {}}']
    + ['{"endpoint": "\\u0000", "keys": {"p256dh": "\\u0000", "auth": {}}}', '{"endpoint": "x", "keys": "\\ud800"}'],
)
def test_what_is_no_subscription_is_refused(hers, push_service, body):
    assert post(hers, body).status_code == 400
    assert not Device.objects.exists()


def test_an_address_that_is_none_of_a_push_service_is_refused_in_words(hers, push_service):
    sent = push_service.browser().to_json() | {"endpoint": "https://evil.example/x"}
    answer = post(hers, sent)
    assert (answer.status_code, json.loads(answer.content)["code"]) == (400, "push_unknown")


def test_without_a_key_the_page_says_nothing_of_devices(hers, push_service, settings):
    settings.VAPID_PRIVATE_KEY = ""
    assert 'id="push"' not in hers.get(PAGE).content.decode()
    assert post(hers, push_service.browser().to_json()).status_code == 400


def test_the_service_worker_is_at_the_root_and_always_asked_for_anew(client):
    answer = client.get("/sw.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert "no-cache" in answer["Cache-Control"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_it_is_one_tap_from_oneself_and_from_work(hers):
    assert all(PAGE in hers.get(page).content.decode() for page in ("/me/", "/bookings/workbench/"))


def test_list_costs_the_same_with_one_device_and_with_three(hers, companion, push_service, django_assert_num_queries):
    for devices in (1, 2):
        for _ in range(devices):
            signed_in(companion, push_service.browser())
        with django_assert_num_queries(8):
            hers.get(PAGE)
