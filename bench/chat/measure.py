"""One contestant for one round: each of its runs, and what the machine did meanwhile."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bench.chat import databases
from bench.chat.contestants import Contestant, Server, memory_kib
from bench.chat.installed import PACKAGES
from bench.chat.load.runs import Plan
from bench.meter import cpu
from devstack.places import CHECKOUT

SETTLE_S = 2


@dataclass(frozen=True)
class Asked:
    """What each round consists of."""

    pairs: Sequence[int]
    rates: Sequence[float]
    rate_pairs: int
    sockets: int
    seconds: float
    warm_up: float
    receipts: bool
    sessions: int


@dataclass
class Run:
    """What one process of the load did: `size` is the number of pairs, messages a second or sockets."""

    contestant: str
    kind: str
    size: float
    figures: Mapping[str, Any] = field(default_factory=dict)
    cpu: Mapping[str, float] = field(default_factory=dict)
    load: float = 0

    @property
    def key(self) -> tuple[str, str, float]:
        return self.contestant, self.kind, self.size


def one_round(contestant: Contestant, asked: Asked, number: int, servers: Mapping[str, int]) -> Iterator[Run]:
    if asked.sockets:
        # In a process that has done nothing yet, whose memory is not in use again.
        with contestant.running() as server:
            yield idle(server, asked)
    with contestant.running() as server:
        for pairs in asked.pairs:
            plan = Plan(**common(server, asked, "closed"), pairs=pairs, warm_up=asked.warm_up, seconds=asked.seconds)
            yield talk(server, plan, pairs, servers)
        for rate in asked.rates:
            at_rate = {"pairs": asked.rate_pairs, "rate": rate, "seconds": asked.seconds, "seed": number}
            yield talk(server, Plan(**common(server, asked, "open"), **at_rate), rate, servers)


def common(server: Server, asked: Asked, kind: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "dialect": server.contestant.dialect,
        "port": server.port,
        "offset": asked.sessions,
        "keys": list(server.keys),
        "receipts": asked.receipts,
    }


def idle(server: Server, asked: Asked) -> Run:
    seen: dict[str, int] = {}

    def look(word: str, _child: subprocess.Popen) -> None:
        time.sleep(SETTLE_S)
        seen[word] = memory_kib(server.pid)

    plan = Plan(**common(server, asked, "idle"), sockets=asked.sockets)
    figures = load(plan, look)
    figures["kib_per_socket"] = (seen["full"] - seen["warm"]) / asked.sockets
    return Run(server.contestant.name, "idle", asked.sockets, figures, {}, os.getloadavg()[0])


def talk(server: Server, plan: Plan, size: float, servers: Mapping[str, int]) -> Run:
    looks: dict[str, tuple[float, dict[str, float], tuple[int, int]]] = {}
    with databases.cursor(databases.SERVER) as sql:

        def look(word: str, child: subprocess.Popen) -> None:
            pids = {"web": server.pid, "client": child.pid, **servers}
            commits = databases.commits(sql, server.contestant.database)
            looks[word] = (time.monotonic(), {**cpu.seconds(pids), "machine": cpu.machine_s()}, commits)

        figures = load(plan, look)
    began, ended = looks["begin"], looks["end"]
    took = ended[0] - began[0]
    busy = {name: (ended[1][name] - began[1][name]) / took for name in ended[1]}
    busy["others"] = max(0, busy.pop("machine") - sum(busy.values()))
    names = ("commits_per_message", "writing_commits_per_message")
    per_message = [
        (after - before) / max(1, figures["messages"]) for before, after in zip(began[2], ended[2], strict=True)
    ]
    figures |= zip(names, per_message, strict=True)
    return Run(server.contestant.name, plan.kind, size, figures, busy, os.getloadavg()[0])


def load(plan: Plan, look: Callable[[str, subprocess.Popen], None]) -> dict[str, Any]:
    """What the plan's process found; `look` is called for each word it says meanwhile, and it may wait for that."""
    env = {**os.environ, "PYTHONPATH": str(PACKAGES)}
    argv = [sys.executable, "-m", "bench.chat.load"]
    pipe = subprocess.PIPE
    child = subprocess.Popen(argv, cwd=CHECKOUT, env=env, stdin=pipe, stdout=pipe, text=True, bufsize=1)
    try:
        child.stdin.write(json.dumps(asdict(plan)) + "\n")
        for line in child.stdout:
            if line.startswith("{"):
                return json.loads(line)
            look(line.strip(), child)
            child.stdin.write("\n")
    finally:
        child.kill()
        child.wait()
    raise SystemExit(f"The load against {plan.dialect} ended without an answer.")
