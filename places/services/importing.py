"""The one way in for hospitals: a file of them, taken as a whole or not at all."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from places.errors import BadFile
from places.models import Hospital
from places.services.looking import stated
from places.services.reading import COLUMNS, Row, read

KEY = ("city", "name")
TOLD = [name for name in COLUMNS if name not in KEY]
# One file at a time: whether a name is free can only be told while nobody else takes it.
LOCK = "LOCK TABLE places_hospital IN SHARE ROW EXCLUSIVE MODE"


@dataclass(frozen=True, slots=True)
class Imported:
    """How many hospitals came in, were changed, and were in the table as the file has them."""

    created: int
    changed: int
    unchanged: int


@transaction.atomic
def import_hospitals(content: bytes) -> Imported:
    """Take in a CSV file; `reading.COLUMNS` says what is in it. A hospital that is in the table, by its city and its
    name, becomes what the file says of it; those that are not in the file stay.

    Raises BadFile with every line that does not do; nothing has changed then.
    """
    rows = read(content)
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
    known = {_key(hospital): hospital for hospital in Hospital.objects.all()}
    if wrong := [*_doubles(rows), *_shared(rows, known.values())]:
        raise BadFile(wrong)
    new = [row.hospital for row in rows if _key(row.hospital) not in known]
    changed = [row.hospital for row in rows if _key(row.hospital) in known and _differs(row.hospital, known)]
    Hospital.objects.bulk_create([*changed, *new], update_conflicts=True, unique_fields=KEY, update_fields=TOLD)
    return Imported(len(new), len(changed), len(rows) - len(new) - len(changed))


def _key(hospital: Hospital) -> tuple[str, str]:
    return hospital.city, hospital.name


def _differs(hospital: Hospital, known: dict[tuple[str, str], Hospital]) -> bool:
    old = known[_key(hospital)]
    return any(getattr(old, name) != getattr(hospital, name) for name in TOLD)


def _doubles(rows: Iterable[Row]) -> Iterator[tuple[int, str]]:
    first: dict[tuple[str, str], int] = {}
    for row in rows:
        before = first.setdefault(_key(row.hospital), row.line)
        if before != row.line:
            yield row.line, f"{row.hospital.name} is on line {before} already"


def _shared(rows: Iterable[Row], known: Iterable[Hospital]) -> Iterator[tuple[int, str]]:
    """Names that would mean two hospitals of one city."""
    told = {_key(row.hospital) for row in rows}
    owners = {
        (hospital.city, name): hospital for hospital in known if _key(hospital) not in told for name in stated(hospital)
    }
    for row in rows:
        for name in stated(row.hospital):
            owner = owners.setdefault((row.hospital.city, name), row.hospital)
            if _key(owner) != _key(row.hospital):
                yield row.line, f"{name} is a name of {owner.name} already"
