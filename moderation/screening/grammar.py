"""Files of terms, by hand: which words make a rule.

    # why a line is there
    app = 微信 v信 (wx|vx)号?          a list of words, used as {app}
    [offer]                            rules of what is plainly offered or said
    加(我|你)?{app}                    a term: alternatives, a part that may be missing, a list
    (给|留) 电话                       a blank: the next one follows within 6 characters
    支付宝 .. 不走平台                 two dots: within 20 characters
    外汇 & 带你                        and: both are somewhere, in any order
    [hint]                             rules of what is only suggested
    [never]                            where these stand, nothing of the category is found

A section may be for one role ("[offer companion]"). What is denied or told of others is left out, but not in sections
that are plain ("[offer plain]": 不想活了 is no refusal); in denying ones only what is told is left out
("[offer denying]": 不走平台). Words in capitals stand for a pattern of `PATTERNS`: {ID}, {QQ}, {MONEY}, {N}.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from moderation.screening.findings import Category
from moderation.screening.normalise import term

FOLDER = Path(__file__).parent / "terms"
SECTION = re.compile(r"\[(offer|hint|never)((?: \w+)*)\]")
LIST = re.compile(r"(\w+) = (.+)")
PATTERNS: Mapping[str, str] = {
    "ID": r"(?:(?=[a-z0-9]*[0-9])[a-z][a-z0-9]{4,24}|[a-z]{6,24}(?![a-z0-9]))",
    "QQ": r"(?<![0-9])[1-9][0-9]{4,11}(?![0-9])",
    "CARD": r"(?<![0-9])6[0-9]{14,18}(?![0-9])",
    "MONEY": r"[0-9十百千万][0-9十百千万]*(?:块|元|米)?",
    "N": r"[0-9十百千万半]+",
    "AGE": r"(?<![0-9])1[0-7](?![0-9百千万])",
    "END": r"(?=$|[啊呀吧呢哦呜嘛]|了$)",
}
GAPS = {"..": 20, "&": -1}
NEXT = 6


@dataclass(frozen=True, slots=True)
class Slot:
    """`source`: a pattern over skeletons. In whatever it matches is one of `anchors`; nothing is promised where there
    are none. `words`: all that it spells out."""

    source: str
    anchors: frozenset[str]
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """`gaps[i]`: how many characters may be between slot i and the next one; -1: any, in any order. `role`: whom it is
    for, both if empty. `hint`: it only suggests. `plain`: it holds even when denied or told of others,
    `denying`: it denies something itself."""

    name: str
    slots: tuple[Slot, ...]
    gaps: tuple[int, ...]
    role: str = ""
    hint: bool = False
    plain: bool = False
    denying: bool = False


@dataclass(slots=True)
class Terms:
    rules: list[Rule] = field(default_factory=list)
    never: list[Rule] = field(default_factory=list)


def read(category: Category) -> Terms:
    """Of its file in `terms/`. Raises ValueError with file and line where one cannot be read."""
    terms, section = Terms(), None
    lists: dict[str, str] = {}
    path = FOLDER / f"{category}.txt"
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = line.split("#")[0].strip()
        if found := LIST.fullmatch(line):
            lists[found[1]] = "|".join(found[2].split())
        elif found := SECTION.fullmatch(line):
            section = found
        elif line and section is None:
            raise ValueError(f"{path.name}:{number}: a rule before any section")
        elif line and section is not None:
            _add(terms, f"{category}:{number}", line, section, lists)
    return terms


def _add(terms: Terms, name: str, line: str, section: re.Match[str], lists: Mapping[str, str]) -> None:
    kind, words = section[1], section[2].split()
    role = next((word for word in words if word not in ("plain", "denying")), "")
    slots, gaps = _slots(line, lists)
    rule = Rule(name, slots, gaps, role, hint=kind == "hint", plain="plain" in words, denying="denying" in words)
    (terms.never if kind == "never" else terms.rules).append(rule)


def _slots(line: str, lists: Mapping[str, str]) -> tuple[tuple[Slot, ...], tuple[int, ...]]:
    slots: list[Slot] = []
    gaps: list[int] = []
    gap = NEXT
    for part in line.split():
        if part in GAPS:
            gap = GAPS[part]
            continue
        if slots:
            gaps.append(gap)
        slots.append(_slot(part, lists))
        gap = NEXT
    return tuple(slots), tuple(gaps)


def _slot(part: str, lists: Mapping[str, str]) -> Slot:
    while found := re.search(r"\{([a-z_]+)\}", part):
        part = part.replace(found[0], f"({lists[found[1]]})")
    slot, rest = _alternatives(part)
    if rest or not slot.source:
        raise ValueError(f"unbalanced, or says nothing: {part}")
    return slot


def _alternatives(part: str) -> tuple[Slot, str]:
    """Up to the closing bracket or the end, and what is left from there."""
    ways: list[Slot] = []
    while True:
        way, part = _in_a_row(part)
        ways.append(way)
        if not part.startswith("|"):
            break
        part = part[1:]
    # The longest first, so that the user's words are found whole.
    sources = sorted({way.source for way in ways}, key=lambda source: -len(source))
    anchors = _united(way.anchors for way in ways) if all(way.anchors for way in ways) else frozenset()
    return Slot("|".join(sources), anchors, _united(way.words for way in ways)), part


def _in_a_row(part: str) -> tuple[Slot, str]:
    parts: list[Slot] = []
    literal = ""
    while part and part[0] not in "|)":
        if part[0] not in "({" and not part[1:].startswith("?"):
            literal, part = literal + part[0], part[1:]
            continue
        parts.append(_literal(literal))
        literal = ""
        atom, part = _atom(part)
        parts.append(atom)
    parts.append(_literal(literal))
    anchors = max((slot.anchors for slot in parts if slot.anchors), key=_telling, default=frozenset())
    return Slot("".join(slot.source for slot in parts), anchors, _united(slot.words for slot in parts)), part


def _atom(part: str) -> tuple[Slot, str]:
    """A bracket, a pattern or a character; with a ? behind it, it may be missing."""
    if part[0] == "(":
        inside, part = _alternatives(part[1:])
        atom = Slot(f"(?:{inside.source})", inside.anchors, inside.words)
    elif part[0] == "{":
        name, part = part[1:].split("}", 1)
        atom, part = Slot(f"(?:{PATTERNS[name]})", frozenset(), frozenset()), "}" + part
    else:
        atom = _literal(part[0])
    part = part[1:]
    if part.startswith("?"):
        return Slot(f"(?:{atom.source})?", frozenset(), atom.words), part[1:]
    return atom, part


def _literal(text: str) -> Slot:
    spelled = term(text)
    words = frozenset([spelled] if spelled else [])
    return Slot(re.escape(spelled), words, words)


def _telling(anchors: frozenset[str]) -> tuple[int, int]:
    return min(map(len, anchors)), -len(anchors)


def _united(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


def sources() -> Iterator[bytes]:
    """All files of terms, in order of their names."""
    for path in sorted(FOLDER.glob("*.txt")):
        yield path.name.encode() + path.read_bytes()
