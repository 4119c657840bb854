"""Money is an integer of fen (1/100 yuan), everywhere."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

MINUTES_PER_HOUR = 60
FEN_PER_YUAN = 100


def format_yuan(fen: int) -> str:
    """¥20 for 2000, ¥3.66 for 366, -¥0.50 for -50."""
    sign = "-" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), FEN_PER_YUAN)
    return f"{sign}¥{yuan:,}" + (f".{rest:02d}" if rest else "")


def plain_yuan(fen: int) -> str:
    """20.00 for 2000, -0.05 for -5: what a spreadsheet takes for a number."""
    yuan, rest = divmod(abs(fen), FEN_PER_YUAN)
    return f"{'-' if fen < 0 else ''}{yuan}.{rest:02d}"


def price_of_minutes(*, fen_per_hour: int, minutes: int) -> int:
    """The cumulative price in fen of whole minutes, rounded down; 60 minutes cost exactly the hour's price."""
    return fen_per_hour * minutes // MINUTES_PER_HOUR


def divided(amount: int, parts: Sequence[int]) -> list[int]:
    """`amount` fen in the proportion of these parts, none of them more than a fen off; they add up to it exactly."""
    whole = sum(parts) or 1
    ends = [amount * end // whole for end in accumulate(parts, initial=0)]
    return [end - start for start, end in pairwise(ends)]


def share_of(amount: int, *, basis_points: int) -> int:
    """The share in fen, rounded down."""
    return amount * basis_points // 10_000
