"""`make bench-search`: browse pages over 1 000, 10 000 and 100 000 listings, beside the plain ILIKE/OFFSET design.

Whole pages through Django's handler, middleware and templates included, in this process; the sums of their SQL as
Django saw them. Both designs are asked the same things in turns. Words are drawn anew each time, and each round begins
with counts of its own, as a process does every minute: "cold" are the pages with words nobody asked since then. Prints
a table, and one JSON object as its last line; fails when a question costs other queries on a larger shelf.

python -m bench.search [SIZE …] [--pages N]: N of ours a round.
"""

import argparse
import gc
import json
import math
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
from django.http import QueryDict  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import path  # noqa: E402

from bench.search.fill import fill  # noqa: E402
from bench.search.mix import MIX, requests  # noqa: E402
from bench.search.naive import browse as naive_browse  # noqa: E402
from listings.search import counts  # noqa: E402
from listings.search import words as spelling  # noqa: E402
from marketplace import urls  # noqa: E402

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 3
OURS_A_ROUND = 200
NAIVE_A_ROUND = {1_000: 30, 10_000: 20, 100_000: 8}
OURS, NAIVE = "/browse/", "/naive/"
CARD = 'class="card person"'


@dataclass
class Measured:
    """Milliseconds of each page and of its SQL, and how many queries it made; `cold` and `warm`: those with words."""

    page: list[float] = field(default_factory=list)
    sql: list[float] = field(default_factory=list)
    queries: list[int] = field(default_factory=list)
    cold: list[tuple[float, float]] = field(default_factory=list)
    warm: list[tuple[float, float]] = field(default_factory=list)
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


def measure(client: Client, address: str, into: Measured, name: str) -> str:
    was_asked = _was_asked(address)
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
    if was_asked is not None:
        (into.warm if was_asked else into.cold).append((took, watch.ms))
    return answer.content.decode()


def _was_asked(address: str) -> bool | None:
    """Whether these counts know the words already; None without words."""
    words = QueryDict(address.partition("?")[2]).get("q")
    return None if words is None else spelling.asked(words).spelled in counts.snapshot().asked


def fresh_counts(until: float | None = None) -> None:
    """As a process has them that was just started, or whose last ones are too old; kept as long as a process keeps
    them, or `until` then."""
    counts._kept = None if until is None else counts.Kept(counts.take(), until)
    counts.snapshot()


def one_size(rows: int, pages: int) -> tuple[list[Measured], Measured, dict]:
    """Three rounds of ours, and the naive design between them; and what each question cost."""
    shelf, rounds, naive = Shelf(), [], Measured()
    for query, page in {(query, page) for _share, query, page in MIX if "q=" not in query}:
        shelf.client.get(shelf.address(query, page))
    naive_share = NAIVE_A_ROUND.get(rows, 8)
    for number in range(ROUNDS):
        ours = Measured()
        asked = requests(pages, seed=number)
        others = iter(requests(naive_share, seed=number))
        every = len(asked) // naive_share
        fresh_counts()
        for place, (shape, query, page) in enumerate(asked):
            measure(shelf.client, shelf.address(query, page), ours, shape)
            if place % every == 0 and (other := next(others, None)):
                measure(shelf.client, f"{NAIVE}?{other[1]}&page={other[2]}", naive, other[0])
        rounds.append(ours)
    return rounds, naive, costs(shelf)


def costs(shelf: Shelf) -> dict[tuple[str, int], int]:
    """Queries by question, of those that find somebody: who finds nobody is asked what he meant, where anything sounds
    like it. Asked twice, so that the counts know the words; none of the questions pays for new counts."""
    cost = {}
    fresh_counts(until=math.inf)
    for query, page in sorted({(query, page) for _share, query, page in MIX if "{}" not in query}):
        for _again in range(2):
            measured = Measured()
            text = measure(shelf.client, shelf.address(query, page), measured, query)
        if CARD in text:
            cost[query, page] = measured.queries[-1]
    return cost


def differing(by_size: Sequence[dict]) -> list[str]:
    """Questions that do not cost the same on each shelf."""
    known: dict[tuple, set[int]] = {}
    for cost in by_size:
        for question, queries in cost.items():
            known.setdefault(question, set()).add(queries)
    return [f"/browse/?{query} page {page}: {sorted(n)}" for (query, page), n in known.items() if len(n) > 1]


def p95(values: Sequence[float]) -> float:
    if len(values) == 1:
        return values[0]
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


def main(sizes: Sequence[int], pages: int) -> int:
    call_command("migrate", verbosity=0)
    growth, cost, last = {}, [], {}
    print(f"load average {os.getloadavg()[0]:.2f} at the start")
    print(HEAD)
    with as_in_production():
        for rows in sizes:
            started = time.perf_counter()
            fill(rows)
            filled = time.perf_counter() - started
            rounds, naive, asked = one_size(rows, pages)
            cost.append(asked)
            last = summary(rounds, naive)
            growth[str(rows)] = last["page_p95_ms"]
            print(
                line(rows, last) + f"   (filled in {filled:.0f} s, load average {os.getloadavg()[0]:.2f})", flush=True
            )
    slowest(rounds)
    different = differing(cost)
    told = "no: " + "; ".join(different) if different else "yes"
    print(f"the same question costs the same number of queries at each size: {told}")
    print(json.dumps(answer(sizes[-1], last, growth) | {"queries_equal": not different}))
    return bool(different)


HEAD = (
    f"{'listings':>9} {'page p50':>9} {'p95':>7} {'sql p95':>8} "
    f"{'cold words p95':>15} {'sql':>7} {'warm p95':>9} {'sql':>7} "
    f"{'queries':>8} {'naive p50':>10} {'p95':>8}   ms"
)


def line(rows: int, last: dict) -> str:
    return (
        f"{rows:>9} {last['page_p50_ms']:>9.1f} {last['page_p95_ms']:>7.1f} {last['sql_p95_ms']:>8.1f} "
        f"{last['cold_page_p95_ms']:>15.1f} {last['cold_sql_p95_ms']:>7.1f} "
        f"{last['warm_page_p95_ms']:>9.1f} {last['warm_sql_p95_ms']:>7.1f} "
        f"{last['queries']:>8} {last['naive_p50_ms']:>10.1f} {last['naive_page_p95_ms']:>8.1f}"
    )


def summary(rounds: list[Measured], naive: Measured) -> dict:
    """Medians over the rounds, each with its own 95th percentile."""
    pages, sqls = [p95(one.page) for one in rounds], [p95(one.sql) for one in rounds]
    queries = [count for one in rounds for count in one.queries]
    return {
        "page_p50_ms": statistics.median(value for one in rounds for value in one.page),
        "page_p95_ms": round(statistics.median(pages), 1),
        "sql_p95_ms": round(statistics.median(sqls), 1),
        **_with_words("cold", [one for each in rounds for one in each.cold]),
        **_with_words("warm", [one for each in rounds for one in each.warm]),
        "queries_per_page": max(queries),
        "queries": f"{min(queries)}–{max(queries)}",
        "naive_p50_ms": statistics.median(naive.page),
        "naive_page_p95_ms": round(p95(naive.page), 1),
        "spread": {"page_p95_ms": spread(pages), "sql_p95_ms": spread(sqls), "naive_page_ms": spread(naive.page)},
    }


def _with_words(name: str, took: Sequence[tuple[float, float]]) -> dict[str, float]:
    """Of the pages with words, over all rounds; 0 if a small run asked no such question."""
    if not took:
        return {f"{name}_page_p95_ms": 0.0, f"{name}_sql_p95_ms": 0.0}
    pages, sqls = zip(*took, strict=True)
    return {f"{name}_page_p95_ms": round(p95(pages), 1), f"{name}_sql_p95_ms": round(p95(sqls), 1)}


def slowest(rounds: list[Measured]) -> None:
    took: dict[str, list[float]] = {}
    for one in rounds:
        for query, values in one.by_query.items():
            took.setdefault(query, []).extend(values)
    print("slowest, by their median:")
    for query in sorted(took, key=lambda query: -statistics.median(took[query]))[:6]:
        print(f"  {statistics.median(took[query]):>7.1f} ms  /browse/?{query}")


def answer(rows: int, last: dict, growth: dict[str, float]) -> dict:
    words = [f"{name}_{what}_p95_ms" for name in ("cold", "warm") for what in ("page", "sql")]
    kept = ("page_p95_ms", "sql_p95_ms", *words, "queries_per_page", "naive_page_p95_ms", "spread")
    load = round(os.getloadavg()[0], 2)
    return {"bench": "search", "rows": rows, **{name: last[name] for name in kept}, "growth": growth, "load": load}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--pages", type=int, default=OURS_A_ROUND)
    sys.exit(main(**vars(parser.parse_args())))
