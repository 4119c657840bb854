"""What a booking's steps are called in the talk, to the one who reads: on the page of the talk, whose script fills in
{minutes} and {when}, and as the last line in the list of talks."""

from collections.abc import Mapping
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from common.clock import moment

# By the event, or the event and its reason. A pair is what the client reads and what the companion does.
Words = Promise | tuple[Promise, Promise]
ONLINE: dict[str, Words] = {
    "accepted": (
        _("%(name)s accepted. The clock starts with %(name)s's first words"),
        _("You accepted. The clock starts with your first words"),
    ),
    "opened": (
        _("The chat is open. From the agreed time on the clock starts with %(name)s's first words"),
        _("The chat is open. From the agreed time on the clock starts with your first words"),
    ),
}
IN_PERSON: dict[str, Words] = {
    "requested": _("Paid, and asked. What matters can be talked about here before it is accepted; nothing runs yet"),
    "accepted": _("It is agreed. Here you can arrange where to meet; the clock starts with the code"),
    "opened": _("Here you can arrange where to meet; the clock starts with the code"),
}
HER_WISH = (
    _("%(name)s would rather begin {when}. Your answer: on the page of the booking"),
    _("You would rather begin {when}. The answer stands with the booking"),
)
HER_NO = (
    _("%(name)s cannot make it {when}: the time stays as it was"),
    _("You cannot make it {when}: the time stays as it was"),
)
HIS_WISH, HIS_NO = HER_WISH[::-1], HER_NO[::-1]
EVENTS: dict[str, Words] = {
    "late_client": (
        _("You said you will be about {minutes} min late"),
        _("The client will be about {minutes} min late"),
    ),
    "late_companion": (
        _("%(name)s will be about {minutes} min late"),
        _("You said you will be about {minutes} min late"),
    ),
    "live": _("The clock starts"),
    "resumed": _("The clock runs again"),
    "paused": _("The clock stopped; nothing is charged"),
    "paused_client": (
        _("You paused: the clock stopped, nothing is charged"),
        _("The client paused: the clock stopped"),
    ),
    "paused_reply_overdue": (
        _("No reply for %(seconds)s s: the clock stopped, waiting is free"),
        _("No reply for %(seconds)s s: the clock stopped, your reply starts it again"),
    ),
    "paused_companion_away": (
        _("%(name)s's connection went: the clock stopped, nothing is charged"),
        _("Your connection went: the clock stopped"),
    ),
    "paused_client_away": (
        _("You were gone for %(away_min)s min: the clock stopped. Those minutes are charged, none after them"),
        _("The client was gone for %(away_min)s min: the clock stopped"),
    ),
    "extended": _("{minutes} min more, paid"),
    "extension_asked": (_("%(name)s asks for {minutes} min more"), _("You asked for {minutes} min more")),
    "not_extended": (
        _("You would rather not add {minutes} min"),
        _("The client would rather not add {minutes} min"),
    ),
    "extra_asked": (
        _("%(name)s laid out something for you. Your answer: on the page of the booking"),
        _("You asked for something you laid out. The answer stands with the booking"),
    ),
    "move_asked_client": HIS_WISH,
    "move_asked_companion": HER_WISH,
    "moved": _("It is agreed: {when} is the new time"),
    "not_moved_client": HER_NO,
    "not_moved_companion": HIS_NO,
    "not_for_all": _("Not all who share the price can make it {when}: the time stays as it was"),
    "move_dropped": _("The proposal for {when} was taken back: the time stays as it was"),
    "move_lapsed": _("Nothing came of {when}: the time stays as it was"),
    "ended": _("This talk has ended"),
    "exhausted": _("The prepaid time is used up"),
    "settled": (_("Settled. What was not used comes back by itself"), _("Settled. Your income is on the bill")),
    "declined": (
        _("%(name)s cannot take this one: all of your money comes back"),
        _("You declined; the client has everything back"),
    ),
    "expired": (
        _("It was not accepted in time: all of your money comes back"),
        _("It was not accepted in time; the client has everything back"),
    ),
    "cancelled": _("The booking was cancelled; the client has everything back"),
    "cancelled_kept": (
        _("The booking was cancelled: a part of the money stays with %(name)s, as agreed, the rest comes back"),
        _("The booking was cancelled: a part of the money stays with you, as agreed, the rest goes back to the client"),
    ),
    "no_show": (
        _("It did not begin in time: all of your money comes back"),
        _("It did not begin in time: the client has everything back"),
    ),
    "no_show_client_kept": (
        _("You did not come in time: a part of the money stays with %(name)s, as agreed, the rest comes back"),
        _(
            "The client did not come in time: a part of the money stays with you, as agreed, the rest goes back to the"
            " client"
        ),
    ),
}


def story_words(*, is_client: bool, online: bool, places: Mapping[str, Any]) -> dict[str, str]:
    """All of it, to one of the two; `places`: name of the other one, seconds of the promise, away_min."""
    chosen = {**(ONLINE if online else IN_PERSON), **EVENTS}
    return {name: str(_side(words, is_client)) % places for name, words in chosen.items()}


def told(line: Mapping[str, Any], before: str | None, words: Mapping[str, str]) -> str:
    """A system line, in these words; "" of what is not said in a talk. `before` is the event of the one before it: a
    clock that stood goes on, one that never ran starts. static/js/chat/lines.js does the same."""
    event, reason = line["event"], line.get("reason")
    name = "resumed" if (event, before) == ("live", "paused") else event
    said = words.get(f"{name}_{reason}") or words.get(name, "")
    start = line.get("starts_ms")
    # Not str.format: in the words stands a name, as its owner typed it.
    return said.replace("{minutes}", str(line.get("minutes"))).replace("{when}", _day_and_hour(start) if start else "")


def _side(words: Words, is_client: bool) -> Promise:
    return words[0 if is_client else 1] if isinstance(words, tuple) else words


def _day_and_hour(ms: int) -> str:
    start = localtime(moment(ms))
    return f"{date_format(start, 'MONTH_DAY_FORMAT')} {date_format(start, 'H:i')}"
