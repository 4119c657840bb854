from django.apps import AppConfig


class ListingsConfig(AppConfig):
    name = "listings"

    def ready(self) -> None:
        from listings import receivers  # noqa: F401
        from listings.kinds import KINDS
        from vetting import services as vetting

        for kind in KINDS.values():
            vetting.serve_alike(kind.certificates)
