"""Photos are drawn anew: what comes out holds pixels and nothing else, whatever was sent."""

import io
import struct
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from PIL import ExifTags, Image
from PIL.JpegImagePlugin import JpegImageFile

from vetting.errors import NotAPicture, PictureTooLarge, PictureTooSmall

MOST_BYTES = 8 * 2**20
# Each of these takes at most about 200 MB to unpack. A JPEG that has all its colours in one scan, as cameras write
# them, is made small while it is read; all else is unpacked as a whole first.
MOST_PIXELS = {"PNG": 20_000_000, "WEBP": 12_500_000}
MOST_PIXELS_JPEG = 24_000_000
MOST_PIXELS_ONE_SCAN = 120_000_000
LONGEST_SIDE = 2000
# Below this nobody can read a card.
SHORTEST_SIDE = 200
QUALITY = 88
# Known by what is in the file; its name and the type the browser claims say nothing.
FORMATS = ("JPEG", "PNG", "WEBP")
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
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Picture:
    content: bytes
    content_type: str = "image/jpeg"


def redraw(upload: BinaryIO) -> Picture:
    """The photo as a JPEG of at most 2000 px a side, upright, without any metadata.

    Raises NotAPicture, PictureTooLarge (over 8 MB, or of more pixels than can be unpacked cheaply),
    PictureTooSmall (a side under 200 px).
    """
    content = upload.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise PictureTooLarge
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as sent:
            if sent.width * sent.height > _most_pixels(sent, content):
                raise PictureTooLarge
            if min(sent.size) < SHORTEST_SIDE:
                raise PictureTooSmall
            return Picture(_jpeg(_upright(sent)))
    except Image.DecompressionBombError as error:
        raise PictureTooLarge from error
    except UNREADABLE as error:
        raise NotAPicture from error


def _most_pixels(sent: Image.Image, content: bytes) -> int:
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


def _upright(sent: Image.Image) -> Image.Image:
    longest = max(sent.size)
    sent.draft("RGB", (LONGEST_SIDE * sent.width // longest, LONGEST_SIDE * sent.height // longest))
    # Loaded first: to make a thumbnail of what is not would undo the draft. Turned last: that is a copy.
    sent.load()
    turn = _turn(sent)
    sent.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return (sent if turn is None else sent.transpose(turn)).convert("RGB")


def _turn(sent: Image.Image) -> Image.Transpose | None:
    """None where the EXIF says nothing or is broken, as that of some phones is: then it is taken as it lies.

    ImageOps.exif_transpose would write all of the EXIF anew, and fail where any part of it is broken.
    """
    try:
        return TURNS.get(sent.getexif().get(ExifTags.Base.Orientation))
    except UNREADABLE:
        return None


def _jpeg(image: Image.Image) -> bytes:
    # A new image, because saving carries comments and profiles of the old one over.
    clean = Image.new("RGB", image.size)
    clean.paste(image)
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()
