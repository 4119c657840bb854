from django import forms


class CardForm(forms.Form):
    """With which saved card; without one on the payment page."""

    card = forms.IntegerField(required=False)
