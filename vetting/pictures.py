"""Photos are drawn anew: what comes out holds pixels and nothing else, whatever was sent."""

import io
import struct
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from PIL import ExifTags, Image

from vetting.errors import NotAPicture, PictureTooLarge, PictureTooSmall

MOST_BYTES = 8 * 2**20
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 2000
# Below this nobody can read a card.
SHORTEST_SIDE = 200
QUALITY = 88
# Known by what is in the file; its name and the type the browser claims say nothing.
FORMATS = ("JPEG", "PNG", "WEBP")
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

    Raises NotAPicture, PictureTooLarge (over 8 MB, or over 50 megapixels before anything is unpacked),
    PictureTooSmall (a side under 200 px).
    """
    content = upload.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise PictureTooLarge
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as sent:
            if sent.width * sent.height > MOST_PIXELS:
                raise PictureTooLarge
            if min(sent.size) < SHORTEST_SIDE:
                raise PictureTooSmall
            return Picture(_jpeg(_upright(sent)))
    except Image.DecompressionBombError as error:
        raise PictureTooLarge from error
    except UNREADABLE as error:
        raise NotAPicture from error


def _upright(sent: Image.Image) -> Image.Image:
    sent.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    sent.load()
    turn = _turn(sent)
    turned = sent.copy() if turn is None else sent.transpose(turn)
    turned.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return turned.convert("RGB")


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
