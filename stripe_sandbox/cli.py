"""The command line."""

import argparse
import logging

import uvicorn

from stripe_sandbox.app import create_app
from stripe_sandbox.refunding import SETTLE_SECONDS
from stripe_sandbox.sandbox import Config


def main(arguments: list[str] | None = None) -> None:
    parser = options()
    asked = parser.parse_args(arguments)
    if bool(asked.webhook_url) != bool(asked.webhook_secret):
        parser.error("--webhook-url and --webhook-secret belong together")
    if bool(asked.connect_webhook_url) != bool(asked.connect_webhook_secret):
        parser.error("--connect-webhook-url and --connect-webhook-secret belong together")
    config = Config(
        db=asked.db,
        public_url=(asked.public_url or f"http://{asked.host}:{asked.port}").rstrip("/"),
        webhook_url=asked.webhook_url,
        webhook_secret=asked.webhook_secret,
        connect_webhook_url=asked.connect_webhook_url,
        connect_webhook_secret=asked.connect_webhook_secret,
        settle_seconds=asked.settle_seconds,
    )
    logging.basicConfig(level=asked.log_level.upper(), format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    uvicorn.run(
        create_app(config),
        host=asked.host,
        port=asked.port,
        log_level=asked.log_level,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=3,
    )


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="stripe_sandbox", description="A stateful stand-in for the Stripe API.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--db", required=True, help="the SQLite file that remembers everything")
    parser.add_argument("--public-url", help="where browsers reach the hosted pages; default http://HOST:PORT")
    parser.add_argument("--webhook-url", help="sends every event there, besides endpoints made through the API")
    parser.add_argument("--webhook-secret", help="whsec_…, signs what goes to --webhook-url")
    parser.add_argument("--connect-webhook-url", help="the same for the events of connected accounts")
    parser.add_argument("--connect-webhook-secret", help="whsec_…, signs what goes to --connect-webhook-url")
    parser.add_argument(
        "--settle-seconds",
        type=float,
        default=SETTLE_SECONDS,
        help="how long a refund, a check of an account or a step of a payout takes (default %(default)s)",
    )
    parser.add_argument("--log-level", default="warning", choices=("debug", "info", "warning", "error"))
    return parser
