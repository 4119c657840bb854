"""Whose a thing at the provider is, by what it was marked with when it was made."""

from collections.abc import Mapping
from uuid import UUID

from payments.models import Payment


def payment_marked(marks: Mapping[str, str]) -> Payment | None:
    """The payment; None for what is not ours: others may sell through the same account."""
    try:
        payments = Payment.objects.of(UUID(str(marks.get("ref"))))
        return payments.get(seq=int(marks["seq"])) if "seq" in marks else payments.last()
    except (ValueError, Payment.DoesNotExist):
        return None
