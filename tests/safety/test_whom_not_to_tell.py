"""Whom he meets may be among those he trusts, and a call for help may be against her: then his link is not hers."""

import pytest
from django.urls import reverse

from accounts.models import Letter, User
from accounts.services import send_letter
from safety import services
from safety.errors import NoContacts
from safety.models import Alarm, Link, Notice
from tests.orders import MINUTE

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


def ask(booking, **said) -> Alarm:
    return services.raise_alarm(booking=booking, by=booking.client, **said)


def trust_her(booking) -> None:
    services.add_contact(by=booking.client, name="小沈", email=booking.companion.email.upper())


def path_of(link: Link) -> str:
    return services.address_of(link).removeprefix("http://127.0.0.1:8000")


def mailed_to(name: str) -> str:
    return Letter.objects.filter(pk__in=Notice.objects.filter(name=name).values("letter")).latest("pk").body


def own_page(client, name: str, booking) -> str:
    client.force_login(booking.client)
    html = client.get(reverse(f"safety:{name}", args=[booking.pk]), headers=ENGLISH).content.decode()
    return " ".join(html.split())


@pytest.fixture
def hers(running, family) -> Link:
    """His link, mailed to her as well before her address was known to be hers."""
    services.add_contact(by=family, name="小沈", email="new@example.com")
    services.share_with_contacts(booking=running, by=family)
    for letter in Letter.objects.filter(key__startswith="safety:link"):
        send_letter(letter_id=letter.pk)
    User.objects.filter(pk=running.companion_id).update(email="new@example.com")
    running.refresh_from_db()
    return services.link_of(running, family)


def test_his_link_is_not_mailed_to_her(client, running, family):
    trust_her(running)
    told = services.share_with_contacts(booking=running, by=family)
    assert [notice.name for notice in told] == ["妈妈", "阿勇"] and Notice.objects.count() == 2
    page = own_page(client, "share", running)
    assert "小沈 has the address or the number of shen and is left out." in page
    assert "Mail it to my 2 trusted contacts" in page


def test_nor_where_he_trusts_nobody_else(client, running):
    trust_her(running)
    services.share(booking=running, by=running.client)
    with pytest.raises(NoContacts):
        services.share_with_contacts(booking=running, by=running.client)
    page = own_page(client, "share", running)
    assert "is left out." in page and "Mail it to my" not in page


def test_nor_is_hers_to_him(running):
    services.add_contact(by=running.companion, name="林", email=running.client.email)
    with pytest.raises(NoContacts):
        services.share_with_contacts(booking=running, by=running.companion)


def test_what_she_got_before_says_nothing_of_his_call(client, running, hers):
    path = path_of(hers)
    ask(running)
    client.logout()
    assert client.get(path).status_code == 410
    fresh = services.link_of(running, running.client)
    assert "asked for help" in client.get(path_of(fresh), headers=ENGLISH).content.decode()
    assert services.address_of(fresh) in mailed_to("妈妈") and services.address_of(fresh) in mailed_to("阿勇")
    assert not fresh.notices.filter(name="小沈").exists()
    page = own_page(client, "sos", running)
    assert "shen had got your link by mail before. It no longer works" in page


def test_also_where_what_was_kept_of_the_address_is_erased(running, hers):
    Notice.objects.update(email="")
    ask(running)
    assert services.link_of(running, running.client) != hers


def test_a_link_that_she_did_not_get_stays(client, running, family):
    services.share_with_contacts(booking=running, by=family)
    link = services.link_of(running, family)
    ask(running)
    assert services.link_of(running, family) == link
    assert "had got your link" not in own_page(client, "sos", running)


def test_those_who_heard_just_now_get_the_new_one_at_once(running, family):
    first = ask(running)
    services.add_contact(by=family, name="小沈", email="new@example.com")
    services.share_with_contacts(booking=running, by=family)
    User.objects.filter(pk=running.companion_id).update(email="new@example.com")
    running.refresh_from_db()
    ask(running, now_ms=first.at_ms + MINUTE)
    assert services.address_of(services.link_of(running, family)) in mailed_to("妈妈")
    ask(running, now_ms=first.at_ms + 2 * MINUTE)
    assert Letter.objects.filter(key__startswith="safety:alarm").count() == 4


def test_what_we_say_is_what_we_know(client, running, family):
    ask(running)
    assert "我们没有告诉 shen。" in mailed_to("妈妈")
    assert "We do not tell shen." in own_page(client, "sos", running)


def test_an_all_clear_is_not_mailed_to_an_address_that_became_hers(running, family):
    alarm = ask(running)
    User.objects.filter(pk=running.companion_id).update(email="mum@example.com")
    alarm.booking.refresh_from_db()
    said = services.give_all_clear(alarm=alarm, by=family)
    assert list(said.notices.values_list("name", flat=True)) == ["阿勇"]
