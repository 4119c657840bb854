from django.apps import AppConfig


class VettingConfig(AppConfig):
    name = "vetting"

    def ready(self) -> None:
        from common import sealing
        from vetting import receivers  # noqa: F401

        sealing.keys()
