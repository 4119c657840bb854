"""The files for a real machine: each variable is documented, and compose understands the whole."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.urls import reverse

from devstack import run
from devstack.places import CHECKOUT

COMPOSE = next(
    (
        argv
        for argv in (["docker", "compose"], ["docker-compose"])
        if shutil.which(argv[0]) and not subprocess.run([*argv, "version"], capture_output=True).returncode
    ),
    None,
)
SECRET = {
    "/listings/calendar/": "listings:feed",
    "/parties/with/": "parties:invitation",
    "/safe/with/": "safety:shared",
}
needs_compose = pytest.mark.skipif(COMPOSE is None, reason="no docker compose here")


def read(name: str) -> str:
    return (CHECKOUT / name).read_text()


def variables_of_compose() -> set[str]:
    return set(re.findall(r"(?<!\$)\$\{(\w+)", read("docker-compose.yml")))


def variables_read() -> set[str]:
    settings = set(re.findall(r'(?:env\.\w+|required)\(\s*"(\w+)"', read("marketplace/settings.py")))
    launcher = "".join(path.read_text() for path in (CHECKOUT / "devstack").glob("*.py"))
    return settings | set(re.findall(r'os\.environ(?:\.get\(|\[)"(\w+)"', launcher)) | variables_of_compose()


def test_every_variable_is_in_the_example_and_the_other_way_round():
    shown = re.findall(r"^#?([A-Z][A-Z_]+)=", read(".env.example"), re.M)
    assert len(shown) == len(set(shown))
    assert set(shown) == variables_read()


def compose(**without: None) -> subprocess.CompletedProcess:
    required = re.findall(r"\$\{(\w+):\?", read("docker-compose.yml"))
    secrets = {name: "/x" for name in required if name not in without}
    env = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **secrets}
    argv = [*COMPOSE, "--project-directory", str(CHECKOUT), "-f", str(CHECKOUT / "docker-compose.yml"), "config"]
    return subprocess.run([*argv], env=env, cwd="/", capture_output=True, text=True)


@needs_compose
def test_compose_understands_the_file():
    done = compose()
    assert done.returncode == 0, done.stderr
    for service in ("web", "worker", "worker-outside", "beat", "postgres", "redis", "nginx", "migrate"):
        assert f"  {service}:" in done.stdout


@needs_compose
@pytest.mark.parametrize("name", ["SECRET_KEY", "POSTGRES_PASSWORD", "STRIPE_SECRET_KEY", "SITE_HOST"])
def test_a_missing_secret_stops_the_start_with_its_name(name: str):
    done = compose(**{name: None})
    assert done.returncode != 0
    assert f"set {name}" in done.stderr


def collecting(tmp_path: Path) -> tuple[list[str], dict[str, str]]:
    """How the image collects its files, with a folder of ours in place of the image's."""
    (command,) = re.findall(r"^RUN ((?:.*\\\n)*.*collectstatic.*)$", read("Dockerfile"), re.M)
    words = command.replace("\\\n", " ").split()
    env = dict(word.split("=", 1) for word in words if re.match(r"[A-Z_]+=", word))
    argv = [sys.executable, *words[words.index("python") + 1 :]]
    return argv, {**env, "STATIC_ROOT": str(tmp_path), "PATH": os.environ["PATH"]}


def test_the_image_can_be_built_without_a_secret(tmp_path: Path):
    argv, env = collecting(tmp_path)
    done = subprocess.run(argv, env=env, cwd=CHECKOUT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert any(tmp_path.iterdir())


def locations(server: str) -> list[str]:
    """The blocks of nginx' configuration in which this server answers, each with its first line."""
    blocks = re.findall(r"^server \{$.*?^\}$", read("deploy/nginx.conf.template"), re.M | re.S)
    (found,) = [block for block in blocks if server in block and "${SITE_HOST};" in block]
    return re.findall(r"^    location .*?^    \}$", found, re.M | re.S)


@pytest.mark.parametrize("server", ["listen 80;", "listen 443 ssl;"])
@pytest.mark.parametrize(("path", "page"), SECRET.items())
def test_a_secret_address_is_in_no_log_of_the_front(server: str, path: str, page: str):
    address = reverse(page, args=[UUID(int=0)])
    secret, rest = (next(one for one in locations(server) if f"location {place} " in one) for place in (path, "/"))
    assert address.startswith(path)
    assert "access_log off;" in secret
    # Its error log names the whole request.
    assert re.search(r"error_log \S+ crit;", secret)
    (does,) = re.findall(r"^ +(?:proxy_pass|return) .*;$", rest, re.M)
    assert does in secret


def test_nor_in_those_of_the_web_processes():
    compose, dockerfile = read("docker-compose.yml"), read("Dockerfile")
    assert "- --no-access-log\n" in compose
    assert '"--no-access-log"' in next(line for line in dockerfile.splitlines() if line.startswith("CMD"))


def test_nor_on_ones_own_machine(tmp_path: Path):
    web = run.processes(9000, tmp_path, demo=False)["web"]
    assert "--no-access-log" in web or web[web.index("--log-level") + 1] == "warning"


def test_every_queue_has_its_worker(tmp_path: Path):
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()} | {"celery"}
    assert set(re.findall(r'"-Q", "(\w+)"', read("docker-compose.yml"))) == routed
    lines = run.processes(9000, tmp_path, demo=False).values()
    assert {argv[argv.index("--queues") + 1] for argv in lines if "--queues" in argv} == routed
