"""`make run`: services, tables, demo data, then web, worker, beat and the demo companions until Ctrl-C."""

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import environ
from honcho.manager import Manager

from devstack import children, ending, ports, site
from devstack.errors import StackError
from devstack.places import CHECKOUT, DATA_DIR
from devstack.services import Services, services
from devstack.stripe import CONNECT_SECRET, DEVELOPMENT_SECRET

ASKED_TO_STOP = (130, 143)
# Warnings at each start about what is meant so.
AS_ROOT_TOO = ["-W", "ignore:You're running the worker with superuser privileges"]


def run() -> int:
    """The exit code: 0 when asked to stop, else that of the process whose end stopped the rest."""
    environ.Env.read_env(CHECKOUT / ".env")
    port = _port(os.environ.get("PORT") or "8000")
    with services(data_dir=DATA_DIR, given=os.environ, web_port=port) as stack:
        variables = _variables(stack, port)
        env = children.environment(stack.data_dir, variables)
        _prepare(env)
        with site.noted(stack.data_dir, variables):
            return _serve(env, port, stack.data_dir)


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise StackError(f"PORT is {text!r}: give a number from 1 to 65535.")
    return int(text)


def _variables(stack: Services, port: int) -> dict[str, str]:
    """What the environment and .env leave open; what they say wins."""
    defaults = {
        "DEBUG": "1",
        "SITE_URL": f"http://{ports.LOOPBACK}:{port}",
        "STRIPE_WEBHOOK_SECRET": DEVELOPMENT_SECRET if stack.stripe_url else "",
        "STRIPE_CONNECT_WEBHOOK_SECRET": CONNECT_SECRET if stack.stripe_url else "",
    }
    return {name: os.environ.get(name) or value for name, value in defaults.items()} | stack.environment


def _is_demo(env: Mapping[str, str]) -> bool:
    return env["DEBUG"].lower() in environ.Env.BOOLEAN_TRUE_STRINGS


def _prepare(env: Mapping[str, str]) -> None:
    commands = [["migrate", "--no-input", "-v", "0"], *([["seed_demo"]] if _is_demo(env) else [])]
    for command in commands:
        if subprocess.call([sys.executable, "manage.py", *command], cwd=CHECKOUT, env=env):
            raise StackError(f"manage.py {command[0]} failed, see above.")


def processes(port: int, data_dir: Path, *, demo: bool) -> dict[str, list[str]]:
    """The command line of each process type, by the name shown before its output."""
    celery = ["-m", "celery", "-q", "-A", "marketplace"]
    quiet = ["--loglevel", "WARNING"]
    web = [
        "-m",
        "uvicorn",
        "marketplace.asgi:application",
        # Chat frames are short, and those of a page that is open all day cost no memory for a window of what was said.
        "--ws=chat.live.server:TakenSocket",
        "--ws-per-message-deflate=false",
        "--ws-max-size=65536",
        # A phone that lost its network says nothing: within 20 s it is known.
        "--ws-ping-interval=10",
        "--ws-ping-timeout=10",
        "--timeout-graceful-shutdown",
        "3",
    ]
    worker = [*AS_ROOT_TOO, *celery, "worker", "--concurrency", "2", "--without-mingle", "--without-gossip", *quiet]
    found = {
        "web": [*web, "--host", ports.LOOPBACK, "--port", str(port), "--log-level", "warning"],
        "worker": [*worker, "--queues", "celery"],
        "worker-outside": [*worker, "--queues", "outside", "--hostname", "outside@%h"],
        "beat": [*celery, "beat", "--schedule", str(data_dir / "celerybeat-schedule"), "--pidfile", "", *quiet],
    }
    if demo:
        found["companion"] = ["manage.py", "demo_companion"]
    return {name: [sys.executable, *arguments] for name, arguments in found.items()}


def _serve(env: Mapping[str, str], port: int, data_dir: Path) -> int:
    manager = Manager()
    for name, argv in processes(port, data_dir, demo=_is_demo(env)).items():
        manager.add_process(name, f"exec {shlex.join(argv)}", env=dict(env), cwd=str(CHECKOUT))
    argv = [sys.executable, "-m", "devstack.welcome", env["SITE_URL"]]
    welcome = subprocess.Popen(argv, cwd=CHECKOUT, env=env, start_new_session=True)
    try:
        manager.loop()
    finally:
        with ending.undisturbed():
            welcome.kill()
            welcome.wait()
    return 0 if manager.returncode in ASKED_TO_STOP else manager.returncode or 1
