from django import forms

from listings.kinds import KINDS


class OrderForm(forms.Form):
    """What the client may choose: how long, and when, if not at once. The sum is computed from the listing."""

    minutes = forms.IntegerField(min_value=1, max_value=max(kind.largest_minutes for kind in KINDS.values()))
    starts_at = forms.DateTimeField(required=False)
    request_key = forms.UUIDField(widget=forms.HiddenInput)
