"""Whoever decides cases or keeps the books shows a code of his authenticator, not only a password."""

import re
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, hotp_value, yield_hotp_counters_from_time
from cryptography.fernet import Fernet, InvalidToken
from django.contrib import admin
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import URLPattern

from accounts.models import Letter, User
from accounts.services import reseal_second_steps
from moderation import urls as moderation_urls
from tests.cast import PASSWORD, a_moderator
from tests.second_step import by_password_alone

pytestmark = pytest.mark.django_db

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
DESKS = ["/moderation/", "/admin/", "/admin/accounts/user/"]


@pytest.fixture
def chen(moderator) -> User:
    """A moderator with an authenticator."""
    TOTP.activate(moderator, SECRET)
    return moderator


def code(secret: str = SECRET) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return f"{hotp_value(secret, counter):06}"


def sign_in(client: Client, user: User):
    return client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})


def set_up(client: Client, user: User):
    """Signed in by password, and asked for it once more, as before each change of how one signs in."""
    sign_in(client, user)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    return client.post("/accounts/2fa/totp/activate/", {"code": code(secret)})


def test_after_the_password_a_code_is_asked_for(client, chen):
    assert sign_in(client, chen).url == "/accounts/2fa/authenticate/"
    assert client.get("/moderation/").status_code == 302
    client.post("/accounts/2fa/authenticate/", {"code": code()})
    assert [client.get(desk).status_code for desk in ("/moderation/", "/admin/")] == [200, 200]


def test_a_wrong_code_opens_nothing_and_is_said(client, chen):
    sign_in(client, chen)
    wrong = f"{(int(code()) + 1) % 10**6:06}"
    page = client.post("/accounts/2fa/authenticate/", {"code": wrong})
    assert page.context["form"].errors["code"]
    assert client.get("/moderation/").status_code == 302


def test_a_code_is_good_once(client, chen):
    sign_in(client, chen)
    once = code()
    client.post("/accounts/2fa/authenticate/", {"code": once})
    other = Client()
    sign_in(other, chen)
    assert other.post("/accounts/2fa/authenticate/", {"code": once}).status_code == 200


def test_codes_cannot_be_guessed_for_long(client, chen, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "3/5m/key"}
    sign_in(client, chen)
    for number in range(3):
        client.post("/accounts/2fa/authenticate/", {"code": f"00000{number}"})
    assert client.post("/accounts/2fa/authenticate/", {"code": code()}).status_code == 200


@pytest.mark.parametrize("desk", DESKS)
def test_a_password_alone_leads_on_to_the_code_and_then_back(client, chen, desk):
    by_password_alone(client, chen)
    asked = client.get(desk, follow=True)
    assert asked.redirect_chain[-1][0].startswith("/accounts/2fa/reauthenticate/")
    onward = asked.context["redirect_field_value"]
    back = client.post("/accounts/2fa/reauthenticate/", {"code": code(), "next": onward})
    assert back.url == desk


@pytest.mark.parametrize("desk", DESKS)
def test_who_has_no_authenticator_sets_one_up_first(client, moderator, desk):
    by_password_alone(client, moderator)
    asked = client.get(desk)
    while asked.status_code == 302 and "2fa" not in asked.url:
        asked = client.get(asked.url)
    assert asked.url.startswith("/accounts/2fa/totp/activate/")


@pytest.mark.django_db(transaction=True)
def test_setting_it_up_is_a_second_step_itself(client, moderator):
    assert set_up(client, moderator).url == "/accounts/2fa/recovery-codes/"
    assert client.get("/moderation/").status_code == 200


def test_the_authenticator_reads_its_key_from_a_picture(client, moderator):
    sign_in(client, moderator)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    shown = client.get("/accounts/2fa/totp/activate/").context
    assert shown["totp_svg"].startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert shown["form"].secret in shown["totp_url"]


@pytest.mark.django_db(transaction=True)
def test_its_recovery_codes_open_once(client, moderator):
    set_up(client, moderator)
    spare = client.get("/accounts/2fa/recovery-codes/").context["unused_codes"][0]
    for opens in (302, 200):
        other = Client()
        sign_in(other, moderator)
        assert other.post("/accounts/2fa/authenticate/", {"code": spare}).status_code == opens


@pytest.mark.parametrize("desk", DESKS)
@pytest.mark.parametrize("who", ["client_user", "companion", "stranger"])
def test_for_others_there_is_no_such_page_with_whatever_step(client, request, who, desk):
    user = request.getfixturevalue(who)
    TOTP.activate(user, SECRET)
    sign_in(client, user)
    client.post("/accounts/2fa/authenticate/", {"code": code()})
    assert client.get(desk, follow=True).status_code == 404


@pytest.mark.parametrize("desk", DESKS)
def test_who_is_nobody_signs_in_and_comes_back(client, desk):
    asked = client.get(desk, follow=True)
    assert asked.redirect_chain[-1][0] == f"/accounts/login/?next={desk}"


def test_the_administration_sends_nobody_elsewhere(client, chen):
    by_password_alone(client, chen)
    asked = client.get("/admin/login/?next=https://example.org/", follow=True)
    back = client.post(
        "/accounts/2fa/reauthenticate/", {"code": code(), "next": asked.context["redirect_field_value"]}, follow=True
    )
    assert back.redirect_chain[-1][0] == "/admin/"


def test_the_staff_does_not_give_it_up(client, chen):
    sign_in(client, chen)
    client.post("/accounts/2fa/authenticate/", {"code": code()})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/accounts/2fa/totp/deactivate/")
    assert Authenticator.objects.filter(user=chen).exists()


def test_everybody_else_may(client, client_user):
    TOTP.activate(client_user, SECRET)
    sign_in(client, client_user)
    client.post("/accounts/2fa/authenticate/", {"code": code()})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.filter(user=client_user).exists()
    assert sign_in(Client(), client_user).url == "/start/"


def test_the_secret_is_sealed_in_the_database(chen):
    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM mfa_authenticator")
        assert SECRET not in cursor.fetchone()[0]
    assert Authenticator.objects.get(user=chen).wrap().validate_code(code())


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "验证器"), ("en", "authenticator")])
def test_its_owner_is_told_once(client, moderator, language, words, django_capture_on_commit_callbacks):
    User.objects.filter(pk=moderator.pk).update(language=language)
    moderator.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        set_up(client, moderator)
    [letter] = Letter.objects.filter(to=moderator, key__startswith="second-step:")
    assert words in letter.body and "/accounts/2fa/" in letter.body


def test_and_when_it_is_taken_away(client, client_user, django_capture_on_commit_callbacks):
    TOTP.activate(client_user, SECRET)
    sign_in(client, client_user)
    client.post("/accounts/2fa/authenticate/", {"code": code()})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/accounts/2fa/totp/deactivate/")
    assert Letter.objects.filter(to=client_user, key__startswith="second-step:").count() == 1


def test_a_document_of_somebodys_papers_takes_it_too(client):
    by_password_alone(client, a_moderator("li"))
    assert "2fa" in client.get("/documents/1/").url


class TestAnAddressThatWaits:
    """To be confirmed: it is in the way only where somebody may be signed in under one that is not his."""

    @pytest.fixture
    def hers(self, client, moderator):
        EmailAddress.objects.create(user=moderator, email=moderator.email, primary=True, verified=True)
        EmailAddress.objects.create(user=moderator, email="other@example.com", verified=False)
        sign_in(client, moderator)
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        return lambda: client.get("/accounts/2fa/totp/activate/")

    def test_where_all_confirm_first_she_sets_hers_up(self, client, hers, settings):
        settings.MFA_ALLOW_UNVERIFIED_EMAIL = True
        secret = hers().context["form"].secret
        done = client.post("/accounts/2fa/totp/activate/", {"code": code(secret)})
        assert done.url == "/accounts/2fa/recovery-codes/"

    def test_elsewhere_she_confirms_it_first(self, hers, settings):
        settings.MFA_ALLOW_UNVERIFIED_EMAIL = False
        assert hers().url == "/accounts/2fa/"


CHANGES = [
    "",
    "recovery-codes/",
    "recovery-codes/generate/",
    "recovery-codes/download/",
    "totp/activate/",
    "totp/deactivate/",
]


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("page", CHANGES)
def test_a_password_does_not_open_where_it_is_changed(client, chen, page, method):
    """Else it would open everything: by a recovery code read there."""
    RecoveryCodes.activate(chen)
    codes = recovery_codes(chen)
    by_password_alone(client, chen)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    answer = getattr(client, method)(f"/accounts/2fa/{page}")
    assert answer.url.startswith("/accounts/2fa/reauthenticate/")
    assert recovery_codes(chen) == codes


def test_with_its_authenticator_a_second_step_ends(client, chen):
    """The answer to a phone that was lost."""
    client.force_login(chen)
    assert client.get("/moderation/").status_code == 200
    Authenticator.objects.filter(user=chen).delete()
    assert "2fa" in client.get("/moderation/").url


def test_who_has_only_recovery_codes_left_sets_up_another(client, moderator):
    RecoveryCodes.activate(moderator)
    by_password_alone(client, moderator)
    assert client.get("/moderation/").url.startswith("/accounts/2fa/totp/activate/")


def desks() -> list[str]:
    """All addresses of the console and the administration, for something that need not be there."""
    return [
        re.sub(r"<[^>]*>", "1", "/" + str(prefix) + str(pattern.pattern)).replace("^", "").replace("$", "")
        for prefix, patterns in (("moderation/", moderation_urls.urlpatterns), ("admin/", admin.site.get_urls()))
        for pattern in patterns
        if isinstance(pattern, URLPattern) and pattern.name not in NEED_NONE
    ]


NEED_NONE = ("login", "logout", "jsi18n")


@pytest.mark.parametrize("method", ["get", "post"])
def test_none_of_them_opens_by_a_password(client, chen, method):
    by_password_alone(client, chen)
    assert len(desks()) >= 8
    for desk in desks():
        answer = getattr(client, method)(desk)
        assert (answer.status_code, "2fa" in answer.url or "/admin/login/" in answer.url) == (302, True), desk


class TestKeys:
    @pytest.fixture
    def keys(self, settings, moderator) -> tuple[str, str]:
        """An old one, under which two are sealed, and a new one."""
        old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
        settings.DOCUMENT_KEYS = [old]
        TOTP.activate(moderator, SECRET)
        RecoveryCodes.activate(moderator)
        settings.DOCUMENT_KEYS = [new, old]
        return old, new

    def test_the_old_one_can_go_once_they_are_sealed_again(self, keys, settings, moderator):
        codes = recovery_codes(moderator)
        said = StringIO()
        call_command("reseal_second_steps", stdout=said)
        settings.DOCUMENT_KEYS = [keys[1]]
        assert said.getvalue().startswith("2 ")
        assert Authenticator.objects.get(user=moderator, type="totp").wrap().validate_code(code())
        assert recovery_codes(moderator) == codes

    def test_the_control_without_that_it_opens_nothing(self, keys, settings, moderator):
        settings.DOCUMENT_KEYS = [keys[1]]
        with pytest.raises(InvalidToken):
            Authenticator.objects.get(user=moderator, type="totp").wrap().validate_code(code())

    def test_one_that_no_key_opens_is_named_and_left(self, keys, settings, caplog):
        settings.DOCUMENT_KEYS = [keys[1]]
        before = list(Authenticator.objects.order_by("pk").values_list("data", flat=True))
        assert reseal_second_steps() == 0
        assert list(Authenticator.objects.order_by("pk").values_list("data", flat=True)) == before
        assert caplog.text.count("no key opens the second step") == 2


def recovery_codes(user: User) -> list[str]:
    return Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes()
