"""What people typed is in the statements we send, in clear. PostgreSQL's own log must not have it when one fails."""

import os
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from devstack import postgres
from devstack.children import TAG
from tests.waiting import until

LOG = Path(os.environ.get(TAG, "/none")) / "logs" / "postgres.log"
pytestmark = [pytest.mark.django_db, pytest.mark.skipif(not LOG.exists(), reason="PostgreSQL is not ours")]


@pytest.fixture
def logged() -> Callable[[str], str]:
    """What is logged of an INSERT of that word which breaks a rule, under these settings of the session."""

    def fails(word: str, **settings: str) -> str:
        # Told apart from what others make fail meanwhile.
        rule = f"rule_{uuid4().hex[:12]}"
        with pytest.raises(IntegrityError, match=rule), transaction.atomic(), connection.cursor() as cursor:
            for name, value in settings.items():
                cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
            cursor.execute(f"CREATE TEMPORARY TABLE told (word text, CONSTRAINT {rule} CHECK (false))")
            cursor.execute("INSERT INTO told VALUES (%s)", [word])
        until(lambda: rule in LOG.read_text(errors="replace"), what="the failure in the log")
        return LOG.read_text(errors="replace")

    return fails


def test_a_statement_that_fails_leaves_no_word_there(logged):
    assert "canary-e1d07b52" not in logged("canary-e1d07b52")


@pytest.mark.parametrize(("name", "value"), [("log_min_error_statement", "error"), ("log_error_verbosity", "default")])
def test_control_as_it_comes_it_would(logged, name, value):
    word = f"canary-{uuid4()}"
    assert word in logged(word, **{name: value})


def test_on_a_real_machine_it_is_as_discreet():
    composed = (Path(postgres.__file__).parents[1] / "docker-compose.yml").read_text()
    assert all(f'"{name}={value}"' in composed for name, value in postgres.DISCREET.items())
