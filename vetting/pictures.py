"""Photos of papers as they are kept: a JPEG that can be read, drawn anew (common/pictures.py)."""

import io
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image

from common.pictures import TooManyPixels, UnreadablePicture, reading, upright
from vetting.errors import NotAPicture, PictureTooLarge, PictureTooSmall

MOST_BYTES = 8 * 2**20
LONGEST_SIDE = 2000
# Below this nobody can read a card.
SHORTEST_SIDE = 200
QUALITY = 88
FORMATS = ("JPEG", "PNG", "WEBP")


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
        with reading(content, FORMATS) as sent:
            if min(sent.size) < SHORTEST_SIDE:
                raise PictureTooSmall
            return Picture(_jpeg(upright(sent, LONGEST_SIDE)))
    except TooManyPixels as error:
        raise PictureTooLarge from error
    except UnreadablePicture as error:
        raise NotAPicture from error


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()
