from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from moderation.errors import ReasonMissing


class DecisionForm(forms.Form):
    """`version` is the version of the case that was on the page; `words` and `parts` are its target's own
    (see `words_for` and `parts_of`). `needs_word`: approving it takes a reason as well."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Needed to send it back. The companion reads it word for word, so say what would make it right."),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4, "data-key-focus": "e"}),
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

    def __init__(
        self, *args: Any, words: dict[str, str], parts: list[tuple[str, str]], needs_word: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parts"].choices = parts
        reason = self.fields["reason"]
        reason.required = needs_word
        reason.help_text = words.get("hint") or reason.help_text
        reason.error_messages["required"] = words.get("missing") or ReasonMissing.message

    def clean(self) -> dict[str, Any]:
        is_silent = "reason" not in self.errors and not self.cleaned_data.get("reason")
        if self.cleaned_data.get("decision") == "reject" and is_silent:
            self.add_error("reason", self.fields["reason"].error_messages["required"])
        return self.cleaned_data
