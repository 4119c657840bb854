"""A device tells whoever is signed in on it, as long as he is."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from notices import gateway, services
from notices.errors import NoSuchService
from notices.models import MOST_DEVICES, Device
from notices.services import Address
from notices.services.devices import devices_that_hear, label_of
from notices.services.forgetting import DEVICES_KEPT
from tests.cast import PASSWORD
from tests.notices.push_service import signed_in
from tests.notices.talking import look, says

pytestmark = pytest.mark.django_db
ADD = "/me/notices/devices/"


@pytest.fixture
def at_home(client, companion, push_service):
    """Her own browser, signed in, that tells her: the test client and the browser its notices are sent to."""
    client.post("/accounts/login/", {"login": companion.email, "password": PASSWORD})
    browser = push_service.browser()
    assert client.post(ADD, browser.to_json(), content_type="application/json").status_code == 201
    return client, browser


def test_it_tells_her_while_she_is_signed_in(at_home, talk, client_user):
    _client, browser = at_home
    says(talk, client_user)
    look()
    assert len(browser.shown) == 1


def test_signing_out_there_ends_it(at_home, talk, client_user):
    client, browser = at_home
    client.post("/accounts/logout/", {"anyway": "1"})
    says(talk, client_user)
    look()
    assert (browser.shown, Device.objects.exists()) == ([], False)


def test_signing_out_elsewhere_does_not(at_home, talk, companion, client_user):
    elsewhere = Client()
    elsewhere.post("/accounts/login/", {"login": companion.email, "password": PASSWORD})
    elsewhere.post("/accounts/logout/", {"anyway": "1"})
    says(talk, client_user)
    look()
    assert len(at_home[1].shown) == 1


@pytest.mark.parametrize("end", ["deleted", "expired"])
def test_nor_does_it_tell_when_her_session_has_ended_by_itself(at_home, talk, client_user, end):
    client, browser = at_home
    session = Session.objects.filter(pk=client.session.session_key)
    session.delete() if end == "deleted" else session.update(expire_date=timezone.now())
    says(talk, client_user)
    look()
    assert browser.shown == []


def test_signed_in_again_it_goes_on_by_itself(at_home, talk, companion, client_user):
    client, browser = at_home
    Session.objects.all().delete()
    client.post("/accounts/login/", {"login": companion.email, "password": PASSWORD})
    assert client.cookies["device"]["httponly"]
    says(talk, client_user)
    look()
    assert len(browser.shown) == 1


def test_somebody_else_who_signs_in_there_hears_nothing_of_hers_nor_she_of_his(at_home, talk, companion, client_user):
    client, browser = at_home
    Session.objects.all().delete()
    client.post("/accounts/login/", {"login": client_user.email, "password": PASSWORD})
    for sender in (client_user, companion):
        says(talk, sender)
    look()
    assert browser.shown == []


def test_a_password_changed_elsewhere_ends_it(at_home, talk, companion, client_user):
    companion.set_password("another one, quite long")
    companion.save(update_fields=["password"])
    says(talk, client_user)
    look()
    assert at_home[1].shown == []


def test_changed_on_the_device_itself_it_goes_on(at_home, talk, client_user):
    client, browser = at_home
    new = {"oldpassword": PASSWORD} | dict.fromkeys(("password1", "password2"), "another one, quite long")
    assert client.post("/accounts/password/change/", new).status_code == 302
    says(talk, client_user)
    look()
    assert len(browser.shown) == 1


def test_added_twice_it_is_one_and_whoever_adds_it_later_has_it(companion, client_user, push_service):
    browser = push_service.browser()
    signed_in(companion, browser)
    first = signed_in(companion, browser)
    assert signed_in(client_user, browser).pk == first.pk
    assert (devices_that_hear(companion), devices_that_hear(client_user)) == ([], [first])


def test_nobody_takes_anothers_by_its_address_alone(companion, stranger, push_service):
    browser, other = push_service.browser(), push_service.browser()
    signed_in(companion, browser)
    stolen = Address(browser.address.endpoint, other.address.p256dh, other.address.auth)
    with pytest.raises(NoSuchService):
        services.add_device(by=stranger, address=stolen, label="", session_key="x", cookie="y")
    assert Device.objects.get().user == companion


def test_the_one_that_was_signed_in_longest_ago_makes_room(companion, push_service):
    devices = [signed_in(companion, push_service.browser()) for _ in range(MOST_DEVICES + 1)]
    assert [device.pk for device in companion.devices.order_by("pk")] == [one.pk for one in devices[1:]]


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://127.0.0.1.evil.example/x",
        "https://evil.example/fcm.googleapis.com",
        "https://evilfcm.googleapis.com/x",
        "https://fcm.googleapis.com@evil.example/x",
        "https://evil.example\\.push.apple.com/x",
        "https://evil.example\\@web.push.apple.com/x",
        "https://evil.example\t.push.apple.com/x",
        "https://evil.example%5C.push.apple.com/x",
        "https://fcm.googleapis.com:8080/x",
        "http://fcm.googleapis.com/x",
        "https://push.services.mozilla.com.evil.example/x",
        "https://169.254.169.254/latest",
        "https://[::1/x",
        "file:///etc/passwd",
        "//fcm.googleapis.com/x",
        "",
    ],
)
def test_only_known_push_services_are_spoken_to(companion, push_service, settings, endpoint):
    settings.PUSH_SERVICES = ["127.0.0.1", "fcm.googleapis.com", ".push.services.mozilla.com"]
    address = Address(endpoint, push_service.browser().address.p256dh, push_service.browser().address.auth)
    with pytest.raises(NoSuchService):
        services.add_device(by=companion, address=address, label="", session_key="x", cookie="y")


@pytest.mark.parametrize("host", ["fcm.googleapis.com", "updates.push.services.mozilla.com", "web.push.apple.com"])
def test_those_that_browsers_have_are_known(companion, push_service, settings, host):
    settings.PUSH_SERVICES = ["fcm.googleapis.com", ".push.services.mozilla.com", ".push.apple.com"]
    address = push_service.browser().address
    address = Address(f"https://{host}/x", address.p256dh, address.auth)
    assert services.add_device(by=companion, address=address, label="", session_key="x", cookie="y")


def test_without_tls_only_on_ones_own_machine_while_developing(companion, push_service, settings):
    settings.DEBUG = False
    with pytest.raises(NoSuchService):
        signed_in(companion, push_service.browser())


def test_what_is_no_longer_known_is_not_sent_to(talk, companion, client_user, phone_of, push_service, settings):
    phone_of(companion)
    settings.PUSH_SERVICES = ["fcm.googleapis.com"]
    says(talk, client_user)
    look()
    assert (push_service.asked, Device.objects.exists()) == ([], False)


@pytest.mark.parametrize("keys", [("A" * 87, "A" * 22), ("x", "y"), ("A" * 87, "A" * 21)])
def test_keys_with_which_nothing_can_be_encrypted_are_refused(companion, push_service, keys):
    address = Address(push_service.browser().address.endpoint, *keys)
    with pytest.raises(NoSuchService):
        services.add_device(by=companion, address=address, label="", session_key="x", cookie="y")


def test_devices_on_which_nobody_signed_in_for_long_are_forgotten(companion, push_service):
    old, living, young = (signed_in(companion, push_service.browser()) for _ in range(3))
    long_ago = timezone.now() - DEVICES_KEPT
    Device.objects.filter(pk__in=[old.pk, living.pk]).update(signed_in_at=long_ago)
    Session.objects.exclude(pk=living.session_key).delete()
    services.forget()
    assert set(Device.objects.all()) == {living, young}


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36", "Chrome · Android"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", "Firefox · Linux"),
        ("", ""),
    ],
)
def test_a_device_is_called_by_its_browser_and_system(agent, label):
    assert label_of(agent) == label


def test_with_another_address_it_takes_the_place_of_itself_and_of_no_other(
    at_home, companion, client_user, push_service
):
    client, browser = at_home
    theirs, elsewhere = signed_in(client_user, push_service.browser()), signed_in(companion, push_service.browser())
    asked = client.get(ADD).json()
    assert (asked["key"], bool(asked["token"])) == (gateway.public_key(), True)
    fresh = push_service.browser().to_json()
    for replaces in (browser.address.endpoint, theirs.endpoint):
        told = {**fresh, "replaces": replaces}
        assert client.post(ADD, told, content_type="application/json").status_code == 201
    assert {device.endpoint for device in companion.devices.all()} == {fresh["endpoint"], elsewhere.endpoint}
    assert client_user.devices.get() == theirs


def test_what_to_subscribe_with_is_told_to_nobody_who_is_not_signed_in(client):
    assert client.get(ADD).status_code == 302
