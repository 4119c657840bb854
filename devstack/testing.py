"""`make test`, a part of it, or any command, on throwaway services."""

import os
import sys
import time
from collections.abc import Mapping, Sequence

from devstack import apt, browser, children
from devstack.errors import StackError
from devstack.places import CHECKOUT
from devstack.services import Services, services

STORIES = "tests/browser"
FAULTS = "tests/faults"
# They take minutes and say whether a benchmark runs, not whether the product does: `make test-bench`.
BENCHES = "tests/bench"
# More than there are cores: faults, races and stories wait much of the time. Neighbours share what is made for a class
# or a module; who has nothing left takes over from the others.
WORKERS = ("-n", "3", "--dist", "worksteal")
# What the time is spent on is seen before it is too long.
SLOWEST = "--durations=25"


def shell(argv: Sequence[str], *, with_stripe: bool, settings: Mapping[str, str]) -> int:
    """The exit code of the command. `settings` are PostgreSQL's."""
    with services(throwaway=True, with_stripe=with_stripe, postgres_settings=settings) as stack:
        return children.call(argv, env=_environment(stack))


def test(arguments: Sequence[str]) -> int:
    """pytest with these arguments; without any everything but the benchmarks, stories in a browser last.

    The first bad exit code.
    """
    chromium = browser.ensure() if not arguments or _has(STORIES, arguments) else None
    if not arguments or _has(FAULTS, arguments):
        apt.ensure_faketime()
    with services(throwaway=True, given=_given()) as stack:
        env = _environment(stack) | ({"CHROMIUM": chromium} if chromium else {})
        if arguments:
            return _pytest(arguments, env)
        return _everything(env if _given() else env | _with_tables(env, stack))


def _with_tables(env: Mapping[str, str], stack: Services) -> dict[str, str]:
    """The tables are made once, in the stack's own database; each worker's is a copy of that."""
    if children.call([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=CHECKOUT, env=env):
        raise StackError("The migrations fail: see above.")
    return {"TEST_TEMPLATE": stack.database_url.rpartition("/")[2].partition("?")[0]}


def _everything(env: Mapping[str, str]) -> int:
    started = time.monotonic()
    code = _pytest([*WORKERS, SLOWEST, f"--ignore={STORIES}", f"--ignore={BENCHES}"], env)
    if code:
        return code
    if "CHROMIUM" not in env:
        raise StackError(browser.NONE)
    print(f"{time.monotonic() - started:.0f} s so far. Now the stories in a browser", flush=True)
    return _pytest([*WORKERS, SLOWEST, STORIES], env)


def _pytest(arguments: Sequence[str], env: Mapping[str, str]) -> int:
    """Playwright's synchronous API keeps an event loop, in which Django otherwise refuses its ORM."""
    unsafe = {"DJANGO_ALLOW_ASYNC_UNSAFE": "true"} if _has(STORIES, arguments) else {}
    return children.call([sys.executable, "-m", "pytest", *arguments], cwd=CHECKOUT, env={**env, **unsafe})


def _has(folder: str, arguments: Sequence[str]) -> bool:
    return any(argument.startswith(folder) for argument in arguments)


def _given() -> dict[str, str]:
    """Servers named in the environment are used. Not those of .env, and never a real Stripe: tests write and empty."""
    return {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}


def _environment(stack: Services) -> dict[str, str]:
    return children.environment(stack.data_dir, {"DEBUG": "1", **stack.environment})
