from extras.models.extra import (
    ASK_UNTIL_MS,
    LEAST_FEN,
    MOST_ASKED,
    MOST_EXTRAS,
    MOST_FEN,
    MOST_IN_ALL_FEN,
    OPEN_MS,
    REPLY_LENGTH,
    WHAT_LENGTH,
    Extra,
)
from extras.models.receipt import KeptReceipt

__all__ = [
    "ASK_UNTIL_MS",
    "LEAST_FEN",
    "MOST_ASKED",
    "MOST_EXTRAS",
    "MOST_FEN",
    "MOST_IN_ALL_FEN",
    "OPEN_MS",
    "REPLY_LENGTH",
    "WHAT_LENGTH",
    "Extra",
    "KeptReceipt",
]
