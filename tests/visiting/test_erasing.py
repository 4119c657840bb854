"""What was told about health is gone a week after the end, and at once when it is wanted or nobody needs it."""

import io
from functools import partial

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command

from accounts.models import Consent
from bookings import services as bookings
from bookings.models import Booking
from tests.orders import past_the_triggers, settle
from tests.rivals import rival
from tests.visiting.plans import NEEDS, a_plan, agreed, together
from tests.visits import END, a_place, code, enter
from visits import services
from visits.errors import NothingKept, TooLateToPlan
from visits.models import VisitPlan
from visits.services import Needs
from visits.services.erasing import KEPT_MS
from visits.tasks import erase_due

pytestmark = pytest.mark.django_db
WORDS = "血压 160/95，四周后复查。"


@pytest.fixture
def clinic(db):
    return a_place("shen")


@pytest.fixture
def over(client_user, clinic) -> Booking:
    """Settled, with everything a visit may have."""
    booking = together(client_user, clinic)
    services.write_handover(booking=booking, by=booking.companion, words=WORDS)
    enter(booking, code(booking, END), END)
    return settle(booking)


def the_plan() -> VisitPlan:
    return VisitPlan.objects.select_related("booking", "consent").get()


def is_kept() -> bool:
    plan = the_plan()
    return plan.needs is not None and plan.handover is not None and plan.erased_at is None


@pytest.mark.parametrize(("late_ms", "kept"), [(-1, True), (0, False)])
def test_seven_days_to_the_millisecond(over, late_ms, kept):
    services.erase_due(now_ms=over.ended_ms + KEPT_MS + late_ms)
    assert is_kept() == kept


def test_a_visit_that_is_not_settled_yet_is_erased_all_the_same(client_user, clinic):
    booking = together(client_user, clinic)
    enter(booking, code(booking, END), END)
    booking.refresh_from_db()
    assert booking.state == "ended"
    services.erase_due(now_ms=booking.ended_ms + KEPT_MS)
    assert the_plan().needs is None


def test_the_task_uses_the_databases_clock_and_twice_is_once(over):
    erase_due()
    assert is_kept()
    with past_the_triggers():
        Booking.objects.filter(pk=over.pk).update(ended_ms=over.ended_ms - KEPT_MS)
    erase_due()
    first = the_plan().erased_at
    erase_due()
    assert first and the_plan().erased_at == first


def test_what_is_left_is_who_where_and_the_proof_of_the_consent(over):
    services.erase_due(now_ms=over.ended_ms + KEPT_MS)
    plan = the_plan()
    assert (plan.patient, plan.meeting_point, plan.consent.withdrawn_at) == ("parent", "门诊大厅 1 号门", None)
    assert services.needs_for(plan, over.client) is None and services.handover_for(plan, over.client) == ""


def test_what_runs_or_waits_is_not_erased_however_old(client_user, clinic):
    booking = together(client_user, clinic)
    services.erase_due(now_ms=booking.live_since_ms + 2 * KEPT_MS)
    assert the_plan().needs is not None


def test_of_an_order_that_did_not_come_about_it_goes_with_the_next_round(client_user, clinic):
    booking = agreed(client_user, clinic)
    bookings.cancel(booking=booking, by=client_user)
    erase_due()
    assert the_plan().erased_at and the_plan().needs is None


def test_with_the_consent_goes_what_was_told_and_what_was_noted(over):
    services.withdraw_consent(booking=over)
    services.withdraw_consent(booking=over)
    plan = the_plan()
    assert (plan.needs, plan.handover) == (None, None) and plan.consent.withdrawn_at
    with pytest.raises(NothingKept):
        services.write_handover(booking=over, by=over.companion, words=WORDS)


def test_after_taking_it_back_it_can_be_given_anew(client_user, clinic):
    booking = agreed(client_user, clinic)
    services.withdraw_consent(booking=booking)
    services.change_plan(booking=booking, plan=a_plan())
    assert services.needs_for(the_plan(), client_user) == NEEDS
    assert sorted(bool(one.withdrawn_at) for one in Consent.objects.all()) == [False, True]


def test_notes_are_hers_from_the_start_on(client_user, clinic):
    booking = agreed(client_user, clinic)
    with pytest.raises(TooLateToPlan):
        services.write_handover(booking=booking, by=booking.companion, words=WORDS)
    with pytest.raises(TooLateToPlan):
        services.write_handover(booking=booking, by=client_user, words=WORDS)


def test_without_a_consent_nothing_is_noted(client_user, clinic):
    booking = together(client_user, clinic, a_plan(needs=Needs(), consents=False))
    with pytest.raises(NothingKept):
        services.write_handover(booking=booking, by=booking.companion, words=WORDS)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["withdraw", "note"])
def test_notes_at_the_moment_of_taking_it_back_are_gone_as_well(client_user, first):
    booking = together(client_user, a_place("shen"))
    withdraw = partial(services.withdraw_consent, booking=booking)
    note = partial(services.write_handover, booking=booking, by=booking.companion, words=WORDS)
    one, other = (withdraw, note) if first == "withdraw" else (note, withdraw)
    with rival(one) as meanwhile:
        result = meanwhile(other)
    if first == "withdraw":
        with pytest.raises(NothingKept):
            result()
    else:
        result()
    assert the_plan().handover is None


def test_a_new_first_key_takes_over_and_the_old_one_can_go(over, settings):
    old, new = settings.DOCUMENT_KEYS[0], Fernet.generate_key().decode()
    settings.DOCUMENT_KEYS = [new, old]
    call_command("reseal_visits", stdout=io.StringIO())
    settings.DOCUMENT_KEYS = [new]
    assert services.needs_for(the_plan(), over.client) == NEEDS
    assert services.handover_for(the_plan(), over.client) == WORDS


def test_a_lost_key_costs_what_it_opened_and_nothing_else(client, over, settings):
    settings.DOCUMENT_KEYS = [Fernet.generate_key().decode()]
    assert services.needs_for(the_plan(), over.client) is None and services.is_locked_away(the_plan())
    client.force_login(over.client)
    page = client.get(f"/bookings/{over.pk}/", headers={"accept-language": "en"})
    assert page.status_code == 200 and "cannot be opened any more" in page.content.decode()


def test_what_no_key_opens_holds_up_nothing_that_one_does(client_user, other_client, settings):
    lost, new = settings.DOCUMENT_KEYS[0], Fernet.generate_key().decode()
    agreed(client_user, a_place("shen"))
    settings.DOCUMENT_KEYS = [new]
    kept = agreed(other_client, a_place("wen"))
    said = io.StringIO()
    call_command("reseal_visits", stdout=said)
    assert said.getvalue().startswith("1 ") and lost not in settings.DOCUMENT_KEYS
    assert services.needs_for(VisitPlan.objects.get(booking=kept), other_client) == NEEDS
