"""What every template may use without loading it: money, clocks, icons, faces, and query strings for paging."""

from collections.abc import Iterable
from datetime import date
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.templatetags.static import static
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common import avatars, money

register = template.Library()

SECOND_MS = 1000
WINDOWS = 12
NOT_BACK = ("/accounts/", "/safe/")
FACE_SIZES = ("xs", "s", "m", "l", "xl")


@register.simple_tag(takes_context=True)
def sign_in_url(context: template.RequestContext) -> str:
    """Where to sign in, and from there back to this page. Not back to a link of a family, which nobody signs in for and
    whose address no log may have in its query."""
    request, url = context.get("request"), reverse("account_login")
    if request is None or request.method != "GET" or request.path.startswith(NOT_BACK):
        return url
    return f"{url}?{urlencode({'next': request.get_full_path()})}"


@register.filter
def yuan(fen: int | None) -> str:
    """Fen as yuan: 2000 → "¥20", 366 → "¥3.66"; nothing for None."""
    return "" if fen is None else money.format_yuan(fen)


@register.filter
def clock(ms: int | None) -> str:
    """A duration in ms as a clock, whole seconds rounded down: 1116000 → "18:36", 3725000 → "1:02:05"."""
    if ms is None:
        return ""
    minutes, seconds = divmod(max(ms, 0) // SECOND_MS, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes:02d}:{seconds:02d}"


@register.filter(expects_localtime=True)
def whole_day(day: date | None) -> str:
    """A day with its weekday, in the order of the language: "Thursday, November 26", "11月26日 星期四"."""
    return "" if day is None else date_format(day, _("l, F j"))


@register.filter
def spell(ms: int | None) -> str:
    """A duration in ms in words, whole seconds rounded down: 86000 → "1 min 26 s"; hours count as minutes."""
    if ms is None:
        return ""
    minutes, seconds = divmod(max(ms, 0) // SECOND_MS, 60)
    if not minutes:
        return _("%(seconds)d s") % {"seconds": seconds}
    if not seconds:
        return _("%(minutes)d min") % {"minutes": minutes}
    return _("%(minutes)d min %(seconds)02d s") % {"minutes": minutes, "seconds": seconds}


@register.filter
def spell_up(ms: int | None) -> str:
    """A wait in ms in words, begun seconds in full: 15400 → "16 s", never "0 s"; who filters by 15 s is promised 15."""
    return "" if ms is None else spell(max(-(-ms // SECOND_MS), 1) * SECOND_MS)


@register.filter
def percent(permille: int | None) -> str:
    """A share in permille as whole percent, rounded down: 976 → "97%"; nothing for None."""
    return "" if permille is None else f"{permille // 10}%"


@register.simple_tag
def platform_share() -> str:
    """The platform's share of what is served: "15%"."""
    percent, rest = divmod(settings.PLATFORM_FEE_BASIS_POINTS, 100)
    return f"{percent}.{rest:02d}".rstrip("0").rstrip(".") + "%" if rest else f"{percent}%"


@register.filter
def after_share(fen: int) -> int:
    """What of a sum is the companion's, once the platform has its share."""
    return fen - money.share_of(fen, basis_points=settings.PLATFORM_FEE_BASIS_POINTS)


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """One picture of static/icons.svg, hidden from screen readers; `size="small"` makes it 16 px instead of 20."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        " small" if size == "small" else "",
        static("icons.svg"),
        name,
    )


@register.simple_tag
def face(who: Any, size: str = "m", presence: bool = True, named: bool = False) -> SafeString:
    """A drawn portrait of a companion or a user.

    size: xs 32, s 40, m 56, l 72, xl 96 px. The green dot is for a companion who is online and not known to rest
    (`presence=False` leaves it out). The name usually stands beside the portrait, so only the presence is spoken;
    `named=True` speaks both.
    """
    online = presence and getattr(who, "is_online", False) and not getattr(who, "is_resting", False)
    words = [str(who.display_name)] if named else []
    words += [_("online now")] if online else []
    return format_html(
        '<span class="face {}{}">{}{}</span>',
        size if size in FACE_SIZES else "m",
        " on" if online else "",
        avatars.portrait(_seed(who), getattr(who, "gender", "")),
        format_html('<span class="sr">{}</span>', ", ".join(words)) if words else "",
    )


def _seed(who: Any) -> str:
    return str(getattr(who, "avatar_seed", "") or getattr(who, "pk", "") or "somebody")


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """The current query string, some values changed; None removes one: `{% query page=3 city=None %}` → "?page=3"."""
    request: HttpRequest | None = context.get("request")
    params = request.GET.copy() if request else QueryDict(mutable=True)
    for key, value in changes.items():
        if value in (None, ""):
            params.pop(key, None)
        else:
            params[key] = str(value)
    return f"?{params.urlencode()}"


@register.filter
def windows(people: Iterable[Any], count: int) -> list[Any]:
    """The people, then None for each dark window up to 12; no dark one while some of the `count` have none."""
    lit = list(islice(people or (), WINDOWS))
    dark = 0 if len(lit) < count else WINDOWS - len(lit)
    return [*lit, *(None for _ in range(dark))]


@register.filter
def ring_part(left_ms: int, granted_ms: int) -> int:
    """How much of the prepaid time is left, 0–100, for a ring's `stroke-dasharray`."""
    return max(0, min(100, left_ms * 100 // granted_ms)) if granted_ms else 0
