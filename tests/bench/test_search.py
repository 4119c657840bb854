"""The benchmark still runs on today's tables; its figures are looked at elsewhere."""

import json
import subprocess
import sys

from devstack.places import CHECKOUT

COMMAND = ["-m", "devstack", "shell", "--no-stripe", "--", sys.executable, "-m", "bench.search", "60", "--pages", "40"]


def test_the_last_line_is_one_json_object_with_its_figures():
    done = subprocess.run([sys.executable, *COMMAND], cwd=CHECKOUT, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert (figures["bench"], figures["rows"], set(figures["growth"])) == ("search", 60, {"60"})
    assert 0 < figures["sql_p95_ms"] < figures["page_p95_ms"]
    assert 0 < figures["cold_sql_p95_ms"] < figures["cold_page_p95_ms"] and figures["warm_page_p95_ms"] >= 0
    assert figures["queries_equal"] is True
    assert figures["queries_per_page"] > 0 and figures["naive_page_p95_ms"] > 0


def test_a_question_that_costs_more_on_a_larger_shelf_is_named():
    told = "import sys; sys.argv = ['x']; from bench.search.__main__ import differing as d; print(d({}))"
    small, large = {("kind=clinic", 1): 4, ("", 1): 4}, {("kind=clinic", 1): 5, ("", 1): 4}
    done = subprocess.run(
        [sys.executable, "-c", told.format([small, large])], cwd=CHECKOUT, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "['/browse/?kind=clinic page 1: [4, 5]']", done.stderr
