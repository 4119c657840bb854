"""What people send as a photo, kindly meant or not."""

import io
import struct
import zlib

import pytest
from PIL import Image

from tests.papers import a_photo, an_upload
from vetting.errors import NotAPicture, PictureTooLarge, PictureTooSmall
from vetting.pictures import MOST_BYTES, redraw


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def exif() -> Image.Exif:
    tags = Image.Exif()
    tags[0x010E] = "SECRET-PLACE"
    tags[0x0112] = 6
    tags.get_ifd(0x8825).update({1: "N", 2: (31.0, 13.0, 49.0)})
    return tags


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_comes_out_as_a_plain_jpeg(form):
    picture = redraw(a_photo(form=form))
    assert (opened(picture.content).format, picture.content_type) == ("JPEG", "image/jpeg")


def test_place_and_camera_are_gone_and_it_stands_upright():
    sent = a_photo((640, 400), exif=exif(), comment=b"SECRET-COMMENT")
    assert b"SECRET-PLACE" in sent.read() and not sent.seek(0)
    drawn = redraw(sent)
    assert b"SECRET" not in drawn.content
    assert not opened(drawn.content).getexif()
    assert opened(drawn.content).size == (400, 640)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_whose_exif_breaks_off_is_taken_as_it_lies(form):
    sent = a_photo((640, 400), form=form, exif=b"Exif\0\0II*\0")
    assert opened(redraw(sent).content).size == (640, 400)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_with_a_broken_tag_stands_upright_where_the_tag_for_it_is_whole(form):
    drawn = redraw(a_photo((640, 400), form=form, exif=exif_with_a_broken_tag()))
    assert opened(drawn.content).size == (400, 640)


def exif_with_a_broken_tag() -> bytes:
    """Turned by a quarter, and one and a half pixels wide: no whole number, so it cannot be written again."""
    wide = struct.pack("<HHLf", 0x0100, 11, 1, 1.5)
    turned = struct.pack("<HHLHH", 0x0112, 3, 1, 6, 0)
    return b"Exif\0\0II*\0" + struct.pack("<LH", 8, 2) + wide + turned + struct.pack("<L", 0)


def test_a_photo_nobody_could_read_is_refused():
    with pytest.raises(PictureTooSmall):
        redraw(a_photo((199, 900)))
    assert opened(redraw(a_photo((200, 900))).content).size == (200, 900)


def test_a_large_photo_becomes_smaller():
    assert max(opened(redraw(a_photo((4032, 3024))).content).size) == 2000


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-1.7\n1 0 obj",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01;",
        b"\xff\xd8\xff\xe0" + b"\x00" * 64,
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 64,
        b"RIFF\x10\x00\x00\x00WEBPVP8 ",
    ],
    ids=["nothing", "pdf", "svg", "html", "gif", "broken jpeg", "broken png", "broken webp"],
)
def test_what_is_no_photo_is_refused_whatever_it_is_called(content):
    with pytest.raises(NotAPicture):
        redraw(an_upload(content, "photo.jpg"))


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_half_a_photo_is_refused(form):
    whole = a_photo((400, 400), form=form).read()
    with pytest.raises(NotAPicture):
        redraw(an_upload(whole[: len(whole) // 2]))


def test_a_photo_that_is_a_web_page_too_leaves_as_a_photo():
    page = b"<html><script>alert(document.cookie)</script></html>"
    assert page not in redraw(an_upload(a_photo().read() + page)).content


def test_too_many_bytes_are_refused():
    with pytest.raises(PictureTooLarge):
        redraw(an_upload(b"\xff" * (MOST_BYTES + 1)))


@pytest.mark.parametrize("side", [8_000, 60_000])
def test_a_bomb_is_refused_before_it_is_unpacked(side):
    with pytest.raises(PictureTooLarge):
        redraw(an_upload(a_bomb(side)))


def a_bomb(side: int) -> bytes:
    """A PNG of a few bytes that claims side x side pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )
