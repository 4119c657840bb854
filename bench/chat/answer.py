"""What the runs come to: lines and a table for people, one JSON object for programs."""

import os
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench.chat.measure import Asked, Run

OURS, TUTORIAL = "ours", "tutorial_pubsub"
PEERS = ("tutorial_pubsub", "tutorial_core", "node_ws", "socketio")
NODES = ("node_ws", "socketio")
# Whose CPU time is shown; "others" is what the machine did beside it.
PARTS = ("web", "client", "postgres", "valkey", "others")
WIDTHS = (12, 9, 8, 9, 9, 8, 6, 8, 10, 8, 8)
COUNTS = ("lost", "doubled", "reordered")


def headline(run: Run) -> str:
    return HEADLINES[run.kind](run)


def _talk(run: Run, what: str) -> str:
    figures = run.figures
    busy = ", ".join(f"{name} {share:.0%}" for name, share in run.cpu.items())
    return (
        f"{run.contestant:<16} {run.size:g} {what}: {figures['per_s']:.0f} messages/s, p50 {figures['p50_ms']:.1f} ms, "
        f"p99 {figures['p99_ms']:.1f} ms; {busy}; load {run.load:.2f}, pace {run.pace_ms:.0f} ms"
    )


HEADLINES: dict[str, Callable[[Run], str]] = {
    "closed": lambda run: _talk(run, "pairs"),
    "open": lambda run: _talk(run, "messages/s asked"),
    "idle": lambda run: f"{run.contestant:<16} {run.size:g} idle sockets: {run.figures['kib_per_socket']:.1f} KiB each",
}


def troubles(run: Run) -> str:
    """What went wrong, if anything did."""
    found = {name: run.figures[name] for name in COUNTS if run.figures.get(name)} | run.figures["wrong"]
    return f" !! {found}" if found else ""


def table(runs: Sequence[Run]) -> None:
    """Medians; of the messages a second also the extremes; CPU of the web a message; how much of a core each took."""
    heads = ("messages/s", "(from", "to)", "p50 ms", "p99 ms", "web µs", *PARTS)
    print(f"\n{'':<34}" + "".join(f"{head:>{width}}" for head, width in zip(heads, WIDTHS, strict=True)))
    for (contestant, kind, size), of in _grouped(runs).items():
        print(f"{contestant:<18}{f'{size:g} {UNITS[kind]}':>16}{ROWS[kind](of)}")
    print()


def _talk_row(of: Sequence[Run]) -> str:
    speeds = (_middle(of, "per_s"), *_spread(of, "per_s"))
    cells = [f"{each:.0f}" for each in speeds] + [f"{_middle(of, each):.1f}" for each in ("p50_ms", "p99_ms")]
    cells.append(f"{_middle(of, 'web_us_per_message'):.0f}")
    cells += [f"{statistics.median(run.cpu[part] for run in of):.0%}" for part in PARTS]
    return "".join(f"{cell:>{width}}" for cell, width in zip(cells, WIDTHS, strict=True))


def _idle_row(of: Sequence[Run]) -> str:
    return f"{_middle(of, 'kib_per_socket'):>12.1f} KiB each"


UNITS = {"closed": "pairs", "open": "/s asked", "idle": "idle sockets"}
ROWS: dict[str, Callable[[Sequence[Run]], str]] = {"closed": _talk_row, "open": _talk_row, "idle": _idle_row}


def answer(runs: Sequence[Run], asked: Asked) -> dict[str, Any]:
    """Medians over the rounds; an object has a figure for each number of pairs, or messages a second."""
    by, ours = _grouped(runs), [run for run in runs if run.contestant == OURS]
    peers = {name: _by_size(by, name, "closed", "per_s") for name in PEERS}
    return {
        "bench": "chat",
        "pairs": list(asked.pairs),
        "ours_msgs_per_s": _by_size(by, OURS, "closed", "per_s"),
        **{f"{name}_msgs_per_s": figures for name, figures in peers.items()},
        "ours_p50_ms": _by_size(by, OURS, "closed", "p50_ms"),
        "ours_p99_ms": _by_size(by, OURS, "closed", "p99_ms"),
        "tutorial_p99_ms": _by_size(by, TUTORIAL, "closed", "p99_ms"),
        "idle_kib_per_socket": _by_size(by, OURS, "idle", "kib_per_socket").get(f"{asked.sockets}"),
        "commits_per_message": _by_size(by, OURS, "closed", "commits_per_message", 3),
        **_counts(ours),
        "ratios": _ratios(runs),
        "writing_commits_per_message": _by_size(by, OURS, "closed", "writing_commits_per_message", 3),
        "by_contestant": {name: _of(by, name) for name in dict.fromkeys(run.contestant for run in runs)},
        "wrong": {
            name: found for name in dict.fromkeys(run.contestant for run in runs) if (found := _wrong(runs, name))
        },
        "receipts": _receipts(ours) if asked.receipts else None,
        "valid": not any(_counts(ours).values()) and not _wrong(runs, OURS),
        "rounds": len(_rounds(runs)),
        "seconds": asked.seconds,
        "load_client": next((run.figures["loop"] for run in runs), None),
        "pace_ms": _three([run.pace_ms for run in runs]),
        "load": round(os.getloadavg()[0], 2),
        "load_max": round(max(run.load for run in runs), 2),
    }


Grouped = Mapping[tuple[str, str, float], Sequence[Run]]


def _of(by: Grouped, name: str) -> dict[str, Any]:
    """All of one contestant, each as [median, smallest, largest]."""
    wanted = {
        "closed": ("per_s", "p50_ms", "p99_ms", "web_us_per_message", "postgres_us_per_message"),
        "open": ("p50_ms", "p99_ms", "per_s"),
        "idle": ("kib_per_socket",),
    }
    found: dict[str, Any] = {kind: {} for kind in wanted}
    for (contestant, kind, size), of in by.items():
        if contestant == name:
            figures = {each: [_middle(of, each), *_spread(of, each)] for each in wanted[kind]}
            busy = {part: round(statistics.median(run.cpu[part] for run in of), 2) for part in of[0].cpu}
            found[kind][f"{size:g}"] = figures | ({"cpu": busy} if busy else {})
    return found | _counts([run for of in by.values() for run in of if run.contestant == name])


def _ratios(runs: Sequence[Run]) -> dict[str, dict[str, list[float]]]:
    """By pairs, [median, smallest, largest] of the rounds, within each of which all were measured close together: how
    many times a peer's messages a second ours are, and the better Node one's; how many times our p99 the tutorial's."""
    return {
        **{f"to_{name}": _ratio(runs, "per_s", [OURS], [name]) for name in PEERS},
        "to_better_node": _ratio(runs, "per_s", [OURS], NODES),
        "tutorial_p99_to_ours": _ratio(runs, "p99_ms", [TUTORIAL], [OURS]),
    }


def _ratio(runs: Sequence[Run], figure: str, over: Sequence[str], under: Sequence[str]) -> dict[str, list[float]]:
    """The largest of some to the largest of others."""
    by_round: dict[tuple[float, int], list[Run]] = defaultdict(list)
    for run in runs:
        if run.kind == "closed":
            by_round[run.size, run.round].append(run)
    found: dict[str, list[float]] = defaultdict(list)
    for (pairs, _), of in by_round.items():
        top, low = (
            max((run.figures[figure] for run in of if run.contestant in some), default=0) for some in (over, under)
        )
        if top and low:
            found[f"{pairs:g}"].append(top / low)
    return {pairs: _three(ratios) for pairs, ratios in found.items()}


def _rounds(runs: Sequence[Run]) -> list[int]:
    return sorted({run.round for run in runs})


def _three(values: Sequence[float]) -> list[float]:
    return [round(each, 2) for each in (statistics.median(values), min(values), max(values))]


def _grouped(runs: Sequence[Run]) -> Grouped:
    found = defaultdict(list)
    for run in runs:
        found[run.key].append(run)
    return found


def _by_size(by: Grouped, name: str, kind: str, figure: str, digits: int = 1) -> dict[str, float]:
    wanted = {size: of for (contestant, of_kind, size), of in by.items() if (contestant, of_kind) == (name, kind)}
    return {f"{size:g}": _middle(of, figure, digits) for size, of in wanted.items()}


def _counts(runs: Sequence[Run]) -> dict[str, int]:
    return {name: sum(run.figures.get(name, 0) for run in runs) for name in COUNTS}


def _wrong(runs: Sequence[Run], name: str) -> dict[str, int]:
    return dict(sum((Counter(run.figures["wrong"]) for run in runs if run.contestant == name), Counter()))


def _receipts(runs: Sequence[Run]) -> dict[str, int]:
    names = ("receipts_sent", "receipts_heard", "receipts_unknown")
    return {name.removeprefix("receipts_"): sum(run.figures.get(name, 0) for run in runs) for name in names}


def _middle(of: Sequence[Run], figure: str, digits: int = 1) -> float:
    return round(statistics.median(run.figures[figure] for run in of), digits)


def _spread(of: Sequence[Run], figure: str) -> list[float]:
    values = [run.figures[figure] for run in of]
    return [round(min(values), 1), round(max(values), 1)]
