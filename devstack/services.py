"""PostgreSQL, Valkey and the Stripe stand-in together: for `make run`, for tests and for benchmarks."""

import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from devstack import ending, orphans, places, ports, postgres, stripe, valkey
from devstack.errors import StackError
from devstack.lock import only_one

SETTLED_S = 10  # a stack this old has its lock if it lives


@dataclass(frozen=True)
class Services:
    """Where things are. `stripe_url` is empty when the real Stripe, or none, is used."""

    data_dir: Path
    database_url: str
    redis_url: str
    stripe_url: str

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point marketplace/settings.py here."""
        found = {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}
        if self.stripe_url:
            found |= {"STRIPE_API_BASE": self.stripe_url, "STRIPE_SECRET_KEY": ""}
        return found


@contextmanager
def services(
    *,
    data_dir: Path | None = None,
    throwaway: bool = False,
    given: Mapping[str, str] | None = None,
    with_stripe: bool = True,
    web_port: int | None = None,
    postgres_settings: Mapping[str, str] | None = None,
) -> Iterator[Services]:
    """Everything up and answering until the block ends; then everything is stopped, and deleted if throwaway.

    `web_port` is where the web process is going to listen: it must be free, and the stand-in posts its events there.
    `given` may hold DATABASE_URL, REDIS_URL or STRIPE_SECRET_KEY: what is given is used and not started here.
    Without `data_dir` a throwaway stack lives in a new temporary directory. Throwaway data is not safe from a power
    cut (fsync is off), unless `postgres_settings` say otherwise. Raises StackError, with one line to show, when
    something cannot start or already runs.
    """
    home = data_dir.resolve() if data_dir else _temporary_home()
    with ending.orderly():
        stack = ExitStack()
        try:
            if throwaway:
                stack.callback(shutil.rmtree, home, ignore_errors=True)
            stack.enter_context(only_one(home))
            orphans.end(home)
            if throwaway:
                stack.callback(orphans.end, home)
            if web_port and not ports.is_free(web_port):
                raise StackError(f"Port {web_port} is in use. Choose another one: PORT={web_port + 1000} make run")
            yield _start(stack, home, given or {}, throwaway, with_stripe, web_port, postgres_settings)
        finally:
            with ending.undisturbed():
                stack.close()


def _temporary_home() -> Path:
    made = places.temporary()
    for lock in made.parent.glob(f"{places.TEMPORARY}*/lock"):
        with suppress(OSError, StackError):
            if time.time() - lock.stat().st_mtime > SETTLED_S:
                _end_abandoned(lock.parent)
    return made


def _end_abandoned(home: Path) -> None:
    """End what a killed throwaway stack left. Raises StackError when it is alive."""
    with only_one(home):
        orphans.end(home)
        shutil.rmtree(home, ignore_errors=True)


def _start(
    stack: ExitStack,
    home: Path,
    given: Mapping[str, str],
    throwaway: bool,
    with_stripe: bool,
    web_port: int | None,
    settings: Mapping[str, str] | None,
) -> Services:
    database_url, redis_url, stripe_url = given.get("DATABASE_URL"), given.get("REDIS_URL"), ""
    if not database_url:
        database_url = stack.enter_context(postgres.server(home, throwaway=throwaway, settings=settings))
    if not redis_url:
        redis_url = stack.enter_context(valkey.server(home, throwaway=throwaway))
    if with_stripe and not given.get("STRIPE_SECRET_KEY"):
        secret = given.get("STRIPE_WEBHOOK_SECRET") or stripe.DEVELOPMENT_SECRET
        connect = given.get("STRIPE_CONNECT_WEBHOOK_SECRET") or stripe.CONNECT_SECRET
        stripe_url = stack.enter_context(
            stripe.stand_in(home, web_port=web_port, webhook_secret=secret, connect_secret=connect)
        )
    return Services(home, database_url, redis_url, stripe_url)
