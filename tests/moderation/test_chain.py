"""The audit trail proves itself: whoever changes it behind the triggers' back is found."""

import re
import threading
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from listings.models import Favourite, Listing
from moderation import services
from moderation.errors import TrailBroken
from moderation.models import AuditEvent
from moderation.services import Head
from tests.functions import without
from tests.rivals import rival, somebody_waits
from tests.threads import at_once, failures
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)

NOTHING = "0" * 64
SEAL_AT_ONCE = "PERFORM moderation_seal_audit(NEW.id)"
LOCK = "PERFORM pg_advisory_xact_lock(hashtext('moderation_auditevent'))"


@pytest.fixture
def note(listing, moderator):
    """Writes one row, in a transaction of its own."""
    return lambda reason="看过": services.record(actor=moderator, action="listing.seen", target=listing, reason=reason)


@pytest.fixture
def trail(note) -> list[AuditEvent]:
    """Four rows, as they stand in the database."""
    before = set(AuditEvent.objects.values_list("pk", flat=True))
    for reason in "一二三四":
        note(reason)
    return list(AuditEvent.objects.exclude(pk__in=before).order_by("number"))


def behind_its_back(statement: str, *values: object) -> None:
    """What somebody with the database's own password can do."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)


def test_each_row_carries_the_hash_of_the_one_before(trail):
    assert [event.number for event in trail] == list(range(trail[0].number, trail[0].number + 4))
    assert [after.prev_hash for after in trail[1:]] == [event.hash for event in trail[:-1]]
    assert services.verify() == Head(trail[-1].number, trail[-1].hash)


def test_the_first_follows_nothing(listing, moderator):
    empty = services.verify()
    assert empty == Head(0, NOTHING)
    assert services.verify(passes=empty) == empty
    services.record(actor=moderator, action="listing.seen", target=listing)
    assert services.verify(passes=empty).number == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE moderation_auditevent SET reason = '没有的事' WHERE number = %s",
        "UPDATE moderation_auditevent SET at = at + interval '1 microsecond' WHERE number = %s",
        "UPDATE moderation_auditevent SET actor_id = NULL WHERE number = %s",
        "UPDATE moderation_auditevent SET action = 'case.approved' WHERE number = %s",
        "UPDATE moderation_auditevent SET target_id = target_id || '0' WHERE number = %s",
        "UPDATE moderation_auditevent SET target_type_id = (SELECT max(id) FROM django_content_type) WHERE number = %s",
        """UPDATE moderation_auditevent SET "before" = '{"price_fen": 1}' WHERE number = %s""",
        """UPDATE moderation_auditevent SET "after" = '{"price_fen": 1}' WHERE number = %s""",
        "UPDATE moderation_auditevent SET hash = reverse(hash) WHERE number = %s",
        "UPDATE moderation_auditevent SET prev_hash = reverse(prev_hash) WHERE number = %s",
        "UPDATE moderation_auditevent SET id = id + 1000 WHERE number = %s",
    ],
)
def test_a_row_that_was_changed_is_named(trail, statement):
    behind_its_back(statement, trail[1].number)
    with pytest.raises(TrailBroken, match=rf"^Row {trail[1].number} \(id \d+\) is not as it was written"):
        services.verify()


def test_one_that_was_taken_out_is_named(trail):
    behind_its_back("DELETE FROM moderation_auditevent WHERE number = %s", trail[1].number)
    with pytest.raises(TrailBroken, match=f"^Row {trail[1].number} is missing"):
        services.verify()


def test_who_closes_the_gap_is_found_at_the_next(trail):
    behind_its_back("DELETE FROM moderation_auditevent WHERE number = %s", trail[1].number)
    behind_its_back("UPDATE moderation_auditevent SET number = number - 1 WHERE number > %s", trail[1].number)
    with pytest.raises(TrailBroken, match=f"^Row {trail[1].number} .*not the one that was here"):
        services.verify()


def test_two_that_changed_places_are_found(trail):
    swap = "UPDATE moderation_auditevent SET number = %s WHERE id = %s"
    behind_its_back(swap, 10**6, trail[1].pk)
    behind_its_back(swap, trail[1].number, trail[2].pk)
    behind_its_back(swap, trail[2].number, trail[1].pk)
    with pytest.raises(TrailBroken, match=f"^Row {trail[1].number} "):
        services.verify()


def test_one_put_in_behind_the_triggers_back_is_not_sealed(trail, note):
    behind_its_back(
        "INSERT INTO moderation_auditevent (action, target_type_id, target_id, before, after, reason)"
        " SELECT 'case.approved', target_type_id, target_id, before, after, '' FROM moderation_auditevent LIMIT 1"
    )
    with pytest.raises(TrailBroken, match="never sealed"):
        services.verify()


REWRITTEN = """
DO $$
DECLARE old record;
BEGIN
    UPDATE moderation_auditevent SET reason = '没有的事' WHERE number = {number};
    CREATE TEMP TABLE others ON COMMIT DROP AS SELECT id FROM moderation_auditevent WHERE number >= {number};
    UPDATE moderation_auditevent SET number = NULL, prev_hash = NULL, hash = NULL WHERE number >= {number};
    FOR old IN SELECT id FROM others ORDER BY id LOOP PERFORM moderation_seal_audit(old.id); END LOOP;
END $$
"""


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("DELETE FROM moderation_auditevent WHERE number > {number}", id="the end was cut off"),
        pytest.param(REWRITTEN, id="all that follows was sealed anew"),
    ],
)
def test_what_is_whole_in_itself_no_longer_passes_an_end_that_was_noted(trail, note, statement):
    noted = services.verify()
    behind_its_back(statement.format(number=trail[1].number))
    # The control: by itself it looks well.
    assert services.verify() != noted
    with pytest.raises(TrailBroken, match=f"^It does not pass {noted}"):
        services.verify(passes=noted)


def test_an_end_that_was_noted_is_passed_by_what_came_later(trail, note):
    noted = services.verify()
    note()
    assert services.verify(passes=noted).number == noted.number + 1


def test_the_seal_is_given_once(trail):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AuditEvent.objects.filter(pk=trail[3].pk).update(number=99)


def test_nothing_else_comes_along_with_the_seal(note):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        note()
        AuditEvent.objects.filter(number=None).update(number=1, prev_hash=NOTHING, hash=NOTHING, reason="别的")


class TestSeveralAtOnce:
    def test_are_one_chain(self, note):
        already = services.verify().number
        assert not failures(at_once(*[note] * 12))
        assert services.verify().number == already + 12

    def test_who_commits_first_is_first_and_waits_for_nobody_who_only_wrote(self, note):
        with rival(lambda: note("先写")) as meanwhile:
            meanwhile(lambda: note("先提交"))()
        said = AuditEvent.objects.order_by("-number").values_list("reason", flat=True)
        assert list(said[:2]) == ["先写", "先提交"]

    def test_who_commits_in_the_same_moment_waits_for_the_end_of_the_chain(self, note):
        with rival(lambda: commits(note)) as meanwhile:
            second = meanwhile(note)
        second()
        services.verify()

    def test_without_the_lock_both_would_be_the_same_number(self, note):
        with without("moderation/audit", LOCK, "PERFORM 1"), rival(lambda: commits(note)) as meanwhile:
            second = meanwhile(note)
        with pytest.raises(IntegrityError, match="number|audit_followed_once"):
            second()


class TestWhoLocksWhatAnotherPointsAt:
    """At its commit a transaction looks at its foreign keys, and waits for whoever has locked the rows behind them."""

    @pytest.fixture
    def meet(self, note, listing, client_user) -> Callable[[], list]:
        """One writes a row of the trail and then points at the listing; meanwhile another locks the listing, and writes
        one too. Both commit."""
        locked, pointed = threading.Event(), threading.Event()

        @transaction.atomic
        def points() -> None:
            note()
            Favourite.objects.create(user=client_user, listing=listing)
            pointed.set()
            locked.wait(10)

        @transaction.atomic
        def locks() -> None:
            pointed.wait(10)
            Listing.objects.select_for_update().get(pk=listing.pk)
            locked.set()
            note()
            until(somebody_waits, what="the first to wait for the row")

        return lambda: failures(at_once(points, locks))

    def test_both_are_sealed(self, meet):
        assert meet() == []
        services.verify()

    def test_sealed_as_soon_as_it_comes_to_its_row_one_would_have_been_given_up(self, meet):
        with without("moderation/audit", "INSERT INTO moderation_unsealed VALUES (NEW.id)", SEAL_AT_ONCE):
            [failed] = meet()
        assert "deadlock" in str(failed)


def commits(note) -> None:
    """As far as a commit goes before it is one."""
    note()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_command_says_where_it_ends_and_takes_that_as_a_proof(trail, note):
    said = StringIO()
    call_command("audit_verify", stdout=said)
    [end] = re.findall(r"^\d+:[0-9a-f]{64}$", said.getvalue(), re.MULTILINE)
    note()
    call_command("audit_verify", f"--passes={end}", stdout=said)
    behind_its_back("DELETE FROM moderation_auditevent WHERE number >= %s", trail[3].number)
    with pytest.raises(CommandError, match="does not pass"):
        call_command("audit_verify", f"--passes={end}")


def test_the_command_names_the_first_that_is_broken(trail):
    behind_its_back("UPDATE moderation_auditevent SET reason = '' WHERE number >= %s", trail[2].number)
    with pytest.raises(CommandError, match=f"^Row {trail[2].number} "):
        call_command("audit_verify")


@pytest.mark.parametrize("end", ["7", "x:y", f"7:{NOTHING[:-1]}"])
def test_what_is_no_end_is_refused(end):
    with pytest.raises(CommandError, match="NUMBER:HASH"):
        call_command("audit_verify", f"--passes={end}")
