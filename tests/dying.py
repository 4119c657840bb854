"""A process that dies, as by `kill -9`, at one of the moments where what is outside of it changes."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import stripe
from celery import Celery
from django.db import connection

from payments.gateway import provider

DIED, DONE = 9, 0
STILL_THERE: list[object] = []


def dies_at(moment: int, work: Callable[[], object]) -> bool:
    """Runs `work` in a process that dies at its so-manieth moment, from 1; False when it came to its end before.

    Moments are just before and just after each request to Stripe, each commit, and each statement that commits itself.
    What rings after a commit is not heard: the rows have to do.
    """
    child = os.fork()
    if child == 0:
        os._exit(_lived(moment, work))
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (DIED, DONE), f"it ended with {code}"
    return code == DIED


def _lived(moment: int, work: Callable[[], object]) -> int:
    # The parent's connections: closed here they would be closed there. Nothing is freed, the process just ends.
    STILL_THERE.append(connection.connection)
    connection.connection = None
    connection.in_atomic_block = False
    provider.cache_clear()
    try:
        with _moments(moment):
            work()
    except BaseException as error:  # noqa: BLE001 - whatever it was, pytest's own clean-up must not run here
        os.write(2, f"{error!r}\n".encode())
        return 1
    return DONE


@contextmanager
def _moments(last: int) -> Iterator[None]:
    numbers = count(1)

    def pass_by() -> None:
        if next(numbers) == last:
            os._exit(DIED)

    def around(function: Callable) -> Callable:
        def watched(*args, **kwargs):
            pass_by()
            result = function(*args, **kwargs)
            pass_by()
            return result

        return watched

    def execute(run, sql, params, many, context):
        result = run(sql, params, many, context)
        if not context["connection"].in_atomic_block and sql.startswith(("INSERT", "UPDATE")):
            pass_by()
        return result

    Celery.send_task = lambda *_, **__: None
    stripe.RequestsClient.request = around(stripe.RequestsClient.request)
    connection._commit = around(connection._commit)
    with connection.execute_wrapper(execute):
        yield
