"""CPU time as the kernel counts it: of a process, of all below it, and of those below it that have ended."""

import os
from collections.abc import Mapping
from pathlib import Path

import redis
from django.conf import settings
from django.db import connection

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def seconds(pids: Mapping[str, int]) -> dict[str, float]:
    """User and system time so far of each named process with all its descendants."""
    stats = {pid: stat for pid in _pids() if (stat := _stat(pid))}
    return {name: sum(_spent(stats[pid]) for pid in _tree(root, stats)) for name, root in pids.items()}


def machine_s() -> float:
    """What all processes together have used so far, on all cores, and what others took of this machine's."""
    user, nice, system, _idle, _waiting, *rest = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + sum(rest)) * TICK_S


def servers() -> dict[str, int]:
    """PostgreSQL's first process and Valkey's, which must run on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = _stat(cursor.fetchone()[0])
    if not backend:
        raise SystemExit("PostgreSQL runs elsewhere: its CPU time cannot be read.")
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        return {"postgres": _parent(backend), "valkey": client.info("server")["process_id"]}


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name, which may hold spaces; nothing of a process that has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _parent(stat: list[str]) -> int:
    return int(stat[1])


def _spent(stat: list[str]) -> float:
    """utime, stime, and the same of children that have ended."""
    return sum(map(int, stat[11:15])) * TICK_S


def _tree(root: int, stats: Mapping[int, list[str]]) -> set[int]:
    found, edge = {root}, {root}
    while edge:
        edge = {pid for pid, stat in stats.items() if _parent(stat) in edge} - found
        found |= edge
    return found & stats.keys()
