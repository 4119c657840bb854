"""A text in the forms it is compared in, each knowing where in the original its characters stand.

The normal form: NFKC, without what nobody sees, simplified, without case, pictures as words. The skeleton: letters and
digits of it alone, Chinese digits as ASCII ones, so that 微 - 信 and 微信 are the same.
"""

import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from opencc import OpenCC

from moderation.screening.findings import Span
from moderation.screening.letters import ALPHABETS, BLANKS, CLAUSE_ENDS, DIGITS, LOOKALIKES, PICTURES

_simplifier = OpenCC("t2s")
# Marks laid over a letter, marks that choose its look, and the keycap around a digit.
UNSEEN = frozenset({"Cf", "Mn", "Me", "Cc", "Cs"})


@dataclass(frozen=True, slots=True)
class Form:
    """`text[i]` is what stands at `starts[i]`:`ends[i]` of the original. `clauses[i]` is the number of its clause;
    `apart[i]` says that something was between it and the character before."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    clauses: Sequence[int]
    apart: Sequence[bool]

    def span(self, start: int, end: int) -> Span:
        """Where in the original the characters from `start` up to `end` of this form stand."""
        return self.starts[start], self.ends[end - 1]

    def clause_start(self, at: int) -> int:
        """The first character of the clause that the one at `at` is in."""
        return bisect_left(self.clauses, self.clauses[at])


def normal(text: str) -> Form:
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for at, char in enumerate(text):
        folded = _folded(char)
        letters.append(folded)
        starts.extend([at] * len(folded))
        if folded:
            ends.extend([at + 1] * len(folded))
        elif ends and ends[-1] == at and char not in CLAUSE_ENDS:
            # What lies on a letter belongs to it: the whole keycap is the digit.
            ends[-1] = at + 1
    simple = _simplified("".join(letters))
    return Form(simple, starts, ends, *_parted(simple))


def skeleton(form: Form) -> Form:
    """The skeleton of a normal form."""
    text = form.text.translate(DIGITS)
    kept = [at for at, char in enumerate(text) if char.isalnum() or char == "+"]
    apart = [at > 0 and (kept[number - 1] != at - 1 if number else True) for number, at in enumerate(kept)]
    return Form(
        "".join("加" if text[at] == "+" else text[at] for at in kept),
        [form.starts[at] for at in kept],
        [form.ends[at] for at in kept],
        [form.clauses[at] for at in kept],
        apart,
    )


def term(text: str) -> str:
    """A term as it stands in skeletons."""
    return skeleton(normal(text)).text


@lru_cache(maxsize=20_000)
def _folded(char: str) -> str:
    if char in PICTURES:
        return PICTURES[char]
    if char == "\n":
        return char
    if char in BLANKS or unicodedata.category(char) in UNSEEN:
        return ""
    for first in ALPHABETS:
        if first <= ord(char) < first + 26:
            return chr(ord("a") + ord(char) - first)
    return _plain(char)


def _plain(char: str) -> str:
    if unicodedata.category(char) == "No" and (digit := unicodedata.digit(char, None)) is not None:
        return str(digit)
    folded = unicodedata.normalize("NFKC", char).casefold()
    if len(folded) > 1:
        folded = "".join(c for c in unicodedata.normalize("NFKD", folded) if unicodedata.category(c) not in UNSEEN)
    return folded.translate(LOOKALIKES)


def _simplified(text: str) -> str:
    simple = _simplifier.convert(text)
    if len(simple) != len(text):
        # A phrase became longer or shorter, and then nobody knew any more where its characters stand.
        simple = "".join(_simplified_alone(char) for char in text)
    return simple.translate(LOOKALIKES)


@lru_cache(maxsize=20_000)
def _simplified_alone(char: str) -> str:
    simple = _simplifier.convert(char)
    return simple if len(simple) == 1 else char


def _parted(text: str) -> tuple[list[int], list[bool]]:
    clauses, clause = [], 0
    for char in text:
        clauses.append(clause)
        clause += char in CLAUSE_ENDS
    return clauses, [False] * len(text)
