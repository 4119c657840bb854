"""Tables as CSV, written while they are read."""

import csv
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse

# So that a spreadsheet reads Chinese, and takes no cell for a formula.
BYTE_ORDER_MARK = "\ufeff"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
BATCH = 500
Cell = object
"""Text is kept from being a formula; what is no `str` (a number, a date) is written as it is."""


class CsvAnswer(StreamingHttpResponse):
    """Its rows come from the database, which is waited for: where the server must not wait, a thread does, so many
    lines at a time."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        lines = iter(self)
        while batch := await sync_to_async(_next_of)(lines):
            yield b"".join(batch)


def _next_of(lines: Iterator[bytes]) -> list[bytes]:
    return list(islice(lines, BATCH))


def csv_answer(name: str, rows: Iterable[Iterable[Cell]]) -> CsvAnswer:
    """A download of that name, its heading among the rows."""
    answer = CsvAnswer(lines_of(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def lines_of(rows: Iterable[Iterable[Cell]]) -> Iterator[str]:
    yield BYTE_ORDER_MARK
    writer = csv.writer(_Line())
    for row in rows:
        yield writer.writerow([_plain(cell) for cell in row])


class Yuan(str):
    """A sum that a spreadsheet may take for a number, though it begins with a minus."""


def _plain(cell: Cell) -> Cell:
    is_text = isinstance(cell, str) and not isinstance(cell, Yuan)
    return f"'{cell}" if is_text and str(cell).startswith(FORMULA) else cell


class _Line:
    """What `csv` writes to: it hands the line back."""

    def write(self, line: str) -> str:
        return line
