import pytest
from allauth.account.models import EmailAddress

from accounts import services
from accounts.models import Gender

pytestmark = pytest.mark.django_db


def test_a_new_name_and_language(client, client_user):
    client.force_login(client_user)
    page = client.post("/me/", {"display_name": "小林", "language": "en"}, follow=True)
    client_user.refresh_from_db()
    assert (client_user.display_name, client_user.language) == ("小林", "en")
    assert "Saved." in page.content.decode()
    assert client.cookies["django_language"].value == "en"


def test_what_is_not_said_of_the_gender_leaves_it(client_user):
    name = {"display_name": "lin", "language": "en"}
    services.update_profile(by=client_user, gender=Gender.FEMALE, **name)
    services.update_profile(by=client_user, **name)
    client_user.refresh_from_db()
    assert client_user.gender == Gender.FEMALE


def test_a_name_that_is_too_long_is_kept_and_said(client, client_user):
    client.force_login(client_user)
    page = client.post("/me/", {"display_name": "林" * 21, "language": "en"})
    assert "林" * 21 in page.content.decode()
    client_user.refresh_from_db()
    assert client_user.display_name == "lin"


@pytest.mark.parametrize("name", ["小\n林", "小\r林", "小\u2028林", "\u200b"])
def test_a_name_is_one_line_that_can_be_seen(client, client_user, name):
    client.force_login(client_user)
    page = client.post("/me/", {"display_name": name, "language": "en"})
    assert set(page.context["form"].errors) == {"display_name"}
    client_user.refresh_from_db()
    assert client_user.display_name == "lin"


def test_the_page_says_its_own_name_while_a_bad_one_is_typed(client, client_user):
    client.force_login(client_user)
    page = client.post("/me/", {"display_name": "", "language": "en"})
    assert "<h1>lin</h1>" in page.content.decode()


def test_only_one_self(client):
    assert client.get("/me/").status_code == 302


def test_what_one_may_not_change_is_not_changed(client, client_user):
    client.force_login(client_user)
    client.post("/me/", {"display_name": "小林", "language": "en", "is_staff": "on", "birth_date": "2020-01-01"})
    client_user.refresh_from_db()
    assert not client_user.is_staff
    assert client_user.birth_date.year == 1990


def test_the_admin_can_make_and_change_people(client):
    from tests.cast import a_user

    client.force_login(a_user("root", is_staff=True, is_superuser=True))
    assert client.get("/admin/accounts/user/add/").status_code == 200
    assert client.get("/admin/accounts/user/").status_code == 200


@pytest.mark.parametrize(
    ("more", "verified", "offered"),
    [(0, True, set()), (0, False, {"send"}), (1, True, {"primary", "send", "remove"})],
    ids=["the only one", "the only one, not confirmed", "two"],
)
def test_of_ones_addresses_only_what_can_be_done_is_offered(client, client_user, more, verified, offered):
    EmailAddress.objects.create(user=client_user, email=client_user.email, primary=True, verified=verified)
    for number in range(more):
        EmailAddress.objects.create(user=client_user, email=f"lin{number}@example.org")
    client.force_login(client_user)
    text = client.get("/accounts/email/").content.decode()
    assert {doing for doing in ("primary", "send", "remove") if f'name="action_{doing}"' in text} == offered
