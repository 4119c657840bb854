"""What makes no sense is said before anybody opens a page: `migrate`, which comes before all else, runs these."""

from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from notices.services import public_key


@register("notices")
def the_key_is_one(**_: Any) -> list[CheckMessage]:
    try:
        public_key()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="notices.E001")]
    return []
