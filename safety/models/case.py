"""What a moderator reads of a meeting that went wrong, or may have."""

from datetime import datetime

from cryptography.fernet import InvalidToken
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext

from accounts.models import User
from bookings.models import Booking, StopReason
from common.clock import moment
from common.sealing import unseal
from moderation.models import ReviewCase
from moderation.services import key_of
from safety.models.alarm import Alarm, AllClear
from safety.models.answer import Answer
from safety.models.contact import TrustedContact
from safety.models.saying import Directions

Row = tuple[str, str, str]


class ReviewedOuting:
    """What `moderation` asks of a target: title, owner, rows and words."""

    booking: Booking
    booking_id: object
    asked_ms: int | None

    def review_title(self) -> str:
        booking = self.booking
        return f"{booking.client.display_name} · {booking.terms.companion_name} · {booking.terms.place}"

    def review_owner(self) -> User:
        """Who asked for help last; where nobody did, who has not said that all is well."""
        alarm = self._alarms().last()
        return alarm.user if alarm else (self.silent() or self._two())[0]

    def review_parties(self) -> list[User]:
        """Neither of the two reads or decides it, whoever called for help."""
        return self._two()

    def silent(self) -> list[User]:
        """Who of the two has not said that all is well, the client first. Whoever ended it himself has."""
        answered = set(Answer.objects.filter(booking=self.booking_id).values_list("user", flat=True))
        if last_stop(self.booking) == StopReason.ENDED_BY_CLIENT:
            answered.add(self.booking.client_id)
        return [person for person in self._two() if person.pk not in answered]

    def review_rows(self) -> list[Row]:
        """Who, where, when; then who asked for help, whom that was told, whom to call, and who has answered."""
        rows = [*self._who(), *self._when(), *self._where()]
        for alarm in self._alarms():
            rows += _asked_for_help(alarm)
        if self._is_open():
            rows += self._trusted()
        return [(label, words, words) for label, words in [*rows, *self._answered()]]

    def review_choices(self) -> dict[str, str]:
        """How a moderator's page speaks of this kind of case."""
        return {
            "approve": gettext("All are safe"),
            "reject": gettext("Passed on to the police"),
            "hint": gettext("Needed either way: whom you reached, what they said, what you did. Nobody else reads it."),
            "missing": gettext("Please write down whom you reached and what you did."),
            "approved": gettext("All are safe"),
            "rejected": gettext("Passed on to the police"),
            "case.opened": gettext("Case opened"),
            "case.changed": gettext("Asked for help again"),
            "case.approved": gettext("All are safe"),
            "case.rejected": gettext("Passed on to the police"),
        }

    def _is_open(self) -> bool:
        return ReviewCase.objects.open().filter(**key_of(self)).exists()

    def _two(self) -> list[User]:
        return [self.booking.client, self.booking.companion]

    def _who(self) -> list[tuple[str, str]]:
        sides = zip((gettext("Client"), gettext("Companion")), self._two(), strict=True)
        people = [(label, _joined(user.display_name, user.email, user.phone or "")) for label, user in sides]
        return [*people, (gettext("Order"), f"{self.booking.code} · {self.booking.get_state_display()}")]

    def _when(self) -> list[tuple[str, str]]:
        booking = self.booking
        agreed = (gettext("Agreed time"), _joined(_time(booking.starts_at), _time(booking.ends_at)))
        stretches = booking.segments.order_by("start_ms")
        began = booking.live_since_ms or stretches.values_list("start_ms", flat=True).first()
        ends = booking.deadline_ms or booking.ended_ms
        real = [(gettext("Began"), _at(began))] if began else []
        return [agreed, *real, *([(gettext("Paid until, or ended"), _at(ends))] if ends else [])]

    def _where(self) -> list[tuple[str, str]]:
        said = Directions.objects.filter(booking=self.booking_id).select_related("user").order_by("at_ms")
        found = [(_joined(gettext("How to find me"), one.user.display_name), one.text) for one in said]
        return [(gettext("Place"), self.booking.terms.place), *found]

    def _trusted(self) -> list[tuple[str, str]]:
        """Of those who asked for help or are silent, while somebody may have to call them: nobody else's family is
        anybody's business, and theirs no longer once it is decided."""
        concerned = {alarm.user_id for alarm in self._alarms()} | {person.pk for person in self.silent()}
        contacts = TrustedContact.objects.filter(user__in=concerned)
        named = [
            (_joined(gettext("Trusted contact"), one.user.display_name), _joined(one.name, one.phone))
            for one in contacts.select_related("user").order_by("user", "slot")
        ]
        return named or [(gettext("Trusted contact"), "—")]

    def _answered(self) -> list[tuple[str, str]]:
        if self.asked_ms is None:
            return []
        at = dict(Answer.objects.filter(booking=self.booking_id).values_list("user", "at_ms"))
        label = gettext("“All is well”")
        missing = {person.pk: gettext("no answer") for person in self.silent()}
        said = {pk: _at(at_ms) for pk, at_ms in at.items()}
        ended = gettext("ended it")
        answers = [(one.display_name, said.get(one.pk) or missing.get(one.pk, ended)) for one in self._two()]
        return [(f"{label} · {name}", words) for name, words in answers]

    def _alarms(self) -> QuerySet[Alarm]:
        return (
            Alarm.objects.filter(booking=self.booking_id)
            .select_related("user", "position", "all_clear")
            .order_by("at_ms")
        )


def _asked_for_help(alarm: Alarm) -> list[tuple[str, str]]:
    return [
        (_joined(gettext("Asked for help"), alarm.user.display_name), _at(alarm.at_ms)),
        (gettext("Position"), place_of(alarm) or gettext("not given, or erased")),
        (gettext("Told by mail"), _told(alarm)),
        *(_said_well(alarm) if hasattr(alarm, "all_clear") else []),
    ]


def _said_well(alarm: Alarm) -> list[tuple[str, str]]:
    label = _joined(gettext("Said: I am well"), alarm.user.display_name)
    unchecked = gettext("Unchecked, and perhaps not of their own will: please call all the same.")
    return [(label, f"{_at(alarm.all_clear.at_ms)}\n{unchecked}"), (gettext("Told by mail"), _told(alarm.all_clear))]


def _told(said: Alarm | AllClear) -> str:
    letters = said.notices.select_related("letter")
    return "\n".join(_joined(one.name, _time(one.letter.sent_at)) for one in letters) or "—"


def last_stop(booking: Booking) -> str | None:
    """Why its last stretch ended: a StopReason; None while there is none."""
    return booking.segments.order_by("-end_ms").values_list("stop_reason", flat=True).first()


def place_of(alarm: Alarm) -> str:
    """For people: "31.22100, 121.44500 (±30 m)" or nothing."""
    position = getattr(alarm, "position", None)
    if position is None:
        return ""
    try:
        latitude, longitude, metres = unseal(position.sealed).decode().split(",")
    except InvalidToken:
        return ""
    return f"{latitude}, {longitude} (±{metres} m)"


def _at(ms: int) -> str:
    return _time(moment(ms))


def _time(at: datetime | None) -> str:
    return "" if at is None else date_format(localtime(at), "DATETIME_FORMAT")


def _joined(*words: str) -> str:
    return " · ".join(word for word in words if word)
