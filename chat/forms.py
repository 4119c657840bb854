from django import forms

from chat.models import QuickReply
from common.words import tidy


class QuickReplyForm(forms.ModelForm):
    class Meta:
        model = QuickReply
        fields = ["text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 2})}

    def clean_text(self) -> str:
        text = tidy(self.cleaned_data["text"])
        if not text:
            raise forms.ValidationError(self.fields["text"].error_messages["required"], "required")
        return text
