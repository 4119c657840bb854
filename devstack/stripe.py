"""The Stripe stand-in as a process of its own."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devstack import children, ports
from devstack.places import CHECKOUT

# They sign webhooks of the stand-in only.
DEVELOPMENT_SECRET = "whsec_development"  # noqa: S105
CONNECT_SECRET = "whsec_connect"  # noqa: S105


@contextmanager
def stand_in(
    data_dir: Path, *, web_port: int | None, webhook_secret: str, connect_secret: str = CONNECT_SECRET
) -> Iterator[str]:
    """The address (http://…) of a running stand-in until the block ends. It posts events to the web port if given."""
    port = ports.lasting_port(data_dir / "stripe.port")
    argv = [sys.executable, "-m", "stripe_sandbox", "--port", str(port), "--db", str(data_dir / "stripe.sqlite3")]
    if web_port:
        base = f"http://{ports.LOOPBACK}:{web_port}/stripe"
        argv += ["--webhook-url", f"{base}/webhook/", "--webhook-secret", webhook_secret]
        argv += ["--connect-webhook-url", f"{base}/connect/", "--connect-webhook-secret", connect_secret]
    log = data_dir / "logs" / "stripe.log"
    child = children.start(argv, tag=data_dir, cwd=CHECKOUT, log=log)
    try:
        children.wait_until(lambda: ports.answers(port), child=child, name="The Stripe stand-in", log=log)
        yield f"http://{ports.LOOPBACK}:{port}"
    finally:
        children.stop(child, gently=signal.SIGTERM)
