from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from notices.models import Device, Preference


class TimeOfDayField(forms.TimeField):
    """A time of day as minutes since midnight, or None."""

    widget = forms.TimeInput(format="%H:%M", attrs={"type": "time"})

    def prepare_value(self, value: Any) -> Any:
        return f"{value // 60:02d}:{value % 60:02d}" if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        time = super().clean(value)
        return None if time is None else time.hour * 60 + time.minute


class PreferenceForm(forms.ModelForm):
    quiet_from_min = TimeOfDayField(label=_("Quiet from"), required=False)
    quiet_until_min = TimeOfDayField(
        label=_("Quiet until"),
        required=False,
        help_text=_("Shanghai time. Nothing is sent then; what still waits for you comes when they end."),
    )

    class Meta:
        model = Preference
        fields = ["mail_messages", "mail_orders", "quiet_from_min", "quiet_until_min"]
        labels = {"mail_messages": _("E-mail about a message"), "mail_orders": _("E-mail about a new order")}
        widgets = {"mail_messages": forms.RadioSelect, "mail_orders": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Orders come to companions alone.
        if not hasattr(self.instance.user, "companion"):
            del self.fields["mail_orders"]

    def wishes(self) -> dict[str, Any]:
        return self.cleaned_data


class DeviceForm(forms.ModelForm):
    """What a browser says when it has subscribed; `replaces` is the endpoint that it had before."""

    replaces = forms.CharField(required=False)

    class Meta:
        model = Device
        fields = ["endpoint", "p256dh", "auth"]

    def validate_unique(self) -> None:
        """Told twice it is the same device."""
