"""What the look costs: one statement, from each open talk to the end of its messages, and one word to Redis."""

import json

import pytest
from django.db import connection

from common import presence
from notices import services
from notices.models import Notice
from notices.services.writing import GRACE_MS, LINES, UNREAD
from tests.notices.talking import reads, says
from tests.orders import past_the_triggers

pytestmark = pytest.mark.django_db
TALKS, MESSAGES = 2000, 40
# Copies of one talk, all closed, with copies of its messages.
CROWD = """
INSERT INTO chat_conversation (id, client_id, companion_id, booking_id, last_seq, client_recv, client_read,
                               companion_recv, companion_read, gate)
SELECT 1000000 + n, 1000000 + n, c.companion_id, c.booking_id, %(messages)s, 0, 0, 0, 0, false
  FROM chat_conversation AS c, generate_series(1, %(talks)s) AS n WHERE c.id = %(talk)s;
INSERT INTO chat_message (conversation_id, seq, sender_id, cmid, kind, body, sealed, booking_id, at_ms)
SELECT 1000000 + n, seq, 1000000 + n, gen_random_uuid(), 'text', '', 'x', c.booking_id, 1
  FROM chat_conversation AS c, generate_series(1, %(talks)s) AS n, generate_series(1, %(messages)s) AS seq
 WHERE c.id = %(talk)s;
ANALYZE chat_conversation, chat_message, notices_notice, accounts_user, accounts_block
"""


def nodes(plan: dict) -> list[dict]:
    return [plan, *(node for part in plan.get("Plans", []) for node in nodes(part))]


@pytest.fixture
def crowd(talk) -> None:
    with past_the_triggers(), connection.cursor() as cursor:
        cursor.execute(CROWD, {"talks": TALKS, "messages": MESSAGES, "talk": talk.pk})


def plan_of(sql: str) -> list[dict]:
    asked = {"now_ms": None, "lines": LINES, "grace_ms": GRACE_MS}
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", asked)
        found = cursor.fetchone()[0]
    return nodes((json.loads(found) if isinstance(found, str) else found)[0]["Plan"])


def test_only_the_ends_of_open_talks_are_looked_at(talk, client_user, crowd):
    says(talk, client_user)
    plan = plan_of(UNREAD)
    [messages] = [node for node in plan if node.get("Relation Name") == "chat_message"]
    assert messages["Node Type"] in ("Index Scan", "Index Scan Backward")
    assert "conversation_id" in messages["Index Cond"] and "seq" in messages["Index Cond"]
    # No more than the lines at the end, of each side that has something unread.
    assert messages["Actual Loops"] <= 2
    assert "conversation_open" in {node.get("Index Name") for node in plan}
    # Neither are all notices and blocks gone through, of which there will be many.
    asked = {"SubPlan 1", "SubPlan 2"}
    assert {node["Subplan Name"] for node in plan if "Subplan Name" in node} == asked


def test_control_asked_for_all_that_is_unread_it_would_go_through_every_message(talk, client_user, crowd):
    plan = plan_of(
        "SELECT conversation_id, count(*) FROM chat_message JOIN chat_conversation c ON c.id = conversation_id"
        " WHERE seq > c.companion_read AND sender_id = c.client_id GROUP BY 1"
    )
    assert [node for node in plan if node["Node Type"].endswith("Seq Scan") and node["Relation Name"] == "chat_message"]


def test_of_what_was_left_unread_long_ago_no_more_is_read_than_the_end(talk, client_user):
    """Once he was told of it; what he wrote to her himself since then is not gone through."""
    says(talk, client_user)
    for _ in range(LINES):
        says(talk, talk.companion_id)
    reads(talk, client_user)
    assert services.write_notices() == 0
    says(talk, client_user)
    assert services.write_notices() == 1
    assert Notice.objects.get().seq == talk.last_seq


def test_a_look_at_people_who_are_here_is_one_statement_and_one_word(
    talk, companion, client_user, django_assert_num_queries, monkeypatch
):
    says(talk, client_user)
    words: list[list[int]] = []

    def connected(users, *, now_ms):
        words.append(list(users))
        return set(users)

    monkeypatch.setattr(presence, "connected", connected)
    with django_assert_num_queries(1):
        services.write_notices()
    assert words == [[companion.pk]]


def test_a_look_at_nothing_asks_nobody(talk, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(presence, "connected", lambda *_a, **_o: pytest.fail("Redis was asked"))
    with django_assert_num_queries(1):
        services.write_notices()
