"""The browse page's filters as people see them: the form, each choice with its count, the chips of those in use."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.money import format_yuan
from listings.fields import CityField, YuanField
from listings.kinds import KIND_CHOICES, KINDS, Kind
from listings.models import Gender, SpokenLanguage
from listings.search import Facets, Filters, Sort
from listings.search.words import asked, sound

RATINGS = [("4", _("4.0 and better")), ("4.5", _("4.5 and better")), ("4.8", _("4.8 and better"))]
REPLIES = [("15", _("within 15 s")), ("30", _("within 30 s")), ("60", _("within 1 min")), ("300", _("within 5 min"))]
# Which parameters of the address a filter stands in.
PARAMS = {"words": ("q",), "price": ("price_min", "price_max"), "city": ("city", "hospital")}
OPEN_ENDED = ("city", "hospital", "topic")
ALWAYS = ("kind", "online")


class BrowseForm(forms.Form):
    """A value that makes no sense is said and left out; the others apply."""

    q = forms.CharField(label=_("Search"), required=False, max_length=60)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=KIND_CHOICES)
    online = forms.BooleanField(label=_("Online now"), required=False)
    price_min = YuanField(label=_("Price from (¥)"), required=False)
    price_max = YuanField(label=_("Price up to (¥)"), required=False)
    city = CityField(label=_("City"), required=False, max_length=20)
    hospital = forms.CharField(label=_("Hospital"), required=False, max_length=81)
    language = forms.ChoiceField(label=_("Language or dialect"), required=False, choices=SpokenLanguage.choices)
    topic = forms.CharField(label=_("Topic"), required=False, max_length=10)
    gender = forms.ChoiceField(label=_("Gender"), required=False, choices=Gender.choices)
    rating = forms.ChoiceField(label=_("Rating"), required=False, choices=RATINGS)
    reply = forms.ChoiceField(label=_("Replies, as measured"), required=False, choices=REPLIES)
    sort = forms.ChoiceField(label=_("Sort by"), required=False, choices=Sort.choices)

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        low, high = cleaned.get("price_min"), cleaned.get("price_max")
        if low is not None and high is not None and low > high:
            self.add_error("price_max", _("The highest price is below the lowest. Please swap them."))
        # Who is met by appointment is not booked by being here.
        cleaned["online"] = cleaned.get("online", False) and self.may_be_here
        cleaned["hospital"] = _there(cleaned.get("city", ""), cleaned.get("hospital", ""))
        return cleaned

    def clean_q(self) -> str:
        """Nothing but signs asks for nobody in particular."""
        return self.cleaned_data["q"] if asked(self.cleaned_data["q"]) else ""

    @property
    def may_be_here(self) -> bool:
        """Whether the kind that is chosen, if one is, can be booked at once."""
        return self.policy is None or self.policy.bookable_now

    @property
    def asks_for_city(self) -> bool:
        """Whether there are hospitals to choose from once a city is chosen."""
        return self.policy is not None and self.policy.at_hospital and not self.cleaned_data.get("city")

    @property
    def policy(self) -> Kind | None:
        """Of the kind that is chosen."""
        return KINDS.get(self.cleaned_data.get("kind", ""))

    def filters(self) -> Filters:
        """For `listings.search.find`; call after validation."""
        cleaned = dict(self.cleaned_data)
        cleaned.pop("sort", None)
        rating, reply = cleaned.pop("rating", ""), cleaned.pop("reply", "")
        return Filters(
            words=cleaned.pop("q", ""),
            rating=int(float(rating) * 1000) if rating else None,
            reply=int(reply) if reply else None,
            **cleaned,  # type: ignore[typeddict-item]
        )

    @property
    def sorted_by(self) -> str:
        return self.cleaned_data.get("sort") or Sort.RECOMMENDED


def _of(city: str, hospital: str) -> str:
    """A hospital as the form sends it: so it is known which one was chosen after the city was changed."""
    return f"{city}:{hospital}"


def _there(city: str, sent: str) -> str:
    """The hospital that was sent, unless it is of another city. One without a city was not chosen but written."""
    of, colon, hospital = sent.partition(":")
    if not colon:
        return sent
    return hospital if of in ("", city) else ""


@dataclass(frozen=True, slots=True)
class Choice:
    """`count` is how many there are with the other filters as they are."""

    name: str
    value: str
    label: str
    count: int
    chosen: bool

    @property
    def id(self) -> str:
        return f"id_{self.name}_{self.value or 'any'}"


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in use; `query` is the address without it."""

    label: str
    query: str


def choices(form: BrowseForm, facets: Facets) -> dict[str, list[Choice]]:
    """The choices of each facet that somebody has; the kinds always, and who is online wherever that helps. Cities and
    hospitals by their sound."""
    shown = {name: [(value, label, value) for value, label in form.fields[name].choices] for name in ("kind", "gender")}
    shown["language"] = [(v, label, v) for v, label in SpokenLanguage.choices]
    shown["rating"] = [(value, label, int(float(value) * 1000)) for value, label in RATINGS]
    shown["reply"] = [(value, label, int(value)) for value, label in REPLIES]
    shown["topic"] = [(topic, topic, topic) for topic in facets.by_name["topic"]]
    shown["city"] = [(city, city, city) for city in sorted(facets.by_name["city"], key=sound)]
    shown["hospital"] = [(name, name, name) for name in sorted(facets.by_name["hospital"], key=sound)]
    shown["online"] = [("on", form.fields["online"].label, True)] if form.may_be_here else []
    found = {name: list(_choices(form, name, options, facets)) for name, options in shown.items()}
    city = form.cleaned_data.get("city") or ""
    found["hospital"] = [replace(choice, value=_of(city, choice.value)) for choice in found["hospital"]]
    return found


def _choices(form: BrowseForm, name: str, options: list[tuple], facets: Facets) -> Iterator[Choice]:
    # Who asks for 北京市 has chosen 北京.
    typed = form.cleaned_data.get(name) or "" if name in OPEN_ENDED else form.data.get(name, "")
    chosen = form.cleaned_data.get(name) if name == "online" else typed
    counts = facets.by_name[name]
    for value, label, key in options:
        choice = Choice(name, value, str(label), counts.get(key, 0), chosen is True or chosen == value)
        if choice.count or choice.chosen or name in ALWAYS:
            yield choice
    if name in OPEN_ENDED and typed and typed not in counts:
        yield Choice(name, typed, typed, 0, True)


def chips(form: BrowseForm, query: QueryDict) -> list[Chip]:
    """One for each filter that applies; a price with two ends is one."""
    names = [name for name in form.fields if name not in ("sort", "price_min", "price_max")]
    used = [(name, label(form, name)) for name in [*names, "price"]]
    return [Chip(words, dropped(query, name)) for name, words in used if words]


def label(form: BrowseForm, name: str) -> str:
    """What a filter in use says, as in "Shanghai" or "¥20–¥50"; empty when it is not in use."""
    if name == "price":
        return _price(form.cleaned_data.get("price_min"), form.cleaned_data.get("price_max"))
    value = form.cleaned_data.get({"words": "q"}.get(name, name))
    if value in (None, "", False):
        return ""
    if name in ("q", "words"):
        return value
    if value is True:
        return str(form.fields[name].label)
    return str(dict(getattr(form.fields[name], "choices", [])).get(value, value))


def _price(low: int | None, high: int | None) -> str:
    if low is None and high is None:
        return ""
    if high is None:
        return gettext("from %(low)s") % {"low": format_yuan(low or 0)}
    if low is None:
        return gettext("up to %(high)s") % {"high": format_yuan(high)}
    return f"{format_yuan(low)}–{format_yuan(high)}"


def dropped(query: QueryDict, name: str) -> str:
    """The address's query without a filter, from the first page."""
    kept = query.copy()
    for param in (*PARAMS.get(name, (name,)), "after"):
        kept.pop(param, None)
    return f"?{kept.urlencode()}"


def replaced(query: QueryDict, words: str) -> str:
    """The address's query with other words, from the first page."""
    kept = query.copy()
    kept.pop("after", None)
    kept["q"] = words
    return f"?{kept.urlencode()}"
