"""`make code`: what the authenticator of the two demo accounts with a second step shows now (RFC 6238)."""

import base64
import hmac
import time

# The one that seed_demo gives them, only where DEBUG is on.
SECRET = "WOZAIDEMOWOZAIDEMOWOZAIDEMO234AB"  # noqa: S105 - shown to everybody, refused outside DEBUG
PERIOD_S = 30
DIGITS = 6


def code(secret: str, now_s: float) -> str:
    counter = int(now_s // PERIOD_S).to_bytes(8, "big")
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


if __name__ == "__main__":
    left_s = PERIOD_S - time.time() % PERIOD_S
    print(f"{code(SECRET, time.time())}  (for {left_s:.0f} s more)")
