"""The labelled sets: messages by hand, each with what it is and how it is written."""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from moderation.screening import Action, Screened, screen

FOLDER = Path(__file__).parent / "labelled"
ESCAPE = re.compile(r"\\u?(200b|200d|fe0f|2060|202e)")
# What is asked for and who is reached are one lure.
TOGETHER = {"contact": "contact", "transfer": "contact"}


@dataclass(frozen=True, slots=True)
class Row:
    """`label`: a category or "none"; `form`: in which way it is written; `before`: the sender's last messages."""

    where: str
    role: str
    label: str
    form: str
    before: tuple[str, ...]
    text: str

    @property
    def group(self) -> str:
        return TOGETHER.get(self.label, self.label)

    def screened(self) -> Screened:
        return screen(self.text, role=self.role, stage=self.where, before=self.before)

    def is_found(self) -> bool:
        """By what is done; where nothing is to be done, by its category."""
        done = self.screened()
        found = {finding.category: finding.action for finding in done.findings}
        actions = [found[category] for category in found if TOGETHER.get(category, category) == self.group]
        if self.label == "crisis":
            return done.action == Action.CARD
        if self.label in ("minor", "investment"):
            return bool(actions)
        return max(actions, default=Action.ALLOW) >= Action.NUDGE


def rows(name: str) -> list[Row]:
    lines = (FOLDER / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [_row(line) for line in lines[1:]]


def recall(found: Iterable[Row]) -> Iterator[tuple[str, str, int, int]]:
    """(label, form, found, all), by label and form; "all" is a form too."""
    counted: dict[tuple[str, str], list[bool]] = {}
    for row in found:
        hit = row.is_found()
        for form in (row.form, "all"):
            counted.setdefault((row.group, form), []).append(hit)
    for (label, form), hits in sorted(counted.items()):
        yield label, form, sum(hits), len(hits)


def say(figures: str) -> None:
    """Seen with `pytest -s`."""
    sys.stdout.write(figures)


def _row(line: str) -> Row:
    where, role, label, form, before, text = line.split("\t")
    return Row(where, role, label, form, tuple(map(_decoded, before.split(" ⏎ "))) if before else (), _decoded(text))


def _decoded(text: str) -> str:
    return ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
