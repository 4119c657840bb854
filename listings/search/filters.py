"""All one can browse by, as conditions on the shelf."""

from collections.abc import Callable
from typing import Any, TypedDict

from django.db.models import BooleanField, F, Func, Q, Value

from listings.models.shelf import ONLINE_POINTS


class Filters(TypedDict, total=False):
    """What is absent, None or empty does not filter. Prices in fen, both ends included; `hospital` as the listings name
    it; `rating` in thousandths of a star, at least; `reply` in seconds, at most, as measured."""

    words: str
    kind: str
    online: bool
    price_min: int | None
    price_max: int | None
    city: str
    hospital: str
    language: str
    topic: str
    gender: str
    rating: int | None
    reply: int | None


CONDITIONS: dict[str, Callable[[Any], Q]] = {
    "kind": lambda kind: Q(kind=kind),
    "online": lambda _on: _here(),
    "price_min": lambda fen: Q(price_fen__gte=fen),
    "price_max": lambda fen: Q(price_fen__lte=fen),
    "city": lambda city: Q(city=city),
    "hospital": lambda hospital: Q(hospital=hospital),
    "language": lambda language: Q(languages__contains=[language]),
    "topic": lambda topic: Q(topics__contains=[topic]),
    "gender": lambda gender: Q(gender=gender),
    "rating": lambda stars_pm: Q(stars_pm__gte=stars_pm),
    "reply": lambda seconds: Q(reply_ms__lte=seconds * 1000),
}


def _here() -> Q:
    """Marked as online, which is a range of the recommended order; and here by the rule, because the mark may be two
    seconds late and nobody who is away is listed as here."""
    rule = Func("companion__accepting", "companion__seen_at", function="listings_here", output_field=BooleanField())
    return Q(by_standing__gte=ONLINE_POINTS) & Q(rule)


def active(filters: Filters) -> dict[str, Any]:
    """Those of the filters that filter, words aside."""
    asked = {name: filters.get(name) for name in CONDITIONS}
    return {name: value for name, value in asked.items() if value not in (None, "") and value is not False}


def condition(filters: Filters) -> Q:
    """All of them but the words."""
    found = Q()
    for name, value in active(filters).items():
        found &= CONDITIONS[name](value)
    return found


def matches(tsquery: str) -> Func:
    """Whether an entry's words match; the text is cast, not parsed: it was cut by `listings.search.words`."""
    return Func(
        F("words"),
        Value(tsquery),
        template="%(expressions)s::tsquery",
        arg_joiner=" @@ ",
        output_field=BooleanField(),
    )
