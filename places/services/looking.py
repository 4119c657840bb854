"""What is known of hospitals. A city is given as people say it, with or without 市."""

from collections.abc import Callable, Collection, Iterable

from django.db.models import Min
from django.utils.functional import Promise

from places.departments import SPOKEN, Department
from places.models import Hospital
from places.names import folded, plain_city, without_city


def cities() -> list[str]:
    """Those with a hospital in the table, in the order in which they came in: the largest first."""
    rows = Hospital.objects.values("city").annotate(first=Min("pk")).order_by("first")
    return [row["city"] for row in rows]


def hospitals(city: str) -> list[Hospital]:
    """Those of a city, neighbours in one district beside each other; none for a city that is not in the table."""
    found = Hospital.objects.filter(city=plain_city(city))
    return sorted(found, key=lambda hospital: (hospital.district, hospital.pk))


def find(city: str, words: str) -> Hospital | None:
    """The one hospital of the city that is called so, officially or by an alias, said with or without the city's name.

    None when there is none, and also when there are several: it never guesses.
    """
    return find_among(hospitals(city), words)


def find_among(known: Collection[Hospital], words: str) -> Hospital | None:
    """Of these hospitals of one city, as `find`."""
    asked = folded(words)
    if not asked:
        return None
    return _only(known, lambda hospital: asked in stated(hospital)) or _only(
        known, lambda hospital: asked in _said_nearby(hospital)
    )


def departments(hospital: Hospital) -> list[tuple[str, str]]:
    """(key, label in the language of the reader) of each, in the order of the vocabulary."""
    return hospital.department_labels


def all_departments() -> list[str | Promise]:
    """The label of each in the vocabulary, in the language in which it is read, and what people say for them."""
    return [*(department.label for department in Department), *SPOKEN]


def names_taken(hospital: Hospital) -> dict[str, Hospital]:
    """Those of its names, folded, that mean another hospital of its city already, each with the one it means."""
    others = [other for other in hospitals(hospital.city) if other.pk != hospital.pk]
    return {name: other for other in others for name in stated(other) & stated(hospital)}


def aliases_of(named: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[str]]:
    """The aliases of the hospitals that are officially called so, by (city, name); others are left out. One query."""
    names = {name for _city, name in named if name}
    found = Hospital.objects.filter(name__in=names).values_list("city", "name", "aliases")
    return {(city, name): aliases for city, name, aliases in found}


def stated(hospital: Hospital) -> set[str]:
    """All it is called in the table, folded."""
    return {folded(name) for name in hospital.names}


def _said_nearby(hospital: Hospital) -> set[str]:
    return {without_city(name, hospital.city) for name in stated(hospital)} - {""}


def _only(known: Iterable[Hospital], fits: Callable[[Hospital], bool]) -> Hospital | None:
    found = [hospital for hospital in known if fits(hospital)]
    return found[0] if len(found) == 1 else None
