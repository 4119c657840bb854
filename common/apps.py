from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class CommonConfig(AppConfig):
    name = "common"

    def ready(self) -> None:
        from common import patience

        pre_migrate.connect(patience.wait_as_long_as_it_takes)
        post_migrate.connect(patience.wait_as_before)
