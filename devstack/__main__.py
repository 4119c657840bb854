"""python -m devstack run | test [pytest arguments] | shell -- command… | clean"""

import argparse
import os
import subprocess
import sys

from devstack.errors import StackError


def main() -> int:
    parser = argparse.ArgumentParser(prog="devstack", description="我在 with nothing installed but Python.")
    commands = parser.add_subparsers(dest="command", required=True)
    shell = commands.add_parser("shell", help="run one command with throwaway services")
    shell.add_argument("--no-stripe", action="store_true", help="without the Stripe stand-in")
    shell.add_argument("argv", nargs="+")
    asked = parser.parse_args()
    from devstack.services import services

    with services(throwaway=True, given={}, with_stripe=not asked.no_stripe) as stack:
        return subprocess.call(asked.argv, env={**os.environ, "DEBUG": "1", **stack.environment})


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StackError as problem:
        sys.exit(f"devstack: {problem}")
    except KeyboardInterrupt:
        sys.exit(130)
