"""A double tap on who one is, over real connections."""

from functools import partial

import pytest
from django.db import IntegrityError
from django.db.models import QuerySet
from django.test import Client

from listings import services
from listings.errors import ApplicationWaits
from listings.models import Application, Companion
from tests.papers import a_complete_application
from tests.rivals import rival
from tests.threads import at_once, failures

pytestmark = pytest.mark.django_db(transaction=True)
WHO = {"display_name": "梅梅", "gender": "female", "city": "上海", "languages": ["mandarin"], "about": "夜里常在。"}


def test_two_taps_at_once_are_one_companion(client_user):
    taps = [Client(), Client()]
    for tap in taps:
        tap.force_login(client_user)
    answers = at_once(*[partial(tap.post, "/apply/who/", WHO) for tap in taps])
    assert not failures(answers)
    assert [answer.headers["Location"] for answer in answers] == ["/apply/offer/"] * 2
    assert Companion.objects.get().applications.count() == 1


def test_the_second_writes_over_the_first(client_user):
    with rival(lambda: services.save_profile(by=client_user, **WHO)) as meanwhile:
        second = meanwhile(lambda: services.save_profile(by=client_user, **WHO | {"city": "杭州"}))
    second()
    assert Companion.objects.get().city == "杭州"


def test_control_without_the_lock_the_second_breaks(client_user, monkeypatch):
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_options: rows)
    with rival(lambda: services.save_profile(by=client_user, **WHO)) as meanwhile:
        second = meanwhile(lambda: services.save_profile(by=client_user, **WHO | {"city": "杭州"}))
    with pytest.raises(IntegrityError):
        second()


def test_a_profile_that_is_being_handed_in_is_not_changed(db):
    user = a_complete_application().companion.user
    with rival(lambda: services.submit_application(by=user)) as meanwhile:
        second = meanwhile(lambda: services.save_profile(by=user, **WHO | {"city": "杭州"}))
    with pytest.raises(ApplicationWaits):
        second()
    assert Application.objects.get().companion.city == "上海"
