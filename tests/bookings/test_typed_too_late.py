"""A start code that comes after the no-show: nothing is opened again, and the right one is evidence.

All moments are minutes from the agreed time.
"""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from bookings import services
from bookings.errors import MissedMeanwhile
from bookings.models import CodeEntry, MeetingCode
from bookings.services.story import story_of
from moderation.models import Priority, ReviewCase
from payments.models import Refund
from payments.services import held_refs
from tests.bookings.typed import Meeting
from tests.clock import clock_in_hand
from tests.orders import MINUTE
from tests.visits import START, a_place, agreed, another, code

pytestmark = pytest.mark.django_db
MS = 1 / MINUTE


@pytest.fixture(autouse=True)
def clock(db) -> Iterator[None]:
    with clock_in_hand():
        yield


@pytest.fixture
def visit(client_user) -> Meeting:
    return Meeting(agreed(client_user, a_place("shen")))


def missed_after_one_came(visit: Meeting, who: str) -> str:
    """The start code, of a booking that counts as missed by the other one."""
    visit.at(-5)
    services.arrive(booking=visit.booking, by=getattr(visit.booking, who))
    return code(visit.booking)


@pytest.mark.parametrize("who", ["client", "companion"])
@pytest.mark.parametrize("swept", [True, False])
def test_the_right_one_that_comes_too_late_is_evidence_and_a_person_looks_at_it(visit, swept, who):
    digits, key = missed_after_one_came(visit, who), uuid4()
    visit.at(15)
    if swept:
        services.run_due()
    for comes in (16, 20):
        with pytest.raises(MissedMeanwhile) as said:
            visit.types(START, 1, comes, digits, request_key=key)
        assert said.value.code == "missed_meanwhile"
    entry = CodeEntry.objects.get()
    assert (entry.refusal, entry.age_ms) == ("missed_meanwhile", 15 * MINUTE)
    case = ReviewCase.objects.get(kind="meeting")
    assert (case.kind, case.target, case.priority, case.version) == ("meeting", entry, Priority.P1, 1)
    assert {*case.parties.all()} == {visit.booking.client, visit.booking.companion}
    assert held_refs([visit.booking.pk]) == {visit.booking.pk}
    services.run_due()
    back = 15000 if who == "companion" else 30000
    assert list(Refund.objects.values_list("amount", flat=True)) == [back]
    assert visit.booking.code in dict(row[:2] for row in case.target.review_rows()).values()
    assert any(line.endswith(": the right one, after it was missed") for line in story_of(visit.booking))


def test_nobody_looks_where_nobody_is_held_not_to_have_come(visit):
    visit.at(15)
    services.run_due()
    with pytest.raises(MissedMeanwhile):
        visit.types(START, 1, 20, MeetingCode.objects.get().digits, request_key=uuid4())
    assert (CodeEntry.objects.get().refusal, ReviewCase.objects.filter(kind="meeting").count()) == (
        "missed_meanwhile",
        0,
    )


@pytest.mark.parametrize(("typed", "cases"), [(15 - MS, 1), (15, 0), (18, 0)])
def test_nor_at_what_was_typed_too_late_by_her_own_word(visit, typed, cases):
    digits = missed_after_one_came(visit, "companion")
    visit.at(15)
    services.run_due()
    with pytest.raises(MissedMeanwhile):
        visit.types(START, typed, 20, digits, request_key=uuid4())
    assert ReviewCase.objects.filter(kind="meeting").count() == cases


def test_what_is_guessed_after_the_no_show_is_no_evidence(visit):
    digits = missed_after_one_came(visit, "companion")
    visit.at(15)
    services.run_due()
    for tried in [another(digits)] * 5 + [digits]:
        with pytest.raises(MissedMeanwhile) as said:
            visit.types(START, 1, 20, tried, request_key=uuid4())
        assert said.value.code == "missed_and_wrong"
    assert {*CodeEntry.objects.values_list("refusal", flat=True)} == {"missed_and_wrong"}
    assert (MeetingCode.objects.get().tries, ReviewCase.objects.filter(kind="meeting").count()) == (5, 0)
