from django import template

from accounts.models import User
from chat.services import talks

register = template.Library()


@register.simple_tag
def unread_talks(user: User) -> int:
    """In how many talks there is something new; one query."""
    return talks.unread_talks(user)
