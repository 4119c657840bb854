"""Text from people, as it is kept, and what says of facts no more than that they changed."""

import hashlib
import re
import unicodedata

# They reorder the words around them, or pretend that there is something; joiners inside a word have their use.
DECEIVING = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
BLANK_LINES = re.compile(r"\n\s*\n\s*")


def tidy(text: str) -> str:
    """Without what nobody can see: direction marks and zero-width blanks anywhere, the rest at the ends.

    Line ends become "\\n", several empty lines one.
    """
    lines = DECEIVING.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return BLANK_LINES.sub("\n\n", _trimmed(lines))


def in_short(*facts: object) -> str:
    """Another word for other facts: what a page is told by whether there is news. It says nothing of them."""
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:12]


def _trimmed(text: str) -> str:
    first, last = 0, len(text)
    while first < last and _is_unseen(text[first]):
        first += 1
    while last > first and _is_unseen(text[last - 1]):
        last -= 1
    return text[first:last]


def _is_unseen(letter: str) -> bool:
    return letter.isspace() or unicodedata.category(letter) in ("Cc", "Cf") or letter in "\u3164\u2800"
