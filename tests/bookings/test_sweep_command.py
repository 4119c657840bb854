"""The meter without Celery, for when the broker is down."""

import pytest
from django.core.management import call_command

from bookings.models import Booking, State
from safety.models import Outing
from tests.bookings.test_lifecycle import age
from tests.orders import MINUTE, live
from tests.safety.moments import run_out
from tests.server import running_manage
from tests.visits import a_place, together
from tests.waiting import until


@pytest.mark.django_db
def test_once_does_what_is_due_and_says_how_much(client_user, listing, capsys):
    booking = live(client_user, listing)
    age(booking, 30 * MINUTE + 1000)
    call_command("sweep", "--once")
    booking.refresh_from_db()
    assert booking.state == State.EXHAUSTED
    assert capsys.readouterr().out == "1 bookings handled\n"


@pytest.mark.django_db(transaction=True)
def test_forever_watches_over_meetings_too(client_user):
    over = run_out(together(client_user, a_place("shen")))
    Outing.objects.filter(pk=over.pk).update(due_ms=1)
    with running_manage("sweep", "--forever"):
        until(lambda: Outing.objects.get(pk=over.pk).due_ms != 1, seconds=30, what="the look at the meeting")


@pytest.mark.django_db(transaction=True)
def test_forever_follows_the_clock_by_itself(client_user, listing):
    booking = live(client_user, listing)
    with running_manage("sweep", "--forever"):
        age(booking, 31 * MINUTE)
        until(lambda: Booking.objects.get().state == State.SETTLED, seconds=30, what="the settlement")
