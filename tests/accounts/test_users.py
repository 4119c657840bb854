from datetime import date

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db import IntegrityError

from accounts.models import User
from tests.cast import PASSWORD, a_user

pytestmark = pytest.mark.django_db


def test_one_account_for_an_address_however_it_is_written():
    a_user("lin")
    with pytest.raises(IntegrityError, match="user_email_once"):
        User.objects.create(email="LIN@example.com", display_name="林", birth_date=date(1990, 1, 1))


def test_the_address_is_kept_in_lower_case_and_found_in_any():
    user = User.objects.create_user(" Lin@Example.COM ", PASSWORD, display_name="林", birth_date=date(1990, 1, 1))
    assert user == User.objects.get_by_natural_key("LIN@example.com")
    assert authenticate(None, email="LIN@example.com", password=PASSWORD) == user


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"display_name": "  "}, "user_has_name"),
        ({"display_name": "小\n林"}, "user_name_one_line"),
        ({"display_name": "小\u2028林"}, "user_name_one_line"),
        ({"language": "fr"}, "user_language_known"),
        ({"birth_date": date(1899, 1, 1)}, "user_is_adult"),
    ],
)
def test_what_the_database_refuses(change, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        a_user("lin", **change)


def test_nobody_shares_a_phone_but_many_have_none():
    a_user("lin"), a_user("zhao")
    a_user("qian", phone="+8613800000000")
    with pytest.raises(IntegrityError, match="phone"):
        a_user("sun", phone="+8613800000000")


def test_a_superuser_is_of_age_too(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    person = {"email": "root@example.com", "display_name": "站长", "birth_date": "1980-01-01"}
    call_command("createsuperuser", interactive=False, verbosity=0, **person)
    assert User.objects.get(email="root@example.com").is_superuser
