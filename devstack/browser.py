"""A Chromium for the stories in tests/browser."""

import os
import shutil
import subprocess
from pathlib import Path

from devstack import apt

# The same engine without windows of its own takes a third less of the machine.
SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ON_A_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
NONE = "No browser for tests/browser: install Chromium or Chrome, or set CHROMIUM to its path."


def find() -> str | None:
    """The path of a browser: the variable CHROMIUM, else an installed one."""
    if os.environ.get("CHROMIUM"):
        return os.environ["CHROMIUM"]
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    return found or (str(ON_A_MAC) if ON_A_MAC.exists() else None)


def ensure() -> str | None:
    """As `find`, after installing a browser and Chinese letters where that is possible: apt, and we are root."""
    missing = [*([] if find() else [SHELL]), *([] if _has_chinese_letters() else ["fonts-noto-cjk"])]
    apt.install(missing)
    if not find():
        apt.install(["chromium"])
    return find()


def _has_chinese_letters() -> bool:
    if not shutil.which("fc-list"):
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True, check=False).stdout.strip())
