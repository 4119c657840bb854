"""The ASGI application: API, hosted pages, overview for people, control API for tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from stripe_sandbox import api, dispute_control
from stripe_sandbox.control import Control
from stripe_sandbox.errors import StripeError
from stripe_sandbox.faults import FaultGate
from stripe_sandbox.pages import authentication, checkout, overview
from stripe_sandbox.pages.connect import express, onboarding
from stripe_sandbox.pages.look import not_found
from stripe_sandbox.sandbox import Config, Sandbox

STATIC = Path(__file__).parent / "static"


def create_app(config: Config) -> FaultGate:
    sandbox = Sandbox(config)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await sandbox.start()
        yield
        await sandbox.stop()

    routes = [
        *api.routes(sandbox.store),
        *Control(sandbox).routes(),
        *dispute_control.routes(sandbox.store),
        *checkout.routes(sandbox.store),
        *authentication.routes(sandbox.store),
        *onboarding.routes(sandbox.store),
        *express.routes(sandbox.store),
        *overview.routes(sandbox.store),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    handlers = {404: nowhere, 405: nowhere, StripeError: control_refused}
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)
    return FaultGate(OwnPagesOnly(app), sandbox.faults)


class OwnPagesOnly:
    """Pages and control API have no login: a foreign web page open in the same browser must not post to them."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        foreign = scope["type"] == "http" and (b"sec-fetch-site", b"cross-site") in scope["headers"]
        if foreign and scope["method"] != "GET":
            await Response("Cross-site requests are refused.", 403)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


async def nowhere(request: Request, error: Exception) -> Response:
    if request.url.path.startswith("/v1/"):
        return await api.unknown_url(request, error)
    return not_found(request)


async def control_refused(request: Request, error: Exception) -> Response:
    """What the API itself refuses is answered there; this is for the control API and the pages."""
    assert isinstance(error, StripeError)  # noqa: S101
    if error.status == 404 and not request.url.path.startswith("/_sandbox"):
        return not_found(request)
    return JSONResponse(error.body(), error.status)
