from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        post_migrate.connect(after_migrate, sender=self)


def after_migrate(**_: Any) -> None:
    from payments.services.ledger import open_platform_accounts

    open_platform_accounts()
