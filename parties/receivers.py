"""What parties does when two people part. In the sender's transaction, so short."""

from typing import Any

from django.dispatch import receiver

from accounts.models import Block, User
from accounts.signals import user_blocked
from parties import services


@receiver(user_blocked)
def not_at_one_table(sender: type[Block], blocker: User, blocked: User, **_: Any) -> None:
    services.part_company(by=blocker, other=blocked)
