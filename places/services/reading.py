"""Reading a file of hospitals, line by line: what is in it, and all that is wrong with it."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from django.core.exceptions import ValidationError

from places.departments import SETS, Department
from places.errors import BadFile
from places.models import Hospital
from places.names import plain_city

# Every column with what it holds, as `import_hospitals --help` tells it.
COLUMNS = {
    "city": "without 市",
    "name": "the official name; with the city it says which hospital it is",
    "aliases": "other names people type, divided by blanks; may be empty",
    "district": "as it is officially called, with 区 or 县",
    "level": "三级甲等, 三级乙等, 三级, 二级甲等, 二级, or empty",
    "address": "road and number; empty where it is not known for certain",
    "departments": "keys, or names of sets of them, divided by blanks; one with - in front is left out again",
}
BETWEEN = re.compile(r"[\s;；,，、|]+")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row:
    """`line` is where it begins in the file, the first being 1."""

    line: int
    hospital: Hospital


def read(content: bytes) -> list[Row]:
    """The hospitals of a CSV file in UTF-8, with or without a byte order mark. None of them is in the database yet.

    Raises BadFile with every line that does not do.
    """
    lines = _cells(_decoded(content))
    number, head = next(lines, (1, []))
    if sorted(head) != sorted(COLUMNS):
        raise BadFile([(number, f"the first line has to name the columns {', '.join(COLUMNS)}")])
    rows, wrong = [], []
    for number, cells in lines:
        try:
            rows.append(Row(number, _hospital(head, cells)))
        except ValidationError as error:
            wrong.append((number, _told(error)))
    if wrong:
        raise BadFile(wrong)
    return rows


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile([(_line_at(content, error.start), "this is not UTF-8")]) from error
    if (at := content.find(b"\0")) >= 0:
        raise BadFile([(_line_at(content, at), "there is a NUL character in it")])
    return text


def _line_at(content: bytes, place: int) -> int:
    return content.count(b"\n", 0, place) + 1


def _cells(text: str) -> Iterator[tuple[int, list[str]]]:
    """(line, cells without needless blanks) of each row that is not empty."""
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    begins = 1
    try:
        for cells in reader:
            tidy = [" ".join(cell.split()) for cell in cells]
            if any(tidy):
                yield begins, tidy
            begins = reader.line_num + 1
    except csv.Error as error:
        raise BadFile([(begins, str(error))]) from error


def _hospital(head: list[str], cells: list[str]) -> Hospital:
    if len(cells) != len(head):
        raise ValidationError(f"{len(head)} columns are expected, here are {len(cells)}")
    said = dict(zip(head, cells, strict=True))
    hospital = Hospital(
        **{name: said[name] for name in ("name", "district", "level", "address")},
        city=plain_city(said["city"]),
        aliases=_list(said["aliases"]),
        departments=_departments(said["departments"]),
    )
    hospital.full_clean(validate_unique=False, validate_constraints=False)
    return hospital


def _list(words: str) -> list[str]:
    return list(dict.fromkeys(word for word in BETWEEN.split(words) if word))


def _departments(words: str) -> list[str]:
    """The keys that are meant, in the order of the vocabulary."""
    meant: set[str] = set()
    for word in _list(words):
        name = word.removeprefix("-")
        keys = set(SETS.get(name, [name]))
        if unknown := keys - set(Department.values):
            raise ValidationError({"departments": f"there is no department or set “{min(unknown)}”"})
        meant = meant - keys if word.startswith("-") else meant | keys
    return [key for key in Department.values if key in meant]


def _told(error: ValidationError) -> str:
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return "; ".join(f"{name}: {' '.join(messages)}" for name, messages in error.message_dict.items())
