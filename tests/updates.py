"""No row is changed on the strength of what it was before a rival changed it.

`filter(<something of a related row>, state="open").update(...)` becomes `WHERE id IN (SELECT id … state = 'open')`.
PostgreSQL waits for a rival's change and then looks again at the conditions of the row itself, but not at those inside
the subquery: both changes happen. Conditions on related rows belong in a subquery of their own:
`filter(owner__in=Owner.objects.filter(...), state="open")`.
"""

import re
from collections.abc import Callable
from typing import Any

from django.db.backends.signals import connection_created

BY_ITS_FORMER_SELF = re.compile(
    r'^(?:UPDATE|DELETE FROM) "(\w+)".* WHERE .*"\1"\."\w+" IN \(SELECT \w\d\."\w+" FROM "\1"', re.DOTALL
)


class StaleUpdate(AssertionError):
    pass


def refuse_stale_updates() -> None:
    """From now on, on every connection of this process."""
    connection_created.connect(_watch, dispatch_uid="stale updates")


def _watch(connection: Any, **_kwargs: Any) -> None:
    if _refuse not in connection.execute_wrappers:
        connection.execute_wrappers.append(_refuse)


def _refuse(execute: Callable, sql: Any, params: Any, many: bool, context: dict) -> Any:
    if isinstance(sql, str) and BY_ITS_FORMER_SELF.match(sql):
        raise StaleUpdate(sql)
    return execute(sql, params, many, context)
