from django import template

from accounts.models import User
from notices import services

register = template.Library()


@register.simple_tag
def quiet_hours(user: User) -> tuple[str, str]:
    """From when until when he wants to hear nothing, as "22:30" and "07:00" in Shanghai; both "" if there is no such
    time."""
    wishes = services.preference_of(user)
    return _of_day(wishes.quiet_from_min), _of_day(wishes.quiet_until_min)


def _of_day(minute: int | None) -> str:
    return "" if minute is None else f"{minute // 60:02d}:{minute % 60:02d}"
