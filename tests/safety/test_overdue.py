"""A meeting whose paid time ran out and that nobody ended: asked at a quarter of an hour, looked for at half."""

from functools import partial
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.models import Letter
from bookings import services as bookings
from bookings.models import State
from bookings.services import rounds
from moderation.models import AuditEvent, Priority, ReviewCase
from safety import services
from safety.errors import NothingAsked
from safety.models import Answer, Outing
from safety.services import overdue
from tests.cast import a_user
from tests.clock import clock_in_hand, set_clock
from tests.orders import MINUTE, pay_on_top, settle
from tests.rivals import rival
from tests.safety.moments import HOUR, SECOND, ended, run_out
from tests.threads import at_once, failures
from tests.visits import END, a_place, code, enter, together

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
ASKED, RAISED = 15 * MINUTE, 30 * MINUTE


def page(client, booking, user) -> str:
    client.force_login(user)
    return client.get(reverse("bookings:detail", args=[booking.pk]), headers=ENGLISH).content.decode()


def letters() -> list[str]:
    return sorted(Letter.objects.filter(key__startswith="safety:overdue").values_list("to__display_name", flat=True))


def well(booking, by, after=ASKED) -> Answer:
    return services.all_is_well(booking=booking, by=by, now_ms=booking.ended_ms + after)


def test_both_are_asked_a_quarter_of_an_hour_after(running):
    over = run_out(running)
    services.look(now_ms=over.ended_ms + ASKED - 1)
    assert letters() == []
    services.look(now_ms=over.ended_ms + ASKED)
    assert letters() == ["lin", "shen"]


def test_their_pages_ask_by_the_clock_to_the_second(client, running):
    over = run_out(running)
    with clock_in_hand():
        for person in (over.client, over.companion):
            set_clock(over.ended_ms + ASKED - SECOND)
            assert "Are you all right?" not in page(client, over, person)
            set_clock(over.ended_ms + ASKED)
            assert "Are you all right?" in page(client, over, person)


def test_whoever_said_so_is_asked_no_more(client, running):
    over = run_out(running)
    with clock_in_hand():
        set_clock(over.ended_ms + ASKED)
        client.force_login(over.client)
        client.post(reverse("safety:well", args=[over.pk]))
        assert "Are you all right?" not in page(client, over, over.client)
        assert "Are you all right?" in page(client, over, over.companion)


def test_the_meter_need_not_have_come(client, running):
    """The clock still runs on paper: what is over is over by the deadline."""
    with clock_in_hand():
        set_clock(running.deadline_ms + ASKED)
        assert "Are you all right?" in page(client, running, running.client)
        services.look()
        set_clock(running.deadline_ms + RAISED)
        services.look()
    assert ReviewCase.objects.get().kind == "overdue"


def test_who_stays_silent_is_looked_for_at_half_an_hour(running):
    over = run_out(running)
    services.look(now_ms=over.ended_ms + ASKED)
    well(over, over.companion)
    services.look(now_ms=over.ended_ms + RAISED - 1)
    assert not ReviewCase.objects.exists()
    services.look(now_ms=over.ended_ms + RAISED)
    case = ReviewCase.objects.get()
    assert (case.kind, case.priority, case.owner) == ("overdue", Priority.P0, over.client)


def test_nobody_did_that_but_time(running):
    over = run_out(running)
    services.look(now_ms=over.ended_ms + RAISED)
    assert AuditEvent.objects.get(action="case.opened").actor is None


def test_if_both_say_so_nobody_is_looked_for(running):
    over = run_out(running)
    services.look(now_ms=over.ended_ms + ASKED)
    for person in (over.client, over.companion):
        well(over, person)
        well(over, person)
    assert Outing.objects.get().due_ms is None
    services.look(now_ms=over.ended_ms + HOUR)
    assert not ReviewCase.objects.exists()


@pytest.mark.parametrize("ticks", [[ASKED, RAISED], [ASKED] * 3 + [RAISED] * 3, [RAISED + HOUR], [0, ASKED, 7 * HOUR]])
def test_late_and_doubled_ticks_end_in_the_same(running, ticks):
    over = run_out(running)
    for after in ticks:
        services.look(now_ms=over.ended_ms + after)
    assert letters() == ["lin", "shen"]
    assert ReviewCase.objects.get().version == 1


def test_whoever_ended_it_is_not_asked_but_the_other_is(client, running):
    over = ended(running)
    services.look(now_ms=over.ended_ms + ASKED)
    assert letters() == ["shen"]
    with clock_in_hand():
        set_clock(over.ended_ms + ASKED)
        assert "Are you all right?" not in page(client, over, over.client)
        assert "Are you all right?" in page(client, over, over.companion)
    services.look(now_ms=over.ended_ms + RAISED)
    assert ReviewCase.objects.get().owner == over.companion


def test_if_the_other_says_so_nobody_is_looked_for(running):
    over = ended(running)
    services.look(now_ms=over.ended_ms + ASKED)
    well(over, over.companion)
    services.look(now_ms=over.ended_ms + RAISED)
    assert not ReviewCase.objects.exists()


def test_the_end_code_is_a_word_of_both(running):
    over = settle(enter(running, code(running, END), END))
    services.look(now_ms=over.ended_ms + 5 * HOUR)
    assert letters() == []
    assert Outing.objects.get().due_ms is None


def test_time_paid_on_top_moves_the_question(running):
    first = running.deadline_ms
    pay_on_top(bookings.extend(booking=running, by=running.client, minutes=30, request_key=uuid4()))
    services.look(now_ms=first + ASKED)
    assert letters() == []
    services.look(now_ms=first + 30 * MINUTE + ASKED)
    assert letters() == ["lin", "shen"]


def test_what_is_said_after_the_case_stands_in_it(client, running, moderator):
    over = run_out(running)
    services.look(now_ms=over.ended_ms + RAISED)
    well(over, over.client, after=RAISED + MINUTE)
    client.force_login(moderator)
    case = ReviewCase.objects.get()
    said = client.get(reverse("moderation:case", args=[case.pk]), headers=ENGLISH).content.decode()
    assert said.count("no answer") == 1
    assert case.is_open


def test_one_that_nobody_watched_over_is_answered_all_the_same(running):
    over = run_out(running)
    Outing.objects.all().delete()
    assert well(over, over.client).user == over.client


@pytest.mark.parametrize("after", [ASKED - 1, 24 * HOUR])
def test_before_and_long_after_nobody_asked(running, after):
    over = run_out(running)
    with pytest.raises(NothingAsked):
        well(over, over.client, after)


def test_it_is_found_in_one_query(client_user, other_client, clinic, django_assert_num_queries):
    for client, place in ((client_user, clinic), (other_client, a_place("hua"))):
        together(client, place)
    before = min(Outing.objects.values_list("due_ms", flat=True)) - 1
    with django_assert_num_queries(1):
        services.look(now_ms=before)


def test_one_that_fails_keeps_no_other_waiting(client_user, other_client, clinic, monkeypatch):
    from safety.services import overdue

    overs = [run_out(together(client_user, clinic)), run_out(together(other_client, a_place("hua")))]
    ask = overdue._ask

    def fail_for_the_first(outing, now_ms):
        if outing.pk == overs[0].pk:
            raise RuntimeError
        ask(outing, now_ms)

    monkeypatch.setattr(overdue, "_ask", fail_for_the_first)
    services.look(now_ms=max(over.ended_ms for over in overs) + ASKED)
    assert letters() == ["hua", "zhao"]


@pytest.mark.django_db(transaction=True)
def test_four_ticks_at_once_open_one_case(running):
    over = run_out(running)
    assert failures(at_once(*[partial(services.look, now_ms=over.ended_ms + RAISED)] * 4)) == []
    assert (len(letters()), ReviewCase.objects.get().version) == (2, 1)


@pytest.mark.django_db(transaction=True)
def test_an_answer_and_the_last_tick_at_once(running):
    """The answer is first, and the tick comes while it is not yet written: nobody is looked for."""
    over = run_out(running)
    services.look(now_ms=over.ended_ms + ASKED)
    well(over, over.companion)
    with rival(lambda: well(over, over.client, RAISED)) as meanwhile:
        look = meanwhile(partial(services.look, now_ms=over.ended_ms + RAISED))
    look()
    services.look(now_ms=over.ended_ms + RAISED)
    assert not ReviewCase.objects.exists()
    assert Outing.objects.get().raised_ms is None


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_one_who_answered_is_looked_for(running, monkeypatch):
    over = run_out(running)
    services.look(now_ms=over.ended_ms + ASKED)
    well(over, over.companion)
    monkeypatch.setattr("django.db.models.QuerySet.select_for_update", lambda self, **kwargs: self.all())
    with rival(lambda: well(over, over.client, RAISED)) as meanwhile:
        look = meanwhile(partial(services.look, now_ms=over.ended_ms + RAISED))
    look()
    assert ReviewCase.objects.exists()


def test_a_chat_is_not_watched(client_user, listing):
    from tests.orders import live

    live(client_user, listing)
    assert not Outing.objects.exists()


def test_the_tick_is_a_beat(settings):
    tasks = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {"safety.tasks.look", "safety.tasks.forget"} <= tasks


def test_meetings_that_fail_each_time_keep_nobody_from_being_asked(monkeypatch):
    """More of them than a page holds, and all before the one that does not fail."""
    overs = [run_out(together(a_user(f"guest{number}"), a_place(f"her{number}"))) for number in range(4)]
    for number, over in enumerate(overs):
        Outing.objects.filter(pk=over.pk).update(due_ms=over.ended_ms + number)
    plain, good = overdue._ask_and_look, overs[-1].pk

    def ask_and_look(outing: Outing, *moments: int) -> None:
        if outing.pk != good:
            raise RuntimeError
        plain(outing, *moments)

    monkeypatch.setattr(overdue, "_ask_and_look", ask_and_look)
    monkeypatch.setattr(rounds, "PAGE", 2)
    services.look(now_ms=max(over.ended_ms for over in overs) + ASKED)
    assert letters() == ["guest3", "her3"]


def test_two_who_both_came_and_never_started_are_asked_as_well(client, soon):
    address = services.address_of(services.share(booking=soon, by=soon.client))
    for person in (soon.client, soon.companion):
        bookings.arrive(booking=soon, by=person)
    soon.refresh_from_db()
    bookings.run_due(now_ms=soon.due_ms)
    soon.refresh_from_db()
    assert soon.state == State.NO_SHOW
    closed_ms = soon.steps.latest("id").at_ms
    assert "no start was recorded" in client.get(address, headers=ENGLISH).content.decode()
    services.look(now_ms=closed_ms + ASKED - 1)
    assert letters() == []
    services.look(now_ms=closed_ms + ASKED)
    assert letters() == ["lin", "shen"]


def test_where_only_one_came_nobody_is_asked(soon):
    bookings.arrive(booking=soon, by=soon.companion)
    soon.refresh_from_db()
    bookings.run_due(now_ms=soon.due_ms)
    services.look(now_ms=soon.due_ms + HOUR)
    assert letters() == [] and not Outing.objects.exists()
