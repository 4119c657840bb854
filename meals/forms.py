from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import NameField
from listings.fields import TopicsField
from listings.models import Listing
from meals.errors import NotPublic
from meals.models import MealPaidBy
from meals.services import Plan
from parties.forms import CompanyFields
from places.venues import is_public


class MealForm(CompanyFields):
    """Where the two eat and who pays it: both stand before the companion when she is asked."""

    venue = NameField(
        label=_("Restaurant, café or park"),
        help_text=_("A public place, by its name. Homes and hotel rooms are refused."),
        max_length=40,
        min_length=2,
    )
    district = NameField(label=_("District"), max_length=20, min_length=2)
    address = NameField(
        label=_("Address"), help_text=_("The street and number, or the mall and floor."), max_length=80, min_length=2
    )
    paid_by = forms.ChoiceField(
        label=_("Who pays the meal?"),
        help_text=_("What you eat is no part of this order."),
        choices=MealPaidBy.choices,
        widget=forms.RadioSelect,
    )
    tastes = TopicsField(
        label=_("What you like to eat and to talk about"),
        help_text=_("Up to 8 short words, for example: mild, no coriander, films"),
        max_length=100,
        required=False,
    )
    open_to_all = forms.BooleanField(label=_("This place is open to everybody at that time."))

    def __init__(self, *args: Any, listing: Listing, **kwargs: Any) -> None:
        super().__init__(*args, listing=listing, initial={"district": listing.district}, **kwargs)
        self.order_fields(["venue", "district", "address", "size", "shares", "paid_by", "tastes", "open_to_all"])

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        where = [told.get(name) for name in ("venue", "district", "address")]
        if all(where) and not is_public(*where):
            self.add_error("venue", str(NotPublic.message))
        return told

    def plan(self) -> Plan:
        told = self.cleaned_data
        named = {name: told[name] for name in ("venue", "district", "address", "paid_by")}
        return Plan(**named, tastes=tuple(told["tastes"]), company=self.company())
