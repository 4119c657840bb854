"""Tables as CSV, written while they are read."""

import csv
from collections.abc import Iterable, Iterator

from django.http import StreamingHttpResponse

# So that a spreadsheet reads Chinese, and takes no cell for a formula.
BYTE_ORDER_MARK = "\ufeff"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
Cell = object
"""Text is kept from being a formula; what is no `str` (a number, a date) is written as it is."""


def csv_answer(name: str, rows: Iterable[Iterable[Cell]]) -> StreamingHttpResponse:
    """A download of that name, its heading among the rows."""
    answer = StreamingHttpResponse(lines_of(rows), content_type="text/csv; charset=utf-8")
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
