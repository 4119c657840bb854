"""Free times of one page read that page's hours and promises, however many other people have theirs."""

import pytest
from django.db import connection

from listings import services

pytestmark = pytest.mark.django_db

# As many other companions with an evening each, a special day and a promise; without their rows in other tables.
MANY = 20_000
OTHERS = """
SET LOCAL session_replication_role = replica;
INSERT INTO listings_weeklyhours (companion_id, weekday, start_min, length_min)
SELECT n, n %% 7, 1200, 300 FROM generate_series(1000, 1000 + %(many)s) AS n;
INSERT INTO listings_specialday (id, companion_id, day)
SELECT n, n, current_date + n %% 28 FROM generate_series(1000, 1000 + %(many)s) AS n;
INSERT INTO listings_specialhours (special_day_id, start_min, length_min)
SELECT n, 600, 60 FROM generate_series(1000, 1000 + %(many)s) AS n;
INSERT INTO listings_takentime (companion_id, ref, starts_at, ends_at, free_again_at)
SELECT n, gen_random_uuid(), moment, moment + interval '1 hour', moment + interval '70 minutes'
  FROM generate_series(1000, 1000 + %(many)s) AS n, LATERAL (SELECT now() + n %% 28 * interval '1 day') AS at (moment);
SET LOCAL session_replication_role = origin;
ANALYZE listings_weeklyhours, listings_specialday, listings_specialhours, listings_takentime;
"""
READ = "listings_weeklyhours", "listings_specialday", "listings_specialhours", "listings_takentime"


def read_whole(plan: dict) -> set[str]:
    """Tables that a plan reads from end to end."""
    here = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set()
    return here.union(*map(read_whole, plan.get("Plans", ())))


def test_nobody_elses_hours_are_read():
    plans = []

    def explained(execute, sql, params, many, context):
        execute(f"EXPLAIN (FORMAT JSON) {sql}", params, many, context)
        plans.append(context["cursor"].fetchone()[0][0]["Plan"])
        return execute(sql, params, many, context)

    with connection.cursor() as cursor:
        cursor.execute(OTHERS, {"many": MANY})
    with connection.execute_wrapper(explained):
        services.free_windows(range(1000, 1018))
    assert read_whole(plans[0]).isdisjoint(READ)
