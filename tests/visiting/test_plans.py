"""What goes along with a visit: ordered with it, read by the two, changed until it is over."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from accounts.models import Consent
from accounts.services import block
from bookings import services as bookings
from bookings.errors import NotPossibleNow
from bookings.models import Booking, State
from listings.errors import NotFreeThen
from tests.orders import on_the_half_hour, pay, settle
from tests.visiting.plans import NEEDS, a_plan, agreed, planned, together
from tests.visits import END, a_place, code, enter
from visits import services
from visits.errors import ConsentMissing, NothingKept, TooLateToPlan
from visits.models import VisitPlan
from visits.services import Needs

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic(db):
    return a_place("shen")


def needs_as_seen_by(user, booking: Booking) -> Needs | None:
    return services.needs_for(VisitPlan.objects.select_related("booking").get(booking=booking), user)


def test_a_visit_is_ordered_with_its_plan_and_a_consent_of_its_own(client_user, clinic):
    booking = planned(client_user, clinic)
    plan = VisitPlan.objects.get(booking=booking)
    assert (plan.patient, plan.meeting_point) == ("parent", "门诊大厅 1 号门")
    assert (plan.consent.user, plan.consent.purpose, plan.consent.version) == (client_user, "health", "2026-11")
    assert needs_as_seen_by(client_user, booking) == NEEDS


def test_without_anything_about_health_no_consent_is_needed_and_none_is_written(client_user, clinic):
    booking = planned(client_user, clinic, a_plan(needs=Needs(), consents=False))
    plan = VisitPlan.objects.get(booking=booking)
    assert plan.consent is None and plan.needs is None and not Consent.objects.exists()


def test_needs_without_consent_are_refused_with_the_whole_order(client_user, clinic):
    with pytest.raises(ConsentMissing):
        planned(client_user, clinic, a_plan(consents=False))
    assert not Booking.objects.exists()


def test_an_order_that_is_refused_leaves_no_plan(client_user, other_client, clinic):
    first = planned(client_user, clinic)
    with pytest.raises(NotFreeThen):
        planned(other_client, clinic, starts_at=first.starts_at)
    assert [plan.booking_id for plan in VisitPlan.objects.all()] == [first.pk]
    assert not Consent.objects.filter(user=other_client).exists()


def test_the_same_form_again_changes_the_plan_of_the_same_order(client_user, clinic):
    asked = {"request_key": uuid4(), "starts_at": on_the_half_hour()}
    first = planned(client_user, clinic, **asked)
    again = planned(client_user, clinic, a_plan(meeting_point="急诊门口"), **asked)
    assert again.pk == first.pk and VisitPlan.objects.get().meeting_point == "急诊门口"
    assert Consent.objects.count() == 1


def test_another_hospital_on_the_same_form_is_another_order_with_all_that_was_typed(client_user, clinic):
    asked = {"request_key": uuid4(), "starts_at": on_the_half_hour()}
    first = planned(client_user, clinic, **asked)
    again = planned(
        client_user, clinic, a_plan(meeting_point="急诊门口"), place="上海 徐汇区 上海市第六人民医院", **asked
    )
    assert (again.terms.place, again.visit_plan.meeting_point) == ("上海 徐汇区 上海市第六人民医院", "急诊门口")
    first.refresh_from_db()
    assert first.state == State.CANCELLED and VisitPlan.objects.get(booking=first).meeting_point == "门诊大厅 1 号门"


def test_the_companion_reads_what_is_about_health_from_her_acceptance_on(client_user, stranger, clinic):
    booking = pay(planned(client_user, clinic))
    assert needs_as_seen_by(booking.companion, booking) is None
    bookings.accept(booking=booking, by=booking.companion)
    assert needs_as_seen_by(booking.companion, booking) == NEEDS
    assert needs_as_seen_by(stranger, booking) is None


def test_of_an_order_that_did_not_come_about_she_reads_nothing_any_more(client_user, clinic):
    booking = agreed(client_user, clinic)
    bookings.cancel(booking=booking, by=client_user)
    assert needs_as_seen_by(booking.companion, booking) is None
    assert needs_as_seen_by(client_user, booking) == NEEDS


def test_the_client_changes_it_while_they_are_together_and_not_afterwards(client_user, clinic):
    booking = together(client_user, clinic)
    services.change_plan(booking=booking, plan=a_plan(needs=Needs(words="改看骨科")))
    assert needs_as_seen_by(client_user, booking) == Needs(words="改看骨科")
    enter(booking, code(booking, END), END)
    with pytest.raises(TooLateToPlan):
        services.change_plan(booking=booking, plan=a_plan())
    settle(booking)
    with pytest.raises(TooLateToPlan):
        services.change_plan(booking=booking, plan=a_plan())


def test_who_takes_the_tick_away_has_nothing_kept_and_the_companion_notes_nothing_more(client_user, clinic):
    booking = together(client_user, clinic)
    services.write_handover(booking=booking, by=booking.companion, words="少盐")
    services.change_plan(booking=booking, plan=a_plan(needs=Needs(), consents=False))
    plan = VisitPlan.objects.get()
    assert (plan.needs, plan.handover) == (None, None) and plan.erased_at and plan.consent.withdrawn_at
    with pytest.raises(NothingKept):
        services.write_handover(booking=booking, by=booking.companion, words="确诊")


def test_who_ticks_and_tells_nothing_lets_the_companion_note_something(client_user, clinic):
    booking = together(client_user, clinic, a_plan(needs=Needs()))
    services.write_handover(booking=booking, by=booking.companion, words="少盐")
    assert VisitPlan.objects.get().needs is None


def test_who_blocked_the_other_is_written_nothing_any_more(client_user, clinic):
    booking = together(client_user, clinic)
    block(by=client_user, other=booking.companion)
    with pytest.raises(NotPossibleNow):
        services.write_handover(booking=booking, by=booking.companion, words="你等着")


@pytest.mark.parametrize("meanwhile", ["paid", "withdrawn"])
def test_the_same_form_again_after_the_payment_or_the_withdrawal_changes_nothing(client_user, clinic, meanwhile):
    asked = {"request_key": uuid4(), "starts_at": on_the_half_hour()}
    booking = planned(client_user, clinic, **asked)
    if meanwhile == "paid":
        pay(booking)
    else:
        services.withdraw_consent(booking=booking)
    planned(client_user, clinic, a_plan(needs=Needs(words="又来了")), **asked)
    expected = NEEDS if meanwhile == "paid" else None
    assert needs_as_seen_by(client_user, booking) == expected and Consent.objects.count() == 1


def test_a_new_wording_is_agreed_to_anew(client_user, clinic, monkeypatch):
    booking = planned(client_user, clinic)
    monkeypatch.setattr("visits.services.planning.CONSENT_VERSION", "2027-01")
    services.change_plan(booking=booking, plan=a_plan())
    assert sorted(Consent.objects.values_list("version", flat=True)) == ["2026-11", "2027-01"]
    assert VisitPlan.objects.get().consent.version == "2027-01"


@pytest.mark.parametrize(
    "wrong",
    [
        {"consent": None},
        {"erased_at": Now()},
        {"patient": "dog"},
        {"meeting_point": "  "},
    ],
)
def test_the_database_keeps_no_health_data_without_consent_nor_after_erasure(client_user, clinic, wrong):
    planned(client_user, clinic)
    with pytest.raises(IntegrityError), transaction.atomic():
        VisitPlan.objects.update(**wrong)


@pytest.mark.parametrize(
    "wrong",
    [{"purpose": "ads"}, {"version": ""}, {"withdrawn_at": "2020-01-01T00:00:00Z"}],
    ids=lambda one: next(iter(one)),
)
def test_the_database_knows_what_a_consent_is(client_user, clinic, wrong):
    planned(client_user, clinic)
    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.update(**wrong)
