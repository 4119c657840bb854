"""The command line of the launcher, in a checkout of its own so that a site running in this one is left alone."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from devstack import run
from devstack.places import CHECKOUT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    made = tmp_path / "my checkout"
    shutil.copytree(CHECKOUT / "devstack", made / "devstack")
    return made


def make_run(checkout: Path, port: str) -> subprocess.CompletedProcess:
    env = {**os.environ, "PORT": port}
    return subprocess.run(
        [sys.executable, "-m", "devstack", "run"], cwd=checkout, env=env, capture_output=True, text=True
    )


def test_a_port_in_use_is_one_line_and_a_bad_exit(checkout: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = make_run(checkout, str(other.getsockname()[1]))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "is in use" in done.stderr


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1"])
def test_a_port_that_is_none_is_one_line_and_a_bad_exit(checkout: Path, port: str):
    done = make_run(checkout, port)
    assert done.returncode == 1
    assert done.stderr.startswith("PORT is")


def test_what_the_environment_says_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    from devstack.services import Services

    stack = Services(tmp_path, "postgres://a", "redis://b", "http://c")
    monkeypatch.setenv("SITE_URL", "https://elsewhere.example")
    monkeypatch.setenv("DEBUG", "1")
    variables = run._variables(stack, 9000)
    assert variables["SITE_URL"] == "https://elsewhere.example"
    assert variables["DATABASE_URL"] == "postgres://a"


def test_the_demo_companions_run_in_debug_only(tmp_path: Path):
    assert "companion" in run.processes(9000, tmp_path, demo=True)
    assert set(run.processes(9000, tmp_path, demo=False)) == {"web", "worker", "worker-outside", "beat"}
