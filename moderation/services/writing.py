from typing import Any

from moderation.models import ReviewCase


def write(case: ReviewCase, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(case, name, value)
    case.save(update_fields=list(values))
