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
PACE_WORK = 500_000


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


@dataclass(frozen=True)
class Run:
    """What one process of the load did: `size` is the number of pairs, messages a second or sockets. `pace_ms` is what
    the same small piece of work took just before: a shared machine is not always as fast."""

    contestant: str
    kind: str
    size: float
    round: int
    pace_ms: float
    figures: Mapping[str, Any]
    cpu: Mapping[str, float] = field(default_factory=dict)
    load: float = 0

    @property
    def key(self) -> tuple[str, str, float]:
        return self.contestant, self.kind, self.size


@dataclass(frozen=True)
class Turn:
    """One contestant's part of one stage of a round. `servers`: PostgreSQL's process and Valkey's."""

    contestant: Contestant
    asked: Asked
    round: int
    servers: Mapping[str, int]

    def plan(self, server: Server, kind: str, **more: Any) -> Plan:
        return Plan(
            kind=kind,
            dialect=self.contestant.dialect,
            port=server.port,
            offset=self.asked.sessions,
            keys=list(server.keys),
            receipts=self.asked.receipts,
            **more,
        )

    def run(self, kind: str, size: float, pace: float, figures: Mapping[str, Any], **more: Any) -> Run:
        return Run(self.contestant.name, kind, size, self.round, pace, figures, load=os.getloadavg()[0], **more)


def sitting(turn: Turn) -> Iterator[Run]:
    if turn.asked.sockets:
        with turn.contestant.running() as server:
            yield idle(turn, server)


def answering(turn: Turn) -> Iterator[Run]:
    asked = turn.asked
    for pairs in asked.pairs:
        with turn.contestant.running() as server:
            plan = turn.plan(server, "closed", pairs=pairs, warm_up=asked.warm_up, seconds=asked.seconds)
            yield talk(turn, server, plan, pairs)


def at_rates(turn: Turn) -> Iterator[Run]:
    asked = turn.asked
    for rate in asked.rates:
        with turn.contestant.running() as server:
            what = {"pairs": asked.rate_pairs, "rate": rate, "seconds": asked.seconds, "seed": turn.round}
            yield talk(turn, server, turn.plan(server, "open", **what), rate)


# Each is gone through by all before the next begins, so that who is compared is measured close together. Each run has a
# process of its own: no memory is in use again, and nobody who left is still being told of.
STAGES: Sequence[Callable[[Turn], Iterator[Run]]] = (sitting, answering, at_rates)


def idle(turn: Turn, server: Server) -> Run:
    sockets, pace = turn.asked.sockets, pace_ms()
    seen: dict[str, int] = {}

    def look(word: str, _child: subprocess.Popen) -> None:
        time.sleep(SETTLE_S)
        seen[word] = memory_kib(server.pid)

    figures = load(turn.plan(server, "idle", sockets=sockets), look)
    return turn.run("idle", sockets, pace, figures | {"kib_per_socket": (seen["full"] - seen["warm"]) / sockets})


def talk(turn: Turn, server: Server, plan: Plan, size: float) -> Run:
    pace, looks = pace_ms(), {}
    with databases.cursor(databases.SERVER) as sql:

        def look(word: str, child: subprocess.Popen) -> None:
            pids = {"web": server.pid, "client": child.pid, **turn.servers}
            looks[word] = Look(
                time.monotonic(), cpu.seconds(pids), cpu.machine_s(), databases.commits(sql, turn.contestant.database)
            )

        figures = load(plan, look)
    began, ended = looks["begin"], looks["end"]
    figures |= per_message(began, ended, figures["messages"] or 1)
    return turn.run(plan.kind, size, pace, figures, cpu=busy(began, ended))


@dataclass(frozen=True)
class Look:
    """At one moment: seconds of CPU so far by process and of the whole machine; commits, and those that wrote."""

    at: float
    cpu: Mapping[str, float]
    machine: float
    commits: tuple[int, int]


def busy(began: Look, ended: Look) -> dict[str, float]:
    """How much of a core each took."""
    took = ended.at - began.at
    by_name = {name: (after - began.cpu[name]) / took for name, after in ended.cpu.items()}
    return by_name | {"others": max(0, (ended.machine - began.machine) / took - sum(by_name.values()))}


def per_message(began: Look, ended: Look, messages: int) -> dict[str, float]:
    made, wrote = (after - before for before, after in zip(began.commits, ended.commits, strict=True))
    spent_us = {f"{name}_us_per_message": (ended.cpu[name] - began.cpu[name]) * 1e6 / messages for name in ended.cpu}
    return {"commits_per_message": made / messages, "writing_commits_per_message": wrote / messages, **spent_us}


def pace_ms() -> float:
    """CPU time: what others take of the cores is told elsewhere."""
    began = time.process_time()
    sum(number * number for number in range(PACE_WORK))
    return (time.process_time() - began) * 1000


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
