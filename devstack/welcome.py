"""Waits for the first page, then says where it is: `python -m devstack.welcome http://127.0.0.1:8000`."""

import sys
import time
import urllib.error
import urllib.request

ACCOUNTS = tuple(f"{name}@example.com" for name in ("client", "friend", "companion", "moderator", "finance"))
PASSWORD = "wozai-demo"  # noqa: S105 - shown to everybody, refused outside DEBUG


def wait_for(address: str) -> None:
    while True:
        try:
            with urllib.request.urlopen(address, timeout=30):  # noqa: S310 - our own http:// address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)


def text(address: str) -> str:
    accounts = "\n".join(f"    {account:<24}{PASSWORD}" for account in ACCOUNTS)
    second_step = "  moderator and finance show a second step: `make code` prints it."
    return f"\n  我在 is at {address}/\n\n{accounts}\n\n{second_step}\n\n  Ctrl-C stops it.\n"


if __name__ == "__main__":
    wait_for(sys.argv[1])
    print(text(sys.argv[1]), flush=True)
