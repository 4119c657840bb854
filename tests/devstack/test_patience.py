"""Who waits how long for a lock: the product for seconds, a migration as long as it takes."""

import pytest
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import connection, transaction

from common import patience
from marketplace.settings import PATIENCE, database

pytestmark = pytest.mark.django_db


def limits() -> list[str]:
    with connection.cursor() as cursor:
        answers = []
        for limit in patience.LIMITS:
            cursor.execute(f"SHOW {limit}")
            answers.append(cursor.fetchone()[0])
    return answers


def test_the_product_waits_for_seconds_and_hangs_for_two_minutes():
    assert limits() == ["5s", "2min"]


def test_a_migration_waits_as_long_as_it_takes():
    emit_pre_migrate_signal(0, interactive=False, db="default")
    assert limits() == ["0", "0"]
    emit_post_migrate_signal(0, interactive=False, db="default")
    assert limits() == ["5s", "2min"]


def test_what_the_address_itself_says_wins():
    given = {"NAME": "x", "OPTIONS": {"sslmode": "require", "options": "-c lock_timeout=9s"}}
    options = database(given)["OPTIONS"]
    assert options["sslmode"] == "require"
    assert options["options"].startswith(PATIENCE) and options["options"].endswith("lock_timeout=9s")


@pytest.mark.django_db(transaction=True)
def test_whoever_is_impatient_is_so_until_the_transaction_ends():
    with transaction.atomic():
        patience.be_impatient()
        assert limits()[0] == "500ms"
    assert limits()[0] == "5s"
