"""HTTP to servers on this machine. Reading the certificates of all authorities, for each client anew, would take longer
than most of what is asked."""

import httpx


def client(url: str, *, timeout: float = 10, **options) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=timeout, verify=False, **options)


def answers(url: str) -> bool:
    """Whether a server is there and is well, by what it says at that address."""
    try:
        return httpx.get(url, timeout=2, verify=False).is_success
    except httpx.TransportError:
        return False
