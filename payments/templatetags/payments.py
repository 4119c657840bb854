from django import template

from payments import services, words

register = template.Library()


@register.filter
def bank_reason(code: str) -> str:
    """Why a bank did not take a payout, and what to do."""
    return str(services.bank_reason(code))


@register.filter
def word(code: str, of: str) -> str:
    """What finance reads for a code: `of` is a key of `words.ALL`. One that has no word is shown as it is."""
    return str(words.ALL[of].get(code, code))
