"""Photos are drawn anew: what comes out holds pixels and nothing else, whatever was sent."""

import io
import struct
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from PIL import ExifTags, Image
from PIL.JpegImagePlugin import JpegImageFile

# Each of these takes at most about 200 MB to unpack. A JPEG that has all its colours in one scan, as cameras write
# them, is made small while it is read; all else is unpacked as a whole first.
MOST_PIXELS = {"PNG": 20_000_000, "WEBP": 12_500_000, "GIF": 20_000_000}
MOST_PIXELS_JPEG = 24_000_000
MOST_PIXELS_ONE_SCAN = 120_000_000
# Markers of a JPEG: its first scan begins; frames whose colours come bit by bit; those without a length.
SCAN = 0xDA
SEVERAL_SCANS = {*range(0xC2, 0xD0)} - {0xC4, 0xC8, 0xC9, 0xCC}
BARE = range(0xD0, 0xDA)
UNREADABLE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    struct.error,
    zlib.error,
)
# How a picture is turned to stand upright, by the orientation its EXIF tells.
UPRIGHT = 1
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class UnreadablePicture(Exception):
    """None of the formats that are taken, or broken."""


class TooManyPixels(Exception):
    """More than can be unpacked cheaply, or than is asked for; known before it is unpacked."""


@contextmanager
def reading(content: bytes, formats: Collection[str], most_pixels: int = MOST_PIXELS_ONE_SCAN) -> Iterator[Image.Image]:
    """The picture, not unpacked yet. It is known by what is in the file: its name and the type a browser claims say
    nothing. Raises UnreadablePicture, also for what is found out while it is drawn, and TooManyPixels."""
    try:
        with Image.open(io.BytesIO(content), formats=tuple(formats)) as sent:
            if sent.width * sent.height > min(most_pixels, _cheap_pixels(sent, content)):
                raise TooManyPixels
            yield sent
    except Image.DecompressionBombError as error:
        raise TooManyPixels from error
    except UNREADABLE as error:
        raise UnreadablePicture from error


def upright(sent: Image.Image, longest_side: int) -> Image.Image:
    """Its pixels alone, in RGB and turned as it was taken, made smaller where a side is longer."""
    longest = max(sent.size)
    sent.draft("RGB", (longest_side * sent.width // longest, longest_side * sent.height // longest))
    # Loaded first: to make a thumbnail of what is not would undo the draft. Turned last: that is a copy.
    sent.load()
    turn = _turn(sent)
    # Of numbers in a palette no colour between two can be made.
    whole = sent.convert("RGBA") if sent.mode in ("1", "P") else sent
    whole.thumbnail((longest_side, longest_side))
    return _bare(whole if turn is None else whole.transpose(turn))


def _cheap_pixels(sent: Image.Image, content: bytes) -> int:
    if not isinstance(sent, JpegImageFile):
        return MOST_PIXELS[str(sent.format)]
    return MOST_PIXELS_ONE_SCAN if _is_one_scan(content, sent.layers) else MOST_PIXELS_JPEG


def _is_one_scan(content: bytes, colours: int) -> bool:
    """Whether this JPEG can be read line by line. Anything unusual before its first scan is a no."""
    place = 2
    while content[place] == 0xFF:
        marker = content[place + 1]
        if marker == SCAN:
            return content[place + 4] == colours
        if marker in SEVERAL_SCANS or marker in BARE or not 0xC0 <= marker < 0xFF:
            return False
        place += 2 + int.from_bytes(content[place + 2 : place + 4])
    return False


def _turn(sent: Image.Image) -> Image.Transpose | None:
    """None where the EXIF says nothing or is broken, as that of some phones is: then it is taken as it lies.

    ImageOps.exif_transpose would write all of the EXIF anew, and fail where any part of it is broken.
    """
    try:
        return TURNS.get(sent.getexif().get(ExifTags.Base.Orientation, UPRIGHT))
    except UNREADABLE:
        return None


def _bare(image: Image.Image) -> Image.Image:
    """A new image, because saving carries comments and profiles of the old one over. What can be seen through stands on
    white."""
    bare = Image.new("RGB", image.size, "white")
    if image.has_transparency_data:
        clear = image.convert("RGBA")
        bare.paste(clear, mask=clear)
    else:
        bare.paste(image.convert("RGB"))
    return bare
