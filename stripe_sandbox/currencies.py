"""The few currencies this stand-in knows. Amounts are integers of the minor unit."""

from dataclasses import dataclass

LARGEST_AMOUNT = 99_999_999


@dataclass(frozen=True)
class Currency:
    symbol: str
    decimals: int
    smallest_charge: int


CURRENCIES = {
    "cny": Currency("¥", 2, 400),
    "hkd": Currency("HK$", 2, 400),
    "usd": Currency("$", 2, 50),
    "eur": Currency("€", 2, 50),
    "sgd": Currency("S$", 2, 50),
    "jpy": Currency("JP¥", 0, 50),
}


def written(amount: int, currency: str) -> str:
    """¥12.50, −¥3.00, JP¥500."""
    shape = CURRENCIES[currency]
    sign = "−" if amount < 0 else ""
    whole, part = divmod(abs(amount), 10**shape.decimals)
    tail = f".{part:0{shape.decimals}d}" if shape.decimals else ""
    return f"{sign}{shape.symbol}{whole:,}{tail}"
