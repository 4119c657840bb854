from django import forms

from chat.models import QuickReply


class QuickReplyForm(forms.ModelForm):
    class Meta:
        model = QuickReply
        fields = ["text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 2})}
