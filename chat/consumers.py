"""The socket's door: who is it? From there on the socket is the listener's."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ImproperlyConfigured

from accounts.models import User
from chat.live.hub import hub
from chat.live.listener import Listener
from chat.live.server import EXTENSION, TakenSocket
from chat.live.standing import FORBIDDEN, SIGNED_OUT


async def chat_socket(scope: dict[str, Any], receive: Callable, send: Callable) -> None:
    """Returns as soon as the socket is taken over; it stays open (chat/live/server.py).

    Raises ImproperlyConfigured when the server has no sockets that can be taken.
    """
    socket = scope.get("extensions", {}).get(EXTENSION)
    if socket is None:
        raise ImproperlyConfigured(f"uvicorn has to be started with --ws={TakenSocket.__module__}:TakenSocket")
    await receive()
    await send({"type": "websocket.accept"})
    user = scope["user"]
    if user.is_authenticated and user.is_active:
        listener = Listener(await hub(), socket, user, scope["session"].session_key)
        listener.begin()
        socket.take(listener)
    else:
        socket.close(FORBIDDEN if await _is_suspended(scope["session"]) else SIGNED_OUT)


async def _is_suspended(session: SessionBase) -> bool:
    """Who is suspended is nobody to Django, also where he is still signed in."""
    return await User.objects.filter(pk=await session.aget(SESSION_KEY), is_active=False).aexists()
