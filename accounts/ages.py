"""Being of age: 18 full years on the day of joining, counted on the Shanghai calendar."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import DateField, Func

ADULT_AGE = 18
EARLIEST_BIRTH_DATE = date(1900, 1, 1)
SHANGHAI = ZoneInfo("Asia/Shanghai")


class ShanghaiToday(Func):
    """The database's date in Shanghai."""

    template = "(statement_timestamp() AT TIME ZONE 'Asia/Shanghai')::date"
    output_field = DateField()


class AdultBirthDate(Func):
    """The latest birth date of somebody who is of age on the given date (SQL twin of `latest_birth_date`)."""

    template = f"((%(expressions)s - interval '{ADULT_AGE} years')::date)"
    output_field = DateField()


def shanghai_today() -> date:
    return datetime.now(SHANGHAI).date()


def latest_birth_date(on: date) -> date:
    """Who was born on 29 February comes of age on 1 March; counting back from 29 February gives the 28th."""
    try:
        return on.replace(year=on.year - ADULT_AGE)
    except ValueError:
        return on.replace(year=on.year - ADULT_AGE, day=28)
