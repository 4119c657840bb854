import re
from datetime import timedelta
from html import escape
from urllib.parse import urlencode

import pytest
from allauth.account.forms import SignupForm as UnguardedForm
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import IntegrityError
from django.test import Client

from accounts.ages import latest_birth_date, shanghai_today
from accounts.forms import SignupForm
from accounts.models import User
from tests.cast import PASSWORD, a_user
from tests.rivals import rival

pytestmark = pytest.mark.django_db

WANTED = {
    "email": "Xiao@Example.com",
    "password1": "yi-ge-hao-mima",
    "display_name": "小晓",
    "birth_date": "1995-06-01",
}


def test_signing_up_in_chinese(client):
    client.post("/accounts/signup/", WANTED)
    user = User.objects.get()
    assert (user.email, user.display_name, user.language) == ("xiao@example.com", "小晓", "zh-hans")
    assert client.session["_auth_user_id"] == str(user.pk)


def test_signing_up_in_english(client):
    client.post("/accounts/signup/", WANTED, headers={"accept-language": "en"})
    assert User.objects.get().language == "en"


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "12355"), ("en", "18 and over")])
def test_too_young_is_said_kindly_and_nothing_typed_is_lost(client, language, words):
    born = str(latest_birth_date(shanghai_today()) + timedelta(days=1))
    page = client.post("/accounts/signup/", WANTED | {"birth_date": born}, headers={"accept-language": language})
    text = page.content.decode()
    assert words in text
    assert all(f'value="{typed}"' in text for typed in (WANTED["email"], WANTED["display_name"], born))
    assert not User.objects.exists()


@pytest.mark.parametrize("field", ["email", "password1", "display_name", "birth_date"])
def test_nothing_may_be_left_out(client, field):
    page = client.post("/accounts/signup/", WANTED | {field: ""})
    assert field in page.context["form"].errors


def test_a_name_is_one_line(client):
    page = client.post("/accounts/signup/", WANTED | {"display_name": "小\n晓"})
    assert set(page.context["form"].errors) == {"display_name"}


def test_signing_in_brings_the_language_along(client):
    a_user("lin", language="en", language_chosen=True)
    client.post("/accounts/login/", {"login": "LIN@example.com", "password": PASSWORD})
    assert client.cookies["django_language"].value == "en"


def test_signing_in_keeps_the_language_of_the_page_for_who_never_chose_one(client):
    a_user("lin", language="zh-hans")
    sent = {"login": "lin@example.com", "password": PASSWORD}
    page = client.post("/accounts/login/", sent, headers={"accept-language": "en"}, follow=True)
    assert "django_language" not in client.cookies
    assert '<html lang="en">' in page.content.decode()


@pytest.mark.parametrize("chosen", [True, False])
def test_who_signs_up_after_pressing_a_language_has_chosen_it(client, chosen):
    if chosen:
        client.post("/i18n/setlang/", {"language": "en"})
    client.post("/accounts/signup/", WANTED)
    assert User.objects.get().language_chosen == chosen


def test_a_device_that_chose_a_language_keeps_it(client):
    a_user("lin", language="en", language_chosen=True)
    client.cookies["django_language"] = "zh-hans"
    client.post("/accounts/login/", {"login": "lin@example.com", "password": PASSWORD})
    assert client.cookies["django_language"].value == "zh-hans"


def test_signing_out_takes_a_post(client, client_user):
    client.force_login(client_user)
    client.get("/accounts/logout/")
    assert "_auth_user_id" in client.session
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session


def test_a_forgotten_password_is_set_anew(client, client_user):
    client.post("/accounts/password/reset/", {"email": client_user.email})
    link = re.search(r"http://\S+/password/reset/key/\S+", mail.outbox[0].body).group()
    form = client.get(link, follow=True)
    client.post(form.request["PATH_INFO"], {"password1": "xin-de-mima-1", "password2": "xin-de-mima-1"})
    client_user.refresh_from_db()
    assert client_user.check_password("xin-de-mima-1")


class TestTwoAtOnce:
    """The rival's row is there but not committed: the form finds the address free, the writing waits, then fails."""

    pytestmark = pytest.mark.django_db(transaction=True)

    @pytest.mark.parametrize(
        ("confirmation", "leads_to"), [("optional", "/accounts/login/"), ("mandatory", "/accounts/confirm-email/")]
    )
    def test_the_second_is_answered_as_if_it_came_later(self, settings, confirmation, leads_to):
        settings.ACCOUNT_EMAIL_VERIFICATION = confirmation
        with rival(lambda: a_user("xiao")) as meanwhile:
            answer = meanwhile(lambda: Client().post("/accounts/signup/", WANTED))
        assert answer().headers["Location"] == leads_to
        assert User.objects.count() == 1

    def test_without_the_guard_it_breaks(self, monkeypatch):
        monkeypatch.setattr(SignupForm, "try_save", UnguardedForm.try_save)
        with rival(lambda: a_user("xiao")) as meanwhile:
            answer = meanwhile(lambda: Client().post("/accounts/signup/", WANTED))
        with pytest.raises(IntegrityError, match="accounts_user_email_key"):
            answer()


class TestOnTheWayToAPage:
    """The mail is opened in another browser, that of the phone's mail program."""

    @pytest.fixture(autouse=True)
    def confirmed_first(self, settings):
        settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"

    def test_the_confirmation_goes_on_to_it(self, client):
        client.post("/accounts/signup/", WANTED | {"next": "/me/cards/?page=2"})
        link, browser = mailed(), Client()
        page = browser.get(link).content.decode()
        assert 'name="next" value="/me/cards/?page=2"' in page
        answer = browser.post(link.partition("?")[0], {"next": "/me/cards/?page=2"})
        assert answer["Location"] == "/me/cards/?page=2"
        assert EmailAddress.objects.get().verified

    def test_so_does_the_one_that_signing_in_sends_again(self, client):
        a_user("lin")
        client.post("/accounts/login/", {"login": "lin@example.com", "password": PASSWORD, "next": "/me/cards/"})
        assert mailed().endswith("?next=%2Fme%2Fcards%2F")

    @pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
    def test_never_to_another_site(self, client, elsewhere):
        client.post("/accounts/signup/", WANTED | {"next": elsewhere})
        link = mailed()
        assert "next" not in link
        assert Client().post(link, {"next": elsewhere})["Location"] == "/accounts/login/"

    def test_without_one_it_goes_to_the_entrance(self, client):
        client.post("/accounts/signup/", WANTED)
        link = mailed()
        assert "?" not in link and Client().post(link)["Location"] == "/accounts/login/"


def mailed() -> str:
    """The confirmation's address, on this site."""
    return re.search(r"http://[^/]+(/accounts/confirm-email/\S+)", mail.outbox[-1].body)[1]


def test_guessing_passwords_is_slowed_down(client, client_user):
    for _ in range(6):
        page = client.post("/accounts/login/", {"login": client_user.email, "password": "falsch"})
    right = client.post("/accounts/login/", {"login": client_user.email, "password": PASSWORD})
    assert page.context["form"].errors and "_auth_user_id" not in client.session
    assert right.status_code == 200


@pytest.mark.parametrize("page", ["/browse/?q=a&kind=listener", "/accounts/login/", "/safe/with/guessed/"])
def test_who_signs_in_from_the_head_of_a_page_comes_back_to_it(client, page):
    kept = f"/accounts/login/?{urlencode({'next': page})}" if page.startswith("/browse") else "/accounts/login/"
    assert f'href="{escape(kept)}"' in client.get(page).content.decode()
