"""One price in three places: Python, the database and the page's script say the same of every booking."""

import json
import random
import shutil
import subprocess
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import connection

from bookings.services.price import cost_of, counted_min

MINUTE_MS = 60_000
SCRIPT = """
import { costOf, countedMin } from "%s/static/js/chat/bill.js";
const cases = JSON.parse(await new Promise((done) => {
  let text = "";
  process.stdin.on("data", (part) => (text += part)).on("end", () => done(text));
}));
console.log(JSON.stringify(cases.map((one) => {
  const minutes = countedMin(one, one.served_ms);
  return [minutes, costOf(one, minutes), costOf(one, 0)];
})));
"""


def cases(number: int = 2000) -> list[dict]:
    """Bookings by the hour and by the visit, with odd prices, at and around the borders of minutes and half hours."""
    choose = random.Random(7)
    return [_case(choose, unit) for unit in ("hour", "visit") for _ in range(number // 2)]


def _case(choose: random.Random, unit: str) -> dict:
    granted = choose.randrange(1, 900) * MINUTE_MS
    border = choose.randrange(0, granted // MINUTE_MS + 1) * MINUTE_MS
    served = min(granted, max(0, border + choose.choice([-1, 0, 1, choose.randrange(MINUTE_MS)])))
    visit = {"included_min": choose.choice([60, 120, 240]), "overtime_fen": choose.randrange(0, 9999)}
    more = visit if unit == "visit" else {"included_min": 0, "overtime_fen": 0}
    price = choose.randrange(1, 60_000)
    return {"price_unit": unit, "price_fen": price, "granted_ms": granted, "served_ms": served, **more}


def in_python(one: dict) -> list[int]:
    terms = SimpleNamespace(**one)
    minutes = counted_min(terms, served_ms=one["served_ms"], granted_ms=one["granted_ms"])
    return [minutes, cost_of(terms, minutes), cost_of(terms, 0)]


def in_sql(all_cases: list[dict]) -> list[list[int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT minutes, bookings_cost(price_unit, price_fen, included_min, overtime_fen, minutes),
                   bookings_cost(price_unit, price_fen, included_min, overtime_fen, 0)
              FROM ROWS FROM (jsonb_to_recordset(%s) AS (price_unit text, price_fen bigint, granted_ms bigint,
                   served_ms bigint, included_min integer, overtime_fen bigint)) WITH ORDINALITY
                   AS one (price_unit, price_fen, granted_ms, served_ms, included_min, overtime_fen, place),
           LATERAL bookings_counted_min(price_unit, served_ms, granted_ms) minutes
             ORDER BY place
            """,
            [json.dumps(all_cases)],
        )
        return [list(row) for row in cursor.fetchall()]


@pytest.mark.django_db
def test_the_database_says_what_python_says():
    assert in_sql(cases()) == [in_python(one) for one in cases()]


@pytest.mark.skipif(
    not shutil.which("node"), reason="the stories in a browser compare the script where there is no node"
)
def test_the_script_says_what_python_says():
    script = SCRIPT % settings.BASE_DIR
    node = [shutil.which("node"), "--input-type=module", "-e", script]
    said = subprocess.run(node, input=json.dumps(cases()), capture_output=True, text=True, check=True)
    assert json.loads(said.stdout) == [in_python(one) for one in cases()]
