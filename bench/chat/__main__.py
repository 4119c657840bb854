"""`make bench-chat`: how many messages a second pairs of people exchange here, and at four peers.

python -m bench.chat [--rounds R] [--seconds S] [--pairs N …] [--rates R …] [--idle SOCKETS] [--only NAME …]. The same
work for all: 120 bytes each, committed in PostgreSQL before the other one gets them; one web process, one contestant at
a time, in turn. Every message is looked at by whoever gets it. Prints a table, and one JSON object as its last line.
"""

import argparse
import json
import os
import resource
import sys
from collections.abc import Sequence
from itertools import product

from bench.meter.processes import PRODUCTION

# Sessions made here are good there.
os.environ.update(PRODUCTION)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")

import django

django.setup()

from django.db import connection  # noqa: E402

from bench.chat.answer import answer, headline, table, troubles  # noqa: E402
from bench.chat.contestants import EVERYBODY, Contestant  # noqa: E402
from bench.chat.load.runs import WARM_SOCKETS  # noqa: E402
from bench.chat.measure import STAGES, Asked, Run, Turn  # noqa: E402
from bench.meter import cpu  # noqa: E402

PAIRS, RATES = (50, 500), (100, 300, 600)
NAMES = [each.name for each in EVERYBODY]
SETTINGS = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers")


def main(wanted: argparse.Namespace) -> int:
    contestants = [each for each in EVERYBODY if each.name in wanted.only]
    say(f"load average {os.getloadavg()[0]:.2f} at the start, {os.cpu_count()} cores")
    say("PostgreSQL: " + ", ".join(f"{name}={shown(name)}" for name in SETTINGS))
    servers = cpu.servers()
    connection.close()
    allow_sockets()
    asked = asked_of(wanted)
    for each in contestants:
        each.prepare(asked.sessions)
    runs = measured(contestants, asked, wanted.rounds, servers)
    table(runs)
    found = answer(runs, asked)
    print(json.dumps(found))
    return 0 if found["valid"] else 1


def measured(contestants: Sequence[Contestant], asked: Asked, rounds: int, servers: dict[str, int]) -> list[Run]:
    """Each round begins with another one."""
    runs: list[Run] = []
    for number, stage in product(range(rounds), STAGES):
        first = number % len(contestants)
        for contestant in (*contestants[first:], *contestants[:first]):
            for run in stage(Turn(contestant, asked, number, servers)):
                say(f"{number + 1}/{rounds} {headline(run)}{troubles(run)}")
                runs.append(run)
    return runs


def asked_of(wanted: argparse.Namespace) -> Asked:
    people = max(2 * max(wanted.pairs), WARM_SOCKETS + wanted.idle)
    return Asked(
        pairs=wanted.pairs,
        rates=wanted.rates,
        rate_pairs=wanted.pairs[0],
        sockets=wanted.idle,
        seconds=wanted.seconds,
        warm_up=wanted.warm_up,
        receipts=not wanted.no_receipts,
        sessions=(people + 1) // 2,
    )


def allow_sockets() -> None:
    """As many open files as the system lets us have, for us and all that is started here."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def shown(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        return cursor.fetchone()[0]


def say(line: str) -> None:
    print(line, flush=True)


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.chat")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5, help="how long is measured each time")
    parser.add_argument("--warm-up", type=float, default=2, help="seconds of talk before that")
    parser.add_argument("--pairs", type=int, nargs="+", default=PAIRS)
    parser.add_argument(
        "--rates", type=float, nargs="*", default=RATES, help="messages a second in all, of the first number of pairs"
    )
    parser.add_argument("--idle", type=int, default=1500, help="sockets that only sit there; 0 for none")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--no-receipts", action="store_true", help="our people do not tell what they have read")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(arguments(sys.argv[1:])))
