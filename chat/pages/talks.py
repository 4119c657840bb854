"""The list of talks, and what was found in them, as plain values for the templates."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.models import State
from chat.models import Conversation
from chat.pages.marking import Part, marked
from chat.pages.story import story_words, told
from chat.sealing import unseal_text
from chat.services.searching import Found, Hit, Place, search
from chat.services.talks import NEWEST, Talk, in_words, meanwhile, talks_of
from common.clock import MS_PER_MINUTE, moment
from common.keyring import Unreadable
from common.words import in_short
from listings.models import Companion

PAGE = 20
LONGEST_LINE = 120


@dataclass(frozen=True, slots=True)
class Row:
    """`who` is the one with the face, `unread` a number in words or ""; `runs`: its clock does."""

    booking_id: UUID
    who: Companion | User
    words: str
    mine: bool
    when: str
    at: datetime
    unread: str
    open: bool
    runs: bool


@dataclass(frozen=True, slots=True)
class FoundRow:
    booking_id: UUID
    seq: int
    name: str
    who: Companion | User
    mine: bool
    parts: list[Part]
    when: str
    at: datetime


def talks_page(user: User, after: tuple[int, int] | None) -> dict[str, Any]:
    """`older` is the cursor of the next page, "" where there is none."""
    talks, around = talks_of(user, most=PAGE + 1, after=after or NEWEST), meanwhile(user)
    runs = {one.booking_id for one in around.running if one.state == State.LIVE}
    shown = talks[:PAGE]
    people = _people({talk.peer_id for talk in shown})
    rows = [_row(talk, people[talk.peer_id], str(talk.booking_id) in runs) for talk in shown]
    pairs = zip(shown, rows, strict=True)
    return {
        "rows": rows,
        "unread": in_words(around.unread),
        "first": after is None,
        "older": cursor_of(shown[-1].at_ms, shown[-1].id) if len(talks) > PAGE else "",
        "version": in_short([(talk.id, talk.at_ms, talk.unread, talk.open, row.runs) for talk, row in pairs]),
    }


def search_page(user: User, words: str, before: Place | None) -> dict[str, Any]:
    found = search(by=user, words=words, before=before)
    talks = Conversation.objects.select_related("client", "companion__companion")
    by_id = talks.in_bulk({hit.place.conv for hit in found.hits})
    rows = [_found_row(hit, by_id[hit.place.conv], user, words) for hit in found.hits]
    return {"found": rows, "words": words, **_further(found)}


def cursor_of(*numbers: int) -> str:
    return "-".join(map(str, numbers))


def cursor(text: str, length: int) -> tuple[int, ...] | None:
    """The numbers of a cursor; None where it is none, as if nothing had been asked for."""
    numbers = text.split("-")
    fits = len(numbers) == length and all(each.isascii() and each.isdigit() and len(each) < 19 for each in numbers)
    return tuple(map(int, numbers)) if fits else None


def _further(found: Found) -> dict[str, str]:
    """The cursor to look on from, and back to when has been looked."""
    if found.further is None:
        return {"further": "", "back_to": ""}
    return {"further": cursor_of(*found.further), "back_to": _when(moment(found.further.at_ms))}


def _people(ids: Collection[int]) -> dict[int, User]:
    return User.objects.select_related("companion").in_bulk(ids)


def _row(talk: Talk, peer: User, runs: bool) -> Row:
    # Who is met as a companion has her name and face as one, also where she is a client elsewhere.
    who = peer.companion if talk.is_client else peer
    at = moment(talk.at_ms)
    mine = talk.sender_id is not None and talk.sender_id != talk.peer_id
    unread = in_words(talk.unread)
    return Row(talk.booking_id, who, _words(talk, who), mine, _when(at), at, unread, talk.open, runs)


def _words(talk: Talk, who: Companion | User) -> str:
    if talk.sender_id is None:
        return _of_the_booking(talk, who)
    if talk.sealed is None:
        return _("[Picture]")
    try:
        return " ".join(unseal_text(talk.sealed, talk.id, talk.cmid).split())[:LONGEST_LINE]
    except Unreadable:
        return _("This message cannot be shown.")


def _of_the_booking(talk: Talk, who: Companion | User) -> str:
    places = {
        "name": who.display_name,
        "seconds": (talk.promise_ms or 0) // 1000,
        "away_min": talk.client_grace_ms // MS_PER_MINUTE,
    }
    words = story_words(is_client=talk.is_client, online=talk.online, places=places)
    return told(json.loads(talk.body), json.loads(talk.before)["event"] if talk.before else None, words)


def _found_row(hit: Hit, talk: Conversation, user: User, words: str) -> FoundRow:
    is_client, at = talk.client_id == user.pk, moment(hit.place.at_ms)
    who = talk.companion.companion if is_client else talk.client
    parts = marked(hit.text, words)
    mine = hit.sender_id == user.pk
    return FoundRow(talk.booking_id, hit.place.seq, who.display_name, who, mine, parts, _when(at), at)


def _when(at: datetime) -> str:
    """The hour today, else the day; of another year with the year."""
    here, now = localtime(at), localtime()
    if here.date() == now.date():
        return date_format(here, "H:i")
    return date_format(here, "MONTH_DAY_FORMAT" if here.year == now.year else "DATE_FORMAT")
