"""The way back from what the database has learned, and forth again, with rows in it."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from moderation import services
from moderation.models import AuditEvent

pytestmark = pytest.mark.django_db


def migrate(name: str) -> str:
    """Returns the newest there is."""
    # All in one transaction here: constraints that are still to be looked at would be in the way.
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    executor = MigrationExecutor(connection)
    executor.migrate([("moderation", name)])
    return max(name for app, name in executor.loader.graph.leaf_nodes("moderation"))


def test_rows_of_before_the_chain_are_sealed_in_their_order(listing, moderator):
    for reason in "一二三":
        services.record(actor=moderator, action="listing.seen", target=listing, reason=reason)
    latest = migrate("0008_at_once_with_reason")
    migrate(latest)
    sealed = services.verify()
    assert list(AuditEvent.objects.order_by("number").values_list("reason", flat=True)[sealed.number - 3 :]) == [
        *"一二三"
    ]
