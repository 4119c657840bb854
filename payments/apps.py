from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from payments.groups import ensure_finance

        post_migrate.connect(ensure_finance, sender=self)
