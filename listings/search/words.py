"""Words and their sounds: what a listing is found by, and what somebody typed as a query for it.

Both sides are cut by the same hands and go into the tsvector as they are (no parser of PostgreSQL's in between, which
knows no Chinese words): lower case, half width, one lexeme a word. Every query word matches the beginnings of words.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import import_module
from itertools import groupby
from typing import Any

from django.conf import settings
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import override

from listings.kinds import KINDS
from listings.models import Companion, Listing, SpokenLanguage
from listings.models.shelf import LONGEST_TERM
from listings.search.sayings import LONGEST_SAYING, SAME
from places import services as places

# Their dictionaries are a fifth of what starting a process takes, and most processes (workers, commands) cut no word.
rjieba: Any = SimpleLazyObject(lambda: import_module("rjieba"))
pypinyin: Any = SimpleLazyObject(lambda: import_module("pypinyin"))

MOST_WORDS = 5
HAN = re.compile(r"[\u3400-\u9fff]")
SLIPPED = re.compile(r"(?:(?<=^[\u3400-\u9fff])|(?<=\s[\u3400-\u9fff]))\s+(?=[\u3400-\u9fff](?!\S))")
RUN = re.compile(r"[\u3400-\u9fff]+|[^\W_]+")
# Words of a question that say nothing about whom one looks for.
EMPTY_WORDS = frozenset("的了吗呢吧啊和与及在是有我你您个想找人要会能请帮陪")
# Said in two ways in everyday words, and the phrase lists know only some of them: 睡不着 is shuibuzhao.
SAID_TWICE = {"着": ("zhe", "zhao"), "朝": ("chao", "zhao"), "行": ("hang", "xing"), "重": ("zhong", "chong")}
SAID_TWICE |= {"乐": ("le", "yue"), "长": ("chang", "zhang"), "得": ("de", "dei"), "觉": ("jue", "jiao")}


def read_dictionaries() -> None:
    """Now, where otherwise the first person who searches would wait for it."""
    for word in cut("我在"):
        sound(word)


def plain(text: str) -> str:
    """Half width, lower case: "ＭＢＴＩ" → "mbti"."""
    return unicodedata.normalize("NFKC", text).lower()


@lru_cache(maxsize=20_000)
def cut(text: str) -> list[str]:
    """The words of a text, longer ones and those inside them: 华山医院 → 华山, 医院, 华山医院."""
    return [run for word in rjieba.cut_for_search(plain(text)) for run in RUN.findall(word)]


@lru_cache(maxsize=20_000)
def sound(text: str) -> str:
    """How it is said, in one word without tones: 华山 → "huashan"; anything not Chinese is left as it is."""
    return "".join(pypinyin.lazy_pinyin(text))


@dataclass(frozen=True, slots=True)
class Indexed:
    """`lexemes` go into the tsvector; `terms` are what typing errors are compared with."""

    lexemes: list[str]
    terms: list[str]


def indexed(listing: Listing, companion: Companion, aliases: Iterable[str] = ()) -> Indexed:
    """By headline, name, topics, places (`aliases`: what else her hospital is called), what her kind of service is
    called and what she speaks; by the sound of all these but the headline, and by initials of name and places."""
    name = plain(companion.display_name)
    city = listing.city or companion.city
    places = [city, f"{city}市", listing.district, listing.hospital, listing.hospital.removeprefix(city)]
    places = [place for place in (*places, listing.venue_area, *aliases) if place]
    spoken = [name, *listing.topics, *places, *called(listing.kind), *spoken_names(tuple(companion.languages))]
    words = {word for text in (*spoken, listing.headline) for word in cut(text)} | {name, *RUN.findall(name)}
    sounds = {said for text in spoken for said in _said(plain(text))}
    initials = {_initials(word) for text in (name, *places) for word in (plain(text), *cut(text)) if len(word) > 1}
    lexemes = words | sounds | set(_other_sounds(name)) | initials | set(pypinyin.lazy_pinyin(name))
    terms = {plain(text) for text in spoken}
    terms |= {word for text in (*places, listing.headline) for word in cut(text) if len(word) > 1}
    # Half width may be longer than what was typed: one ㍿ is four characters. Nobody mistypes a name of sixty.
    terms = {term for term in terms if len(term) <= LONGEST_TERM}
    return Indexed(sorted(lexeme for lexeme in lexemes if RUN.fullmatch(lexeme)), sorted(terms))


@lru_cache
def called(kind: str) -> list[str]:
    """What people type who look for this kind of service, in any language of the site."""
    return [*KINDS[kind].called, *_in_every_language(KINDS[kind].label)]


@lru_cache
def spoken_names(languages: tuple[str, ...]) -> list[str]:
    """The names of these languages, in any language of the site: 粤语, Cantonese."""
    return [name for key in languages for name in _in_every_language(SpokenLanguage(key).label)]


def _in_every_language(label: str | Promise) -> list[str]:
    names = []
    for code, _name in settings.LANGUAGES:
        with override(code):
            names.append(str(label))
    return names


def _said(text: str) -> Iterator[str]:
    for word in (*RUN.findall(text), *(word for word in cut(text) if len(word) > 1)):
        yield sound(word)
        yield from _said_otherwise(word)


def _said_otherwise(word: str) -> Iterator[str]:
    for place, letter in enumerate(word):
        for said in SAID_TWICE.get(letter, ()):
            yield sound(word[:place]) + said + sound(word[place + 1 :])


def _other_sounds(name: str) -> list[str]:
    """A family name may be read in a way of its own: 曾 is zeng, though céng elsewhere."""
    if not HAN.match(name):
        return []
    readings = pypinyin.pinyin(name[0], heteronym=True, style=pypinyin.Style.NORMAL)[0]
    return [first + sound(name[1:]) for first in readings]


@lru_cache(maxsize=20_000)
def _initials(text: str) -> str:
    return "".join(pypinyin.lazy_pinyin(text, style=pypinyin.Style.FIRST_LETTER)) if HAN.search(text) else ""


@dataclass(frozen=True, slots=True)
class Query:
    """`spelled`, `sounding` and `anywhere` are texts for ::tsquery, empty when there is nothing to look for; `anywhere`
    are those who go along to hospitals, by the words beside a department: they go to any. `sounds` are how each word
    is said."""

    spelled: str
    sounding: str
    sounds: list[str]
    anywhere: str = ""

    def __bool__(self) -> bool:
        return bool(self.spelled)


def asked(text: str) -> Query:
    """What was typed: all of the words (the first five), each as spelled; failing that, as it sounds, which also
    finds 华山医院 for 华杉医院 and for 華山醫院."""
    query, rest = _query(text), departments().sub(" ", plain(text))
    if rest == plain(text):
        return query
    return replace(query, anywhere=" & ".join(filter(None, [_going_along(), _query(rest).spelled])))


@lru_cache
def _going_along() -> str:
    ways = [_query(kind.called[0]).spelled for kind in KINDS.values() if kind.at_hospital]
    return f"({' | '.join(ways)})"


@lru_cache
def departments() -> re.Pattern[str]:
    """The departments of hospitals by their names, in any language of the site: words of their own, or right behind a
    hospital's name. 眼科医院 is a hospital, and 妇产科 is not 妇 and 产科."""
    labels = places.all_departments()
    names = {re.escape(plain(name)) for label in labels for name in _in_every_language(label)}
    return re.compile(rf"(?:(?<=院)|(?<!\w))(?:{'|'.join(sorted(names, key=len, reverse=True))})(?!\w)")


def _query(text: str) -> Query:
    runs = [run for chunk in _chunks(text) for run in RUN.findall(chunk)][:MOST_WORDS]
    groups = [list(group) for _latin, group in groupby(runs, key=str.isascii)]
    spelled = [_together(group, [_spelled(run) for run in group]) for group in groups]
    sounding = [_together(group, [_sounding(run) for run in group]) for group in groups]
    sounds = [sound(run) for run in runs] + ["".join(group) for group in groups if _is_latin(group)]
    return Query(" & ".join(spelled), " & ".join(sounding), sounds)


def _chunks(text: str) -> list[str]:
    """What stands between blanks; those that a keyboard slipped between single characters are none: 失 恋."""
    joined = SLIPPED.sub("", plain(text))
    return joined.split()


def _is_latin(group: list[str]) -> bool:
    return len(group) > 1 and group[0].isascii()


def _together(group: list[str], clauses: list[str]) -> str:
    """All of them; of Latin letters also what they are without the blanks: shi lian, hot pot."""
    each = " & ".join(clauses)
    return f"(({each}) | {_spelled(''.join(group))})" if _is_latin(group) else each


@lru_cache(maxsize=20_000)
def _spelled(run: str) -> str:
    """Its words, and where people have others for the same, any of those."""
    words = [word for word in rjieba.cut(run) if RUN.fullmatch(word)]
    clauses = list(_clauses(words))
    telling = [clause for said, clause in clauses if said not in EMPTY_WORDS]
    return "(" + " & ".join(telling or [clause for _said, clause in clauses]) + ")"


def _clauses(words: list[str]) -> Iterator[tuple[str, str]]:
    """(what was said, its clause); several words may be one saying: 睡 不好."""
    at = 0
    while at < len(words):
        for end in range(min(at + LONGEST_SAYING, len(words)), at, -1):
            said = "".join(words[at:end])
            if end == at + 1 or said in SAME:
                break
        ways = SAME.get(said, (said,))
        yield said, "(" + " | ".join(_all(rjieba.cut(way)) for way in ways) + ")" if len(ways) > 1 else _start(said)
        at = end


def _telling(words: Iterable[str]) -> list[str]:
    found = list(words)
    return [word for word in found if word not in EMPTY_WORDS] or found


def _sounding(run: str) -> str:
    parts = _all(sound(word) for word in _telling(rjieba.cut(run)))
    return f"({_start(sound(run))} | {parts})"


def _all(words: Iterable[str]) -> str:
    return "(" + " & ".join(_start(word) for word in words) + ")"


def _start(word: str) -> str:
    # Only letters and digits come here: see RUN. A single Latin letter begins half of all words.
    return f"'{word}'" if len(word) == 1 and word.isascii() else f"'{word}':*"
