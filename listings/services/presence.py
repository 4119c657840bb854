from collections.abc import Collection

from django.db import connection

from accounts.models import User
from listings.errors import NoProfile, NothingToOffer
from listings.models import Companion, Listing

# Whom somebody else is changing is seen the next time, 15 s later: two who write several could wait for each other.
SEEN = """
UPDATE listings_companion c
   SET seen_at = statement_timestamp()
  FROM (SELECT id FROM listings_companion WHERE user_id = ANY (%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED) AS free
 WHERE c.id = free.id
"""


def set_accepting(*, by: User, on: bool) -> None:
    """Turn the companion's own switch. Raises NoProfile, NothingToOffer (on while nothing of hers can be found)."""
    if on and not Listing.objects.published().filter(companion__user=by).exists():
        raise NothingToOffer
    if not Companion.objects.filter(user=by).update(accepting=on):
        raise NoProfile


def seen(user_ids: Collection[int]) -> int:
    """A socket of each of these users lives now, by the database's clock. Returns of how many companions it was
    written down."""
    with connection.cursor() as cursor:
        cursor.execute(SEEN, [list(user_ids)])
        return cursor.rowcount
