"""What a text sounds like: 薇芯 and wei xin are read as 微信, where no real word is written.

The heard form is the skeleton with such places respelled, each character still knowing where it stands, so that the
same rules are applied to it. Vowels and consonants that many accents don't tell apart count as the same.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

from django.utils.functional import SimpleLazyObject

from moderation.screening.grammar import FOLDER
from moderation.screening.letters import SOUNDS_OF_DIGITS
from moderation.screening.normalise import Form, term

# Read when the first text is screened: most processes screen none, and they are a fifth of what starting takes.
rjieba: Any = SimpleLazyObject(lambda: import_module("rjieba"))
_readings: Any = SimpleLazyObject(lambda: import_module("pypinyin.constants").PINYIN_DICT)

Syllable = str
LATIN = re.compile(r"[a-z]+")
HAN = re.compile(r"[\u3400-\u9fff]")
# Initials and finals of Mandarin: what can be a syllable.
SYLLABLE = re.compile(
    "(?:[bpmfdtnlgkhjqxrwy]|[zcs]h?)?"
    "(?:i(?:ang|ong|an|ao|ng|ang|a|e|n|u)?|u(?:ang|eng|an|ai|ui|n|a|o|e|i)?|ve?|a(?:ng|n|i|o)?|e(?:ng|n|i|r)?"
    "|o(?:ng|u)?)"
)
ACCENTS = str.maketrans(
    {"ā": "a", "á": "a", "ǎ": "a", "à": "a", "ē": "e", "é": "e", "ě": "e", "è": "e", "ê": "e", "ế": "e", "ề": "e"}
    | {"ī": "i", "í": "i", "ǐ": "i", "ì": "i", "ō": "o", "ó": "o", "ǒ": "o", "ò": "o", "ń": "n", "ň": "n", "ǹ": "n"}
    | {"ū": "u", "ú": "u", "ǔ": "u", "ù": "u", "ü": "v", "ǖ": "v", "ǘ": "v", "ǚ": "v", "ǜ": "v", "ḿ": "m"}
)
READINGS = 1
# Of so many characters a term is heard without being listed: shorter ones sound like something else too often.
LONG = 4


@dataclass(frozen=True, slots=True)
class Unit:
    """A Han character, a digit, a syllable in Latin letters or another character: from `start` up to `end` of the
    skeleton, sounding like any of `sounds`."""

    start: int
    end: int
    sounds: frozenset[Syllable]
    latin: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A word to be heard: `taken` are real words that are written for it all the same."""

    word: str
    sounds: tuple[frozenset[Syllable], ...]
    taken: frozenset[str]


class Ear:
    """Hears the words of `terms/sounds.txt` and the long ones of `others`."""

    def __init__(self, others: Iterable[str]) -> None:
        self._by_sound: dict[Syllable, list[Target]] = defaultdict(list)
        self._as_written: dict[str, Target] = {}
        self._letters: dict[Syllable, str] = {}
        for word, taken in _listed():
            self._add(word, taken)
        for word in others:
            if len(HAN.findall(word)) == len(word) >= LONG:
                self._add(word, frozenset())
        for targets in self._by_sound.values():
            targets.sort(key=lambda target: -len(target.word))

    def _add(self, word: str, taken: frozenset[str]) -> None:
        if len(word) == 1:
            self._letters |= {syllable: word for syllable in sounds(word) if syllable not in self._letters}
            return
        target = Target(word, tuple(sounds(char) for char in word), taken)
        self._as_written |= dict.fromkeys(taken, target)
        for syllable in target.sounds[0]:
            if all(known.word != word for known in self._by_sound[syllable]):
                self._by_sound[syllable].append(target)

    def hear(self, form: Form) -> Form | None:
        """The skeleton as it sounds; None if it sounds as it is written."""
        units = list(_units(form))
        heard: list[tuple[str, int, int]] = []
        at, respelled = 0, False
        while at < len(units):
            word, count = self._word(form, units, at)
            respelled |= bool(word)
            for number, unit in enumerate(units[at : at + count]):
                spelled = word[number] if word else form.text[unit.start : unit.end]
                heard.append((spelled, unit.start, unit.end))
            at += count
        return _respelled(form, heard) if respelled else None

    def _word(self, form: Form, units: list[Unit], at: int) -> tuple[str, int]:
        """The word that is heard at a unit, if it is written otherwise, and of how many units it is."""
        for target in self._targets(units[at]):
            said = units[at : at + len(target.word)]
            if _sounds_like(target, said) and _in_one_clause(form, said):
                written = form.text[said[0].start : said[-1].end]
                if written == target.word:
                    return "", len(said)
                if written in target.taken or not (written.isdigit() or is_word(written)):
                    return target.word, len(said)
        return self._looks_like(form, units, at) or (self._letter(units[at]), 1)

    def _looks_like(self, form: Form, units: list[Unit], at: int) -> tuple[str, int] | None:
        """A word that something is written for which does not sound like it."""
        for count in (3, 2):
            if at + count <= len(units):
                target = self._as_written.get(form.text[units[at].start : units[at + count - 1].end])
                if target and len(target.word) == count:
                    return target.word, count
        return None

    def _letter(self, unit: Unit) -> str:
        if not unit.latin:
            return ""
        return next((self._letters[sound] for sound in unit.sounds if sound in self._letters), "")

    def _targets(self, unit: Unit) -> Iterator[Target]:
        for syllable in unit.sounds:
            yield from self._by_sound.get(syllable, ())


def _sounds_like(target: Target, said: list[Unit]) -> bool:
    if len(said) < len(target.sounds):
        return False
    return all(not unit.sounds.isdisjoint(sounds) for unit, sounds in zip(said, target.sounds, strict=True))


def _in_one_clause(form: Form, said: list[Unit]) -> bool:
    return form.clauses[said[0].start] == form.clauses[said[-1].start]


def fuzzy(syllable: Syllable) -> Syllable:
    """As those hear it who speak zh like z, and ing like in."""
    for written, heard in (("zh", "z"), ("ch", "c"), ("sh", "s")):
        if syllable.startswith(written):
            syllable = heard + syllable[2:]
    return syllable[:-1] if syllable.endswith(("ing", "eng", "ang")) else syllable


@lru_cache(maxsize=20_000)
def sounds(char: str) -> frozenset[Syllable]:
    """The most usual readings of a Han character or digit."""
    if char in SOUNDS_OF_DIGITS:
        return frozenset(fuzzy(syllable) for syllable in SOUNDS_OF_DIGITS[char])
    if not HAN.match(char):
        return frozenset()
    readings = _readings.get(ord(char), "").translate(ACCENTS).split(",")
    return frozenset(fuzzy(reading) for reading in readings[:READINGS] if reading)


@lru_cache(maxsize=20_000)
def is_word(written: str) -> bool:
    """A real Chinese word, which is then meant as it is written."""
    return bool(HAN.match(written)) and len(rjieba.cut(written, False)) == 1


@lru_cache(maxsize=4_000)
def syllables(letters: str) -> tuple[Syllable, ...]:
    """Of a word in Latin letters; none if it is not pinyin."""
    if not letters:
        return ()
    for end in range(min(6, len(letters)), 0, -1):
        if SYLLABLE.fullmatch(letters[:end]):
            rest = syllables(letters[end:])
            if rest or end == len(letters):
                return (letters[:end], *rest)
    return ()


def _listed() -> Iterator[tuple[str, frozenset[str]]]:
    for line in (FOLDER / "sounds.txt").read_text(encoding="utf-8").splitlines():
        words = line.split("#")[0].split()
        if words:
            yield term(words[0]), frozenset(term(word) for word in words[1:])


def _units(form: Form) -> Iterator[Unit]:
    text, at = form.text, 0
    while at < len(text):
        if not "a" <= text[at] <= "z":
            yield Unit(at, at + 1, sounds(text[at]))
            at += 1
            continue
        end = _run_end(form, at)
        at_syllable = at
        for syllable in syllables(text[at:end]) or tuple(text[at:end]):
            size = len(syllable)
            said = frozenset({fuzzy(syllable)}) if size > 1 else frozenset()
            yield Unit(at_syllable, at_syllable + size, said, latin=size > 1)
            at_syllable += size
        at = end


def _run_end(form: Form, at: int) -> int:
    """Where the Latin word that begins here is over; w e i is one too."""
    spelled = at + 1 < len(form.text) and form.apart[at + 1]
    end = at + 1
    while end < len(form.text) and "a" <= form.text[end] <= "z" and form.apart[end] == spelled:
        end += 1
    return end


def _respelled(form: Form, heard: list[tuple[str, int, int]]) -> Form:
    letters = [
        # What was kept has each letter where it was; what was respelled is one character for all of them.
        (char, start + number, start + number + 1 if len(word) > 1 else end, number)
        for word, start, end in heard
        for number, char in enumerate(word)
    ]
    return Form(
        "".join(char for char, *_ in letters),
        [form.starts[start] for _, start, _, _ in letters],
        [form.ends[end - 1] for _, _, end, _ in letters],
        [form.clauses[start] for _, start, _, _ in letters],
        [form.apart[start] and not number for _, start, _, number in letters],
    )
