from django import template

from payments import services

register = template.Library()


@register.filter
def bank_reason(code: str) -> str:
    """Why a bank did not take a payout, and what to do."""
    return str(services.bank_reason(code))
