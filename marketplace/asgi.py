import os
from collections.abc import Callable
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
http = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler  # noqa: E402

from chat.live.hub import close_all  # noqa: E402
from chat.routing import websocket_urlpatterns  # noqa: E402
from listings.search.words import read_dictionaries  # noqa: E402

read_dictionaries()


async def lifespan(_scope: dict[str, Any], receive: Callable, send: Callable) -> None:
    """The server starts, and ends: then those who were connected to it are written down as gone at that moment."""
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await close_all()
    await send({"type": "lifespan.shutdown.complete"})


application = ProtocolTypeRouter(
    {
        "lifespan": lifespan,
        "http": ASGIStaticFilesHandler(http) if settings.DEBUG else http,
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))),
    }
)
