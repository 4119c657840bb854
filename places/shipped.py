"""The hospitals a new database begins with: well-known public ones of the ten largest cities.

Of the municipalities, the provincial capitals and 深圳, these ten have the most people in their urban area (城区) in
the census of 2020, in this order: 上海, 北京, 深圳, 重庆, 广州, 成都, 天津, 武汉, 西安, 杭州.
A hospital with several sites stands with one of them. A level or an address that was not certain is empty.
"""

from pathlib import Path
from typing import Any

from django.apps import apps as today

from places.models import Hospital
from places.services import import_hospitals

FILE = Path(__file__).resolve().parent / "hospitals.csv"


def ensure_hospitals(*, apps: Any = today, **kwargs: Any) -> None:
    """After every migrate: fills the table when it is empty; one that holds anything keeps what its admins made of
    it."""
    if _is_as_here(apps) and not Hospital.objects.exists():
        import_hospitals(FILE.read_bytes())


def _is_as_here(apps: Any) -> bool:
    """Whether the table was migrated all the way, not back or only some steps."""
    then = apps.all_models["places"].get("hospital")
    return then is not None and _columns(then) == _columns(Hospital)


def _columns(model: Any) -> set[str]:
    return {field.column for field in model._meta.concrete_fields}
