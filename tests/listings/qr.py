"""A reader of clean QR codes, written from the standard (ISO/IEC 18004): versions 1 to 6, level M, bytes.

What is drawn is not dirty, so nothing has to be corrected; the places, the mask and the order of the bits are read as a
phone reads them.
"""

from collections.abc import Iterator

FORMAT_MASK = 0b101010000010010
LEVEL_M = 0b00
# By version: (blocks, data codewords in each), level M.
BLOCKS = {1: (1, 16), 2: (1, 28), 3: (1, 44), 4: (2, 32), 5: (2, 43), 6: (4, 27)}
FORMAT_AT = [(0, 8), (1, 8), (2, 8), (3, 8), (4, 8), (5, 8), (7, 8), (8, 8)] + [(8, y) for y in (7, 5, 4, 3, 2, 1, 0)]
MASKS = (
    lambda x, y: (x + y) % 2 == 0,
    lambda x, y: y % 2 == 0,
    lambda x, y: x % 3 == 0,
    lambda x, y: (x + y) % 3 == 0,
    lambda x, y: (y // 2 + x // 3) % 2 == 0,
    lambda x, y: x * y % 2 + x * y % 3 == 0,
    lambda x, y: (x * y % 2 + x * y % 3) % 2 == 0,
    lambda x, y: ((x + y) % 2 + x * y % 3) % 2 == 0,
)
BYTES = 0b0100


def decoded(dark: set[tuple[int, int]]) -> str:
    """The text of a code whose dark modules stand at these (x, y), wherever it lies."""
    left, top = min(x for x, _ in dark), min(y for _, y in dark)
    dark = {(x - left, y - top) for x, y in dark}
    size = max(x for x, _ in dark) + 1
    version = (size - 17) // 4
    form = number((place in dark) for place in FORMAT_AT) ^ FORMAT_MASK
    assert form >> 13 == LEVEL_M
    mask = MASKS[form >> 10 & 0b111]
    bits = [((x, y) in dark) != mask(x, y) for x, y in data_places(size)]
    return text_of(in_order(bits, *BLOCKS[version]))


def data_places(size: int) -> Iterator[tuple[int, int]]:
    """Two columns at a time from the right, up and down in turns, past what is no data."""
    columns = [x for x in range(size - 1, 0, -1) if x > 6][::2] + [5, 3, 1]
    for turn, right in enumerate(columns):
        rows = range(size) if turn % 2 else range(size - 1, -1, -1)
        yield from ((x, y) for y in rows for x in (right, right - 1) if not is_fixed(x, y, size))


def is_fixed(x: int, y: int, size: int) -> bool:
    finder = (x < 9 and y < 9) or (x > size - 9 and y < 9) or (x < 9 and y > size - 9)
    middle = size - 7
    alignment = size > 21 and abs(x - middle) <= 2 and abs(y - middle) <= 2
    return finder or alignment or x == 6 or y == 6


def in_order(bits: list[bool], blocks: int, length: int) -> list[bool]:
    """The blocks' codewords were dealt out in turns; the data of each block, one after the other."""
    words = [bits[at : at + 8] for at in range(0, len(bits), 8)]
    return [bit for block in range(blocks) for word in words[block : blocks * length : blocks] for bit in word]


def text_of(bits: list[bool]) -> str:
    assert number(bits[:4]) == BYTES
    count = number(bits[4:12])
    letters = [number(bits[at : at + 8]) for at in range(12, 12 + 8 * count, 8)]
    return bytes(letters).decode()


def number(bits) -> int:
    return int("".join("1" if bit else "0" for bit in bits), 2)
