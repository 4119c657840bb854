"""Stages: noted by the companion while the clock runs, once a tap, taken back only at once."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from tests.orders import MINUTE, live
from tests.visiting.plans import agreed, together
from tests.visits import END, a_place, code, enter
from tests.visits import together as together_without_plan
from visits import services
from visits.errors import NothingToTakeBack, NotRunning
from visits.models import Stage, StageName

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(client_user):
    return together(client_user, a_place("shen"))


def note(booking, name=StageName.REGISTERED, by=None, key=None):
    return services.note_stage(booking=booking, by=by or booking.companion, name=name, request_key=key or uuid4())


def test_stages_stand_in_the_order_they_were_tapped(visit):
    for name in (StageName.REGISTERED, StageName.WAITING, StageName.WITH_DOCTOR, StageName.WAITING):
        note(visit, name)
    assert [one.name for one in services.stages_of(visit)] == ["registered", "waiting", "with_doctor", "waiting"]


def test_the_same_tap_twice_and_the_stage_they_are_in_already_are_once(visit):
    key = uuid4()
    first = note(visit, key=key)
    assert note(visit, key=key).pk == note(visit).pk == first.pk
    assert Stage.objects.count() == 1


def test_two_buttons_of_one_page_are_two_taps(visit):
    key = uuid4()
    note(visit, key=key)
    note(visit, StageName.WAITING, key=key)
    assert [one.name for one in services.stages_of(visit)] == ["registered", "waiting"]


def test_only_hers_and_only_while_it_runs(visit, client_user):
    with pytest.raises(NotRunning):
        note(visit, by=client_user)
    enter(visit, code(visit, END), END)
    with pytest.raises(NotRunning):
        note(visit)


def test_not_before_the_code(client_user):
    with pytest.raises(NotRunning):
        note(agreed(client_user, a_place("shen")))


def test_kinds_without_stages_have_none(client_user, other_client, listing):
    meal = together_without_plan(other_client, a_place("ruby", kind="dining"), minutes=60)
    for booking in (live(client_user, listing), meal):
        with pytest.raises(NotRunning):
            note(booking)


def test_a_mistaken_tap_is_taken_back_and_the_one_before_stands_again(visit):
    note(visit)
    wrong = note(visit, StageName.MEDICINE)
    services.take_back_stage(stage=wrong, by=visit.companion)
    services.take_back_stage(stage=wrong, by=visit.companion)
    assert [one.name for one in services.stages_of(visit)] == ["registered"]


def test_what_another_tap_followed_stands_and_the_client_takes_nothing_back(visit, client_user):
    first, second = note(visit), note(visit, StageName.WAITING)
    for stage, who in ((first, visit.companion), (second, client_user)):
        with pytest.raises(NothingToTakeBack):
            services.take_back_stage(stage=stage, by=who)


@pytest.mark.parametrize(("age_ms", "goes"), [(2 * MINUTE - 5000, True), (2 * MINUTE + 1000, False)])
def test_two_minutes_are_the_limit(visit, age_ms, goes):
    stage = note(visit)
    stage.at_ms -= age_ms
    now = stage.at_ms + age_ms
    assert services.can_be_taken_back(stage, services.stages_of(visit), now) == goes


def test_the_database_refuses_what_the_service_does(visit, client_user):
    stage = note(visit)
    told = {"name": "waiting", "request_key": uuid4()}
    wrongs = [
        lambda: Stage.objects.create(booking=visit, at_ms=visit.live_since_ms - 1, **told),
        lambda: Stage.objects.create(booking=visit, at_ms=stage.at_ms + 600_000, **told),
        lambda: Stage.objects.create(booking=visit, at_ms=stage.at_ms, name="dancing", request_key=uuid4()),
        lambda: Stage.objects.create(booking=visit, at_ms=stage.at_ms, name="waiting", request_key=stage.request_key),
        lambda: Stage.objects.filter(pk=stage.pk).update(at_ms=stage.at_ms + 1),
        lambda: Stage.objects.filter(pk=stage.pk).delete(),
    ]
    for wrong in wrongs:
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()
