"""python -m devstack run | manage command… | test [pytest arguments] | clean
| shell [--no-stripe] [--postgres A=B] -- command…"""

import argparse
import sys
from collections.abc import Sequence

from devstack.errors import StackError


def main(argv: Sequence[str]) -> int:
    """The exit code. `test` and `manage` hand on all that follows, so argparse does not see it."""
    if argv[:1] == ["test"]:
        from devstack.testing import test

        return test(argv[1:])
    if argv[:1] == ["manage"]:
        from devstack.site import manage

        return manage(argv[1:])
    asked = _parser().parse_args(argv)
    if asked.command == "run":
        from devstack.run import run

        return run()
    if asked.command == "shell":
        from devstack.testing import shell

        return shell(asked.argv, with_stripe=not asked.no_stripe, settings=dict(asked.postgres))
    from devstack.cleaning import clean

    return clean()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="devstack", description="我在, with nothing installed but Python.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="the whole site until Ctrl-C")
    commands.add_parser("manage", help="manage.py in the environment of the running site; takes its arguments")
    commands.add_parser("test", help="pytest on throwaway services; takes pytest's arguments")
    shell = commands.add_parser("shell", help="one command on throwaway services")
    shell.add_argument("--no-stripe", action="store_true", help="without the Stripe stand-in")
    shell.add_argument(
        "--postgres",
        action="append",
        default=[],
        type=lambda text: text.split("=", 1),
        metavar="NAME=VALUE",
        help="a setting of PostgreSQL; a throwaway one has fsync=off",
    )
    shell.add_argument("argv", nargs="+", metavar="command")
    commands.add_parser("clean", help="delete this checkout's data")
    return parser


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except StackError as problem:
        sys.exit(str(problem))
    except PermissionError as problem:
        sys.exit(f"{problem.filename} belongs to another user. Run as that user, or `make clean` as root.")
    except KeyboardInterrupt:
        sys.exit(130)
