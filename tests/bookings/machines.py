"""What the state machines have in common: a clock in hand, ticks at any time, and what is true after each step."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Q, Sum
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, run_state_machine_as_test

from bookings import services
from bookings.models import OPEN, Booking
from common.clock import database_now_ms
from common.errors import UserError
from payments.models import Refund
from payments.services.books import check_books
from tests.clock import clock_in_hand, set_clock
from tests.orders import MINUTE

# What a companion has promised is read by the machine's clock, which does not move along: more than a day ahead of it
# nothing of that is in the way.
AHEAD_MS = 25 * 60 * MINUTE
# Of this transaction; also what was undone since counts.
WRITTEN = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables"


class Machine(RuleBasedStateMachine):
    def begin(self) -> None:
        self.stack = ExitStack()
        self.stack.enter_context(transaction.atomic())
        self.stack.enter_context(clock_in_hand())
        self.now = database_now_ms() + AHEAD_MS
        self.over: dict[UUID, tuple] = {}
        self.balanced_at: int | None = None
        set_clock(self.now)

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            with suppress(Exception):
                transaction.set_rollback(True)
            self.stack.close()

    def goes_on(self, wait: int) -> int:
        self.now += wait
        set_clock(self.now)
        return self.now

    def tick(self, late: int = 0) -> None:
        services.sweep(now_ms=self.now - late)
        services.run_due(now_ms=self.now - late)

    @contextmanager
    def all_ticked(self) -> Iterator[None]:
        """As it would be had every tick come by now; afterwards it is as it was."""
        with transaction.atomic():
            self.tick()
            yield
            transaction.set_rollback(True)

    @invariant()
    def the_books_balance(self) -> None:
        """They are the rows and nothing else: where no row was written since, they are as they were."""
        if self.balanced_at != rows_written():
            assert check_books(with_stripe=False) == []
        self.balanced_at = rows_written()

    @invariant()
    def what_is_over_stays_as_it_is(self) -> None:
        rows = {row[0]: row for row in Booking.objects.exclude(state__in=OPEN).values_list()}
        assert {pk: rows.get(pk) for pk in self.over} == self.over
        self.over = rows

    @invariant()
    def nobody_is_in_two_online_orders(self) -> None:
        busy = Booking.objects.busy().filter(online=True)
        for side in ("client", "companion"):
            assert not busy.values(side).annotate(orders=Count("pk")).filter(orders__gt=1).exists()


def rows_written() -> int:
    """How many rows were inserted, changed or deleted since the transaction began. It never falls."""
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        return cursor.fetchone()[0]


def refused(act: Callable, **asked: Any) -> type[UserError] | None:
    """With which refusal; None if it was done."""
    try:
        act(**asked)
    except UserError as error:
        return type(error)
    return None


def sent_back(ref: UUID) -> int:
    return Refund.objects.filter(~Q(status="failed"), ref=ref).aggregate(sum=Sum("amount"))["sum"] or 0


def run(machine: type[Machine], *, examples: int, steps: int) -> None:
    plan = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(machine, settings=plan)
