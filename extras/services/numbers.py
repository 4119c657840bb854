"""What an extra is called where money is looked at: it has no number of its own."""

from collections.abc import Collection
from uuid import UUID

from django.utils.translation import gettext as _

from extras.models import Extra


def numbers_of(refs: Collection[UUID]) -> dict[UUID, str]:
    """Of those that are extras, the number of their order, and that it is one."""
    codes = Extra.objects.filter(pk__in=refs).values_list("pk", "booking__code")
    return {pk: _("%(order)s, an extra") % {"order": code} for pk, code in codes}
