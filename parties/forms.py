from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.clock import MS_PER_MINUTE
from listings.models import Listing
from parties.errors import NothingToShare
from parties.services import Company


class CompanyFields(forms.Form):
    """How many come, and who pays the companion: fields of an order's plan. A kind for one alone has none."""

    size = forms.TypedChoiceField(label=_("How many of you come?"), coerce=int, widget=forms.RadioSelect)
    shares = forms.TypedChoiceField(
        label=_("Who pays your companion?"),
        choices=[("no", _("I pay for all of us")), ("yes", _("We share it"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, listing: Listing, **kwargs: Any) -> None:
        kwargs["initial"] = {"size": 1, "shares": "no"} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        most = listing.policy.most_clients
        more = [(number, gettext("%(number)d people") % {"number": number}) for number in range(2, most + 1)]
        self.fields["size"].choices = [(1, gettext("Only me")), *more]
        self.fields["shares"].help_text = _sharing()
        if not more:
            del self.fields["size"], self.fields["shares"]

    def clean(self) -> dict[str, Any]:
        if "size" in self.cleaned_data:
            try:
                self.company()
            except NothingToShare as refusal:
                self.add_error("size", str(refusal))
        return self.cleaned_data

    def company(self) -> Company:
        told = self.cleaned_data
        return Company(size=told.get("size", 1), shares=bool(told.get("shares")))


def _sharing() -> str:
    """What sharing asks of guests, before anybody is invited: who is not identified can hardly pay in time."""
    words = gettext(
        "If you share it, each pays a part within %(minutes)d minutes, and your companion is asked once all of it is "
        "paid. To pay, your guests need an account and a confirmed identity; a new check takes up to a day. Whoever "
        "does not make it: you can pay the rest for all."
    )
    return words % {"minutes": settings.PAYMENT_WINDOW_MS // MS_PER_MINUTE}
