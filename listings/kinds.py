"""The one table of policy per kind of service. Adding a kind is adding a row; nothing else asks which kind it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MINUTE_MS = 60_000
# Orders at a time begin at the full or the half hour, from today to four weeks ahead.
GRID_MINUTES = 30
HORIZON_DAYS = 28
# Whatever a companion asks for: an order must still be paid and accepted before it begins.
LEAST_NOTICE_MINUTES = 15
HOUR_MS = 60 * MINUTE_MS

# Columns of a listing's text that only some kinds have; the others leave them empty.
OWN_NUMBERS = ("promise_s", "included_hours", "overtime_fen")
OWN_WORDS = ("city", "district", "hospital", "venue_area")

PER_UNIT = {"hour": _("/hour"), "visit": _("/visit")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Prices are fen per `price_unit`; `numbers` are the bounds (both ends allowed) of the kind's own number columns,
    `words` its own required text columns, `optional_words` those that may stay empty."""

    key: str
    label: str | Promise
    tagline: str | Promise
    icon: str
    online: bool
    price_unit: str  # "hour" or "visit"
    price_min_fen: int
    price_max_fen: int
    usual_price_fen: tuple[int, int]
    smallest_minutes: int
    largest_minutes: int
    minute_steps: tuple[int, ...]
    bookable_now: bool
    bookable_later: bool
    accept_window_ms: int  # of an order for now
    accept_later_ms: int = 12 * HOUR_MS  # of an appointment
    travel_minutes: int = 0  # on the way, before and after an order and on top of the companion's own pause
    numbers: Mapping[str, tuple[int, int]] = field(default_factory=lambda: MappingProxyType({}))
    words: tuple[str, ...] = ()
    optional_words: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()  # labels of certificates, one of which this kind asks for
    plan_page: str = ""  # name of the address where an order is planned, between its time and its payment
    stages: bool = False  # the companion notes how far the two are
    most_clients: int = 1  # who orders may bring others
    extras: bool = False  # the companion lays out money for the client, and asks for it back
    called: tuple[str, ...] = ()  # other names people type who look for it
    about_hint: str | Promise  # what a text about it should tell
    topics_example: str | Promise

    @property
    def per_unit(self) -> str:
        """What stands behind a price: "/hour"."""
        return str(PER_UNIT[self.price_unit])

    @property
    def certificate_required(self) -> bool:
        return bool(self.certificates)

    @property
    def at_hospital(self) -> bool:
        return "hospital" in self.own_fields

    @property
    def own_fields(self) -> tuple[str, ...]:
        return (*self.words, *self.optional_words, *self.numbers)

    @property
    def foreign_numbers(self) -> tuple[str, ...]:
        return tuple(name for name in OWN_NUMBERS if name not in self.numbers)

    @property
    def foreign_words(self) -> tuple[str, ...]:
        return tuple(name for name in OWN_WORDS if name not in self.own_fields)


LISTENER = Kind(
    key="listener",
    label=_("Quick listener"),
    tagline=_("Answers within seconds, listens, does not judge"),
    icon="message-circle-heart",
    online=True,
    price_unit="hour",
    price_min_fen=10_00,
    price_max_fen=300_00,
    usual_price_fen=(20_00, 50_00),
    smallest_minutes=30,
    largest_minutes=240,
    minute_steps=(30, 60, 90, 120, 180, 240),
    bookable_now=True,
    bookable_later=True,
    accept_window_ms=3 * MINUTE_MS,
    numbers=MappingProxyType({"promise_s": (15, 600)}),
    about_hint=_("What an hour with you is like, and whom you are good for."),
    topics_example=_("work, heartbreak, exams"),
    called=("秒回", "聊天", "陪聊", "倾诉", "树洞", "chat"),
)

CLINIC = Kind(
    key="clinic",
    label=_("Hospital companion"),
    tagline=_("Goes along to the hospital: queues, carries, asks, comforts"),
    icon="hospital",
    online=False,
    price_unit="visit",
    price_min_fen=50_00,
    price_max_fen=2000_00,
    usual_price_fen=(200_00, 500_00),
    smallest_minutes=60,
    largest_minutes=720,
    minute_steps=(),
    bookable_now=False,
    bookable_later=True,
    accept_window_ms=12 * HOUR_MS,
    travel_minutes=30,
    numbers=MappingProxyType({"included_hours": (1, 12), "overtime_fen": (10_00, 300_00)}),
    words=("city", "hospital"),
    optional_words=("district",),
    certificates=("hospital_companion", "nurse", "health_manager", "care_worker"),
    plan_page="visits:plan",
    stages=True,
    extras=True,
    about_hint=_("What you do on a visit from the entrance to the way home, and whom you are good for."),
    topics_example=_("outpatients, fetching reports, elderly people"),
    called=("陪诊", "就医", "看病", "医院"),
)

DINING = Kind(
    key="dining",
    label=_("Meal companion"),
    tagline=_("Shares a meal, a coffee, a walk, in a public place"),
    icon="utensils",
    online=False,
    price_unit="hour",
    price_min_fen=10_00,
    price_max_fen=500_00,
    usual_price_fen=(30_00, 200_00),
    smallest_minutes=60,
    largest_minutes=240,
    minute_steps=(60, 90, 120, 180, 240),
    bookable_now=False,
    bookable_later=True,
    accept_window_ms=12 * HOUR_MS,
    travel_minutes=30,
    words=("city", "venue_area"),
    optional_words=("district",),
    plan_page="meals:plan",
    most_clients=4,
    about_hint=_("What a meal or a walk with you is like, and where you like to go."),
    topics_example=_("hotpot, coffee, walks"),
    called=("搭子", "吃饭", "约饭", "喝咖啡", "散步"),
)

KINDS: dict[str, Kind] = {kind.key: kind for kind in (LISTENER, CLINIC, DINING)}
CERTIFIED_KINDS = [kind.key for kind in KINDS.values() if kind.certificate_required]
KIND_CHOICES = [(kind.key, kind.label) for kind in KINDS.values()]
