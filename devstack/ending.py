"""Signals: an orderly end when asked, and no interruption of the end itself."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

ASKED_TO_END = (signal.SIGTERM, signal.SIGHUP)


def _leave(number: int, _frame: object) -> None:
    sys.exit(128 + number)


@contextmanager
def orderly() -> Iterator[None]:
    """SIGTERM and SIGHUP unwind the stack like Ctrl-C does, so that every `finally` runs. Main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _leave) for number in ASKED_TO_END}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def undisturbed() -> Iterator[None]:
    """A second Ctrl-C does not break off the cleaning up, which is bounded in time."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, *ASKED_TO_END)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
