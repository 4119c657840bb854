"""Pictures of a talk as they are kept: WebP, large and small, drawn anew (common/pictures.py)."""

import io
from dataclasses import dataclass

from PIL import Image

from chat.errors import NotAPicture, PictureTooLarge
from common.pictures import TooManyPixels, UnreadablePicture, reading, upright

MOST_BYTES = 10 * 2**20
MOST_PIXELS = 40_000_000
LONGEST_SIDE, PREVIEW_SIDE = 2048, 480
QUALITY = 80
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


@dataclass(frozen=True, slots=True)
class Drawn:
    """Two WebP files; width and height in pixels are those of the large one."""

    image: bytes
    preview: bytes
    width: int
    height: int


def draw(content: bytes) -> Drawn:
    """Of what moves the first frame. Raises NotAPicture, PictureTooLarge (bytes or pixels, before it is unpacked)."""
    if len(content) > MOST_BYTES:
        raise PictureTooLarge
    try:
        with reading(content, FORMATS, MOST_PIXELS) as sent:
            image = upright(sent, LONGEST_SIDE)
    except TooManyPixels as error:
        raise PictureTooLarge from error
    except UnreadablePicture as error:
        raise NotAPicture from error
    small = image.copy()
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    return Drawn(_webp(image), _webp(small), image.width, image.height)


def _webp(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=QUALITY)
    return out.getvalue()
