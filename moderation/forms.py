from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class DecisionForm(forms.Form):
    """`version` is the version of the case that was on the page; `words` and `parts` are its target's own
    (see `words_for` and `parts_of`)."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Needed to send it back. The companion reads it word for word, so say what would make it right."),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    decision = forms.ChoiceField(choices=[("approve", _("Approve")), ("reject", _("Send back"))])

    parts = forms.MultipleChoiceField(
        label=_("What has to be put right"),
        help_text=_(
            "When you send it back, only these are asked for again, and you confirm the papers you leave out: open "
            "them first. Tick nothing, and all papers are asked for again."
        ),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, words: dict[str, str], parts: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parts"].choices = parts
        self.fields["reason"].help_text = words.get("hint") or self.fields["reason"].help_text

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("decision") == "reject" and not self.cleaned_data.get("reason"):
            self.add_error("reason", _("Please say why, so that it can be put right."))
        return self.cleaned_data
