"""Where in a line the words stand that were looked for."""

import unicodedata
from dataclasses import dataclass

from chat.services.searching import folded

# Two lines on a phone.
BEFORE, AFTER = 8, 18


@dataclass(frozen=True, slots=True)
class Part:
    text: str
    marked: bool = False


def marked(text: str, words: str) -> list[Part]:
    """The line in parts, with some of what stands around the words where it is long."""
    spans = _spans(text, folded(words))
    if not spans:
        return [Part(_cut(text, 0, BEFORE + AFTER))]
    start, end = spans[0][0] - BEFORE, spans[0][1] + AFTER
    parts, done = [], max(0, start)
    for first, last in spans:
        if last <= end:
            parts += [Part(text[done:first]), Part(text[first:last], True)]
            done = last
    opening, closing = "…" if start > 0 else "", "…" if end < len(text) else ""
    return [Part(opening), *(part for part in parts if part.text), Part(text[done:end] + closing)]


def _cut(text: str, start: int, end: int) -> str:
    return text[start:end] + ("…" if end < len(text) else "")


def _spans(text: str, needle: str) -> list[tuple[int, int]]:
    """From where to where in the text as it was typed: one letter may be several once it is folded, or none."""
    letters, origins = "", []
    for start, end in _clusters(text):
        as_folded = folded(text[start:end])
        letters += as_folded
        origins += [(start, end)] * len(as_folded)
    spans, place = [], letters.find(needle)
    while place >= 0:
        last = place + len(needle) - 1
        # A letter that is several once it is folded may have been found before.
        if not spans or origins[place][0] >= spans[-1][1]:
            spans.append((origins[place][0], origins[last][1]))
        place = letters.find(needle, last + 1)
    return spans


def _clusters(text: str) -> list[tuple[int, int]]:
    """A letter with the marks over and under it."""
    starts = [number for number, letter in enumerate(text) if not number or not unicodedata.combining(letter)]
    return list(zip(starts, [*starts[1:], len(text)], strict=True))
