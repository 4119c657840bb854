from django.apps import AppConfig


class VettingConfig(AppConfig):
    name = "vetting"

    def ready(self) -> None:
        from vetting import receivers, sealing  # noqa: F401

        sealing.keys()
