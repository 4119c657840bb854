"""Ports on the loopback address."""

import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen there now. A listener on every address counts as well."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return not answers(port)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


def lasting_port(remembered: Path) -> int:
    """The port written in the file if it is still free, else a new one. Addresses then survive a restart."""
    port = int(remembered.read_text()) if remembered.exists() else 0
    if not port or not is_free(port):
        port = free_port()
        remembered.write_text(str(port))
    return port
