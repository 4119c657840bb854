"""The benchmark still runs on today's tables; its figures are looked at elsewhere."""

import json
import subprocess
import sys

from devstack.places import CHECKOUT

COMMAND = ["-m", "devstack", "shell", "--no-stripe", "--postgres", "track_commit_timestamp=on", "--", sys.executable]
BENCH = ["-m", "bench.meter", "--sessions", "300", "--seconds", "2", "--windows", "1", "--warm-up", "2"]


def test_the_last_line_is_one_json_object_with_its_figures():
    done = subprocess.run([sys.executable, *COMMAND, *BENCH], cwd=CHECKOUT, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert (figures["bench"], figures["sessions"], figures["invariants"]) == ("meter", 300, "ok")
    assert 0 < figures["cutoff_lag_p50_ms"] <= figures["cutoff_lag_max_ms"]
    costs = ("cpu_us_per_session_minute", "session_minutes_per_s", "idle_poll_ms", "wal_bytes_per_unit", "naive_ratio")
    assert all(figures[name] > 0 for name in costs)
