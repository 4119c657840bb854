"""`make bench-search`: browse pages over 1 000, 10 000 and 100 000 listings, beside the plain ILIKE/OFFSET design.

Whole pages through Django's handler, middleware and templates included, in this process; the sums of their SQL as
Django saw them. Both designs are asked the same things in turns. Prints a table, and one JSON object as its last line.
"""

import gc
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import path  # noqa: E402

from bench.search.fill import fill  # noqa: E402
from bench.search.mix import MIX, requests  # noqa: E402
from bench.search.naive import browse as naive_browse  # noqa: E402
from marketplace import urls  # noqa: E402

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 3
OURS_A_ROUND = 200
NAIVE_A_ROUND = {1_000: 30, 10_000: 20, 100_000: 8}
OURS, NAIVE = "/browse/", "/naive/"


@dataclass
class Measured:
    """Milliseconds of each page and of its SQL, and how many queries it made."""

    page: list[float] = field(default_factory=list)
    sql: list[float] = field(default_factory=list)
    queries: list[int] = field(default_factory=list)
    by_query: dict[str, list[float]] = field(default_factory=dict)


class Stopwatch:
    """Around each query: how long until its rows were there, and how many there were."""

    def __init__(self) -> None:
        self.ms, self.count = 0.0, 0

    def __call__(self, execute: Callable, sql: str, params: object, many: bool, context: dict) -> object:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.ms += (time.perf_counter() - started) * 1000
            self.count += 1


class Shelf:
    """One browser. It knows the cursors of the pages it was shown, as people do who press "More"."""

    def __init__(self) -> None:
        self.client = Client(headers={"host": "localhost", "accept-language": "zh-hans"})
        self.cursors: dict[tuple[str, int], str] = {}

    def address(self, query: str, page: int) -> str:
        after = self.cursor(query, page)
        return f"{OURS}?{query}&after={after}" if after else f"{OURS}?{query}"

    def cursor(self, query: str, page: int) -> str:
        if page == 1:
            return ""
        if (query, page) not in self.cursors:
            text = self.client.get(self.address(query, page - 1)).content.decode()
            _before, found, rest = text.partition("after=")
            self.cursors[query, page] = rest.split('"')[0].split("&")[0] if found else ""
        return self.cursors[query, page]


def measure(client: Client, address: str, into: Measured, name: str) -> None:
    watch = Stopwatch()
    with connection.execute_wrapper(watch):
        started = time.perf_counter()
        answer = client.get(address)
        took = (time.perf_counter() - started) * 1000
    if answer.status_code != 200:
        raise SystemExit(f"{address} answered {answer.status_code}")
    into.page.append(took)
    into.sql.append(watch.ms)
    into.queries.append(watch.count)
    into.by_query.setdefault(name, []).append(took)


def one_size(rows: int) -> tuple[list[Measured], Measured]:
    """Three rounds of ours, and the naive design between them."""
    shelf, rounds, naive = Shelf(), [], Measured()
    for query, page in {(query, page) for _share, query, page in MIX}:
        shelf.client.get(shelf.address(query, page))
    naive_share = NAIVE_A_ROUND.get(rows, 8)
    for number in range(ROUNDS):
        ours = Measured()
        asked = requests(OURS_A_ROUND, seed=number)
        others = iter(requests(naive_share, seed=number))
        every = len(asked) // naive_share
        for place, (query, page) in enumerate(asked):
            measure(shelf.client, shelf.address(query, page), ours, query)
            if place % every == 0 and (other := next(others, None)):
                measure(shelf.client, f"{NAIVE}?{other[0]}&page={other[1]}", naive, other[0])
        rounds.append(ours)
    return rounds, naive


def p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[18]


def spread(values: Iterable[float]) -> list[float]:
    ordered = sorted(values)
    return [round(ordered[0], 1), round(ordered[-1], 1)]


@contextmanager
def as_in_production() -> Iterator[None]:
    """No record of queries, templates kept, and the naive page beside ours."""
    settings.DEBUG = False
    settings.SECURE_SSL_REDIRECT = False
    urls.urlpatterns.append(path("naive/", naive_browse))
    gc.collect()
    gc.freeze()
    yield


def main(sizes: Sequence[int]) -> None:
    call_command("migrate", verbosity=0)
    growth, last = {}, None
    print(f"load average {os.getloadavg()[0]:.2f} at the start")
    print(f"{'listings':>9} {'page p50':>9} {'p95':>7} {'sql p95':>8} {'queries':>8} {'naive p50':>10} {'p95':>8}   ms")
    with as_in_production():
        for rows in sizes:
            started = time.perf_counter()
            fill(rows)
            filled = time.perf_counter() - started
            rounds, naive = one_size(rows)
            last = summary(rounds, naive)
            growth[str(rows)] = last["page_p95_ms"]
            print(
                f"{rows:>9} {last['page_p50_ms']:>9.1f} {last['page_p95_ms']:>7.1f} {last['sql_p95_ms']:>8.1f} "
                f"{last['queries']:>8} {last['naive_p50_ms']:>10.1f} {last['naive_page_p95_ms']:>8.1f}"
                f"   (filled in {filled:.0f} s, load average {os.getloadavg()[0]:.2f})",
                flush=True,
            )
    slowest(rounds)
    print(json.dumps(answer(sizes[-1], last, growth)))


def summary(rounds: list[Measured], naive: Measured) -> dict:
    """Medians over the rounds, each with its own 95th percentile."""
    pages, sqls = [p95(one.page) for one in rounds], [p95(one.sql) for one in rounds]
    queries = [count for one in rounds for count in one.queries]
    return {
        "page_p50_ms": statistics.median(value for one in rounds for value in one.page),
        "page_p95_ms": round(statistics.median(pages), 1),
        "sql_p95_ms": round(statistics.median(sqls), 1),
        "queries_per_page": max(queries),
        "queries": f"{min(queries)}–{max(queries)}",
        "naive_p50_ms": statistics.median(naive.page),
        "naive_page_p95_ms": round(p95(naive.page), 1),
        "spread": {"page_p95_ms": spread(pages), "sql_p95_ms": spread(sqls), "naive_page_ms": spread(naive.page)},
    }


def slowest(rounds: list[Measured]) -> None:
    took: dict[str, list[float]] = {}
    for one in rounds:
        for query, values in one.by_query.items():
            took.setdefault(query, []).extend(values)
    print("slowest, by their median:")
    for query in sorted(took, key=lambda query: -statistics.median(took[query]))[:6]:
        print(f"  {statistics.median(took[query]):>7.1f} ms  /browse/?{query}")


def answer(rows: int, last: dict, growth: dict[str, float]) -> dict:
    kept = ("page_p95_ms", "sql_p95_ms", "queries_per_page", "naive_page_p95_ms", "spread")
    load = round(os.getloadavg()[0], 2)
    return {"bench": "search", "rows": rows, **{name: last[name] for name in kept}, "growth": growth, "load": load}


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or SIZES)
