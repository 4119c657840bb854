"""The forms of a companion's calendar. An end at or before its start is one of the next day."""

import re
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from itertools import zip_longest
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from listings.days import today
from listings.kinds import LEAST_NOTICE_MINUTES
from listings.models import DAY_MINUTES, Companion, Meets, Weekday

WEEK_MINUTES = 7 * DAY_MINUTES
HOUR = 60
MOST_A_DAY = 6
FURTHEST = timedelta(days=366)
PRESSED = re.compile(r"(?P<verb>add|drop|copy)-(?P<day>[0-6])(-(?P<row>[0-9]))?")
LEADS = (LEAST_NOTICE_MINUTES, 30, 60, 120, 240, 480, 720, 1440, 2880, 4320, 10080)
PAUSES = (0, 5, 10, 15, 20, 30, 45, 60, 90, 120, 240)


@dataclass(slots=True)
class Row:
    """One line as it was typed: "22:00" to "02:00"."""

    start: str = ""
    end: str = ""
    error: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.start or self.end)

    @property
    def span(self) -> tuple[int, int] | None:
        """(minutes after midnight, length in minutes), None as long as a time is missing."""
        start, end = _minutes(self.start), _minutes(self.end)
        return None if start is None or end is None else (start, (end - start - 1) % DAY_MINUTES + 1)

    @property
    def problem(self) -> str:
        """What is wrong with it alone; a slip is not taken for a day and a night without a break."""
        if self.span is None:
            return _("Please give both times, like 20:00.")
        if self.span[1] == DAY_MINUTES and self.span[0]:
            return _("Start and end are the same. For the whole day give 00:00 to 00:00.")
        return ""

    @property
    def ends_next_day(self) -> bool:
        return self.span is not None and sum(self.span) >= DAY_MINUTES


@dataclass(slots=True)
class WeekdayRows:
    weekday: Weekday
    rows: list[Row] = field(default_factory=list)

    @property
    def may_grow(self) -> bool:
        return len(self.rows) < MOST_A_DAY


class WeekForm:
    """The hours of every week: some rows per weekday, and buttons that add, remove and copy rows before it is saved."""

    def __init__(self) -> None:
        self.days = [WeekdayRows(weekday) for weekday in Weekday]
        self.error = ""
        self.unsaved = False

    @classmethod
    def of(cls, companion: Companion) -> "WeekForm":
        form = cls()
        for one in companion.weekly_hours.all():
            form.days[one.weekday].rows.append(Row(_clock(one.start_min), _clock(one.end_min)))
        return form

    @classmethod
    def typed(cls, posted: QueryDict) -> "WeekForm":
        """What was typed in, and what its pressed button (`do`: "add-2", "drop-2-0", "copy-2") makes of it."""
        form = cls()
        for day in form.days:
            starts, ends = posted.getlist(f"start-{day.weekday}"), posted.getlist(f"end-{day.weekday}")
            rows = zip_longest(starts[:MOST_A_DAY], ends[:MOST_A_DAY], fillvalue="")
            day.rows = [Row(start.strip(), end.strip()) for start, end in rows]
        form._press(posted)
        return form

    def is_valid(self) -> bool:
        spans = []
        for day in self.days:
            day.rows = [row for row in day.rows if not row.is_empty]
            for row in day.rows:
                row.error = row.problem
            spans += [(day.weekday * DAY_MINUTES + row.span[0], row.span[1], row) for row in day.rows if row.span]
        _mark_overlaps(spans)
        if any(row.error for day in self.days for row in day.rows):
            self.error = _("Not saved yet: please look at the marked hours.")
        return not self.error

    @property
    def hours(self) -> list[tuple[int, int, int]]:
        """(weekday, minutes after midnight, length) for `services.set_week`; call after validation."""
        return [(int(day.weekday), *row.span) for day in self.days for row in day.rows if row.span]

    def _press(self, posted: QueryDict) -> None:
        pressed = PRESSED.fullmatch(posted.get("do", ""))
        if not pressed:
            return
        self.unsaved = True
        verb, day, row = pressed["verb"], self.days[int(pressed["day"])], int(pressed["row"] or 0)
        if verb == "add" and day.may_grow:
            day.rows.append(Row())
        elif verb == "drop":
            del day.rows[row : row + 1]
        elif verb == "copy":
            self._copy(day, onto=posted.getlist(f"onto-{day.weekday}"))

    def _copy(self, day: WeekdayRows, onto: list[str]) -> None:
        for other in self.days:
            if str(int(other.weekday)) in onto and other is not day:
                other.rows = [Row(row.start, row.end) for row in day.rows]


class SpecialDayForm(forms.Form):
    OFF, OTHER = "off", "other"

    day = forms.DateField(label=gettext_lazy("Date"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    what = forms.ChoiceField(
        label=gettext_lazy("On this date"),
        choices=[(OFF, gettext_lazy("I take the day off")), (OTHER, gettext_lazy("I have other hours"))],
        widget=forms.RadioSelect,
        initial=OFF,
    )

    def __init__(self, typed: QueryDict, *, to_save: bool) -> None:
        """What was typed; only what is to be saved is judged."""
        halves = typed.getlist("start")[:2], typed.getlist("end")[:2]
        self.rows = [Row(start, end) for start, end in zip_longest(*halves, fillvalue="")]
        self.rows += [Row() for _missing in range(2 - len(self.rows))]
        self.is_given = bool(typed.get("day")) or not all(row.is_empty for row in self.rows)
        known = {name: typed[name] for name in ("day", "what") if typed.get(name)}
        super().__init__(typed if to_save and self.is_given else None, initial=known)
        bounds = {"min": today().isoformat(), "max": (today() + FURTHEST).isoformat()}
        self.fields["day"].widget.attrs.update(bounds)

    def clean_day(self) -> date:
        day = self.cleaned_data["day"]
        if not today() <= day <= today() + FURTHEST:
            raise forms.ValidationError(_("Please choose a date between today and a year from now."))
        return day

    def clean(self) -> dict[str, Any]:
        given = [row for row in self.rows if not row.is_empty] if self.data.get("what") == self.OTHER else []
        for row in given:
            row.error = row.problem
        _mark_overlaps([(*row.span, row) for row in given if row.span])
        if any(row.error for row in given):
            raise forms.ValidationError(_("Not saved yet: please look at the marked hours."))
        if self.data.get("what") == self.OTHER and not given:
            raise forms.ValidationError(_("Which hours? Please give them, or take the day off."))
        return {**self.cleaned_data, "hours": [row.span for row in given]}


class NoticeForm(forms.Form):
    lead_minutes = forms.TypedChoiceField(
        label=gettext_lazy("Notice I need"),
        help_text=gettext_lazy(
            "Nobody can book you for a time sooner than this, nor sooner than you get there when you meet in person."
        ),
        coerce=int,
    )
    buffer_minutes = forms.TypedChoiceField(
        label=gettext_lazy("Pause after an order"),
        help_text=gettext_lazy(
            "When you meet people in person, half an hour on the way is added to it, and as much is kept free before."
        ),
        coerce=int,
    )
    meets = forms.ChoiceField(
        label=gettext_lazy("Whom I meet in person"),
        help_text=gettext_lazy(
            "It stands on your listings, and who does not fit cannot book. What is booked already stands."
        ),
        choices=Meets.choices,
        required=False,
    )

    def __init__(self, *args: Any, companion: Companion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, usual in (("lead_minutes", LEADS), ("buffer_minutes", PAUSES)):
            now = getattr(companion, name)
            self.fields[name].choices = [(minutes, _length(minutes)) for minutes in sorted({*usual, now})]
            self.initial[name] = now
        self.initial["meets"] = companion.meets
        if not companion.goes_out:
            del self.fields["meets"]


class CalendarForms:
    """All that is typed on the calendar's page: her hours, a special day if there is one, notice and pause."""

    def __init__(self, companion: Companion, typed: QueryDict | None = None, *, to_save: bool = False) -> None:
        self.to_save = to_save
        self.week = WeekForm.of(companion) if typed is None else WeekForm.typed(typed)
        self.special = SpecialDayForm(typed or QueryDict(), to_save=to_save)
        self.notice = NoticeForm(typed, companion=companion)

    def are_valid(self) -> bool:
        """All of them are looked at, so that all that is wrong is marked at once."""
        valid = [self.week.is_valid(), self.notice.is_valid()]
        return all([*valid, self.special.is_valid() if self.special.is_given else True])

    def values(self) -> dict[str, Any]:
        """For `services.set_calendar`; call after validation."""
        special = self.special.cleaned_data if self.special.is_given else None
        return {
            "hours": self.week.hours,
            "special": (special["day"], special["hours"]) if special else None,
            **self.notice.cleaned_data,
        }

    @property
    def wrong(self) -> list[tuple[str, str]]:
        """(id on the page, what it is called) of each part that could not be saved."""
        if not self.to_save:
            return []
        parts = [
            ("hours", _("Every week"), self.week.error),
            ("days", _("Special days"), self.special.errors),
            ("notice", _("Notice and pause"), self.notice.errors),
        ]
        return [(part, label) for part, label, error in parts if error]


def _mark_overlaps(spans: list[tuple[int, int, Row]]) -> None:
    """Of (start, length, row) marks the rows that begin before another ends; the week goes round."""
    spans.sort(key=lambda span: span[0])
    again = [(start + WEEK_MINUTES, length, row) for start, length, row in spans[:1]]
    for (start, length, _row), (after, _length, row) in zip(spans, [*spans[1:], *again], strict=True):
        if start + length > after:
            row.error = row.error or _("These hours overlap others.")


def _minutes(text: str) -> int | None:
    """ "20:30" → 1230; "24:00" is midnight."""
    try:
        clock = time.fromisoformat(text.replace("：", ":").replace("24:00", "00:00").zfill(5))
    except ValueError:
        return None
    return clock.hour * HOUR + clock.minute


def _clock(minutes: int) -> str:
    return f"{minutes // HOUR % 24:02d}:{minutes % HOUR:02d}"


def _length(minutes: int) -> str:
    """Minutes, hours or days in words; "none" for 0."""
    if not minutes:
        return pgettext("time", "none")
    if minutes % DAY_MINUTES == 0:
        days = minutes // DAY_MINUTES
        return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}
    if minutes % HOUR == 0:
        hours = minutes // HOUR
        return ngettext("%(hours)d hour", "%(hours)d hours", hours) % {"hours": hours}
    return pgettext("time", "%(minutes)d min") % {"minutes": minutes}
