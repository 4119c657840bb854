from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.ages import latest_birth_date, shanghai_today
from accounts.forms import SignupForm
from accounts.models import User
from tests.cast import a_user

pytestmark = pytest.mark.django_db

TODAY_SQL = "SELECT (%s::date - interval '18 years')::date"


def sign_up(birth_date: date) -> SignupForm:
    return SignupForm(
        {"email": "xiao@example.com", "password1": "yi-ge-hao-mima", "display_name": "小晓", "birth_date": birth_date}
    )


def test_eighteen_today_may_come_in():
    assert sign_up(latest_birth_date(shanghai_today())).is_valid()


def test_seventeen_years_and_364_days_may_not():
    form = sign_up(latest_birth_date(shanghai_today()) + timedelta(days=1))
    assert form.errors.as_data()["birth_date"][0].code == "too_young"


def test_nor_in_the_database():
    with pytest.raises(IntegrityError, match="user_is_adult"):
        a_user("xiao", birth_date=latest_birth_date(shanghai_today()) + timedelta(days=1))


def test_the_database_takes_eighteen_today():
    assert a_user("xiao", birth_date=latest_birth_date(shanghai_today())).joined_on == shanghai_today()


def test_an_adult_cannot_be_made_younger_later():
    user = a_user("lin")
    with pytest.raises(IntegrityError, match="user_is_adult"), transaction.atomic():
        User.objects.filter(pk=user.pk).update(birth_date=shanghai_today())


@pytest.mark.parametrize("birth_date", [date(1899, 12, 31), shanghai_today() + timedelta(days=1)])
def test_an_impossible_date_is_asked_again(birth_date):
    assert sign_up(birth_date).errors.as_data()["birth_date"][0].code == "impossible"


def test_born_on_29_february_is_of_age_on_1_march():
    born = date(2008, 2, 29)
    assert latest_birth_date(date(2026, 2, 28)) < born <= latest_birth_date(date(2026, 3, 1))


class BothCountAlike(TestCase):
    @settings(max_examples=60, deadline=None)
    @given(st.dates(min_value=date(1980, 1, 1), max_value=date(2060, 12, 31)))
    def test_form_and_database_count_the_same_days(self, day):
        with connection.cursor() as cursor:
            cursor.execute(TODAY_SQL, [day])
            assert cursor.fetchone()[0] == latest_birth_date(day)
