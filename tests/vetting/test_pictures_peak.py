"""What a photo costs while it is drawn anew: the memory at its peak, in a process of its own."""

import io
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.papers import a_photo, an_upload
from vetting.errors import NotAPicture, PictureTooLarge
from vetting.models import PrivateDocument
from vetting.pictures import redraw

# The first small photo brings in the codecs; what counts is what the one on stdin adds to the peak, in MB.
PROGRAM = """
import io, pathlib, re, sys
from vetting.errors import PictureTooLarge
from vetting.pictures import redraw

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]) // 1024

small, sent = sys.stdin.buffer.read(int(sys.argv[1])), sys.stdin.buffer.read()
redraw(io.BytesIO(small))
before = peak()
try:
    redraw(io.BytesIO(sent))
    print("drawn", peak() - before)
except PictureTooLarge:
    print("refused", peak() - before)
"""
needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc here")


def an_image(side: tuple[int, int], form: str, mode: str = "RGB", **options) -> bytes:
    """Small in bytes, whatever its size: one colour."""
    out = io.BytesIO()
    Image.new(mode, side, "orange").save(out, form, **options)
    return out.getvalue()


def redrawn_apart(content: bytes) -> tuple[str, int]:
    small = a_photo().read()
    argv = [sys.executable, "-W", "ignore", "-c", PROGRAM, str(len(small))]
    done = subprocess.run(argv, input=small + content, capture_output=True, check=True)
    word, megabytes = done.stdout.split()
    return word.decode(), int(megabytes)


@needs_proc
@pytest.mark.parametrize(
    ("side", "form", "options", "most"),
    [
        ((12000, 9000), "JPEG", {}, 100),
        ((24000, 4500), "JPEG", {}, 100),
        ((4032, 3024), "JPEG", {}, 60),
        ((6000, 4000), "JPEG", {"progressive": True, "subsampling": 0}, 230),
        ((5000, 4000), "PNG", {"mode": "RGBA"}, 230),
        ((4032, 3024), "WEBP", {}, 230),
    ],
    ids=["phone of 108 MP", "panorama", "phone of 12 MP", "progressive", "png", "webp"],
)
def test_what_is_taken_costs_little(side, form, options, most):
    word, megabytes = redrawn_apart(an_image(side, form, **options))
    assert (word, megabytes < most) == ("drawn", True), megabytes


@needs_proc
@pytest.mark.parametrize(
    ("side", "form", "options"),
    [
        ((12001, 10000), "JPEG", {}),
        ((6100, 4000), "JPEG", {"progressive": True}),
        ((7000, 7000), "PNG", {"mode": "RGBA"}),
        ((5100, 4000), "PNG", {"mode": "P"}),
        ((4200, 3024), "WEBP", {}),
    ],
    ids=["jpeg", "progressive", "bomb", "png", "webp"],
)
def test_what_would_cost_more_is_refused_before_it_is_unpacked(side, form, options):
    word, megabytes = redrawn_apart(an_image(side, form, **options))
    assert (word, megabytes < 20) == ("refused", True), megabytes


def a_jpeg_header(*, colours_in_scan: int, before: bytes = b"", frame: int = 0xC0) -> bytes:
    """48 megapixels of three colours, and nothing after the first scan has begun."""
    parts = b"".join(bytes([number, 0x11, 0]) for number in (1, 2, 3))
    size = struct.pack(">BHHB", 8, 6000, 8000, 3)
    scan = b"".join(bytes([number, 0]) for number in range(1, colours_in_scan + 1))
    return (
        b"\xff\xd8"
        + before
        + a_segment(frame, size + parts)
        + a_segment(0xDA, bytes([colours_in_scan]) + scan + b"\0\x3f\0")
    )


def a_segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


@pytest.mark.parametrize(
    ("header", "error"),
    [
        (a_jpeg_header(colours_in_scan=3), NotAPicture),
        (a_jpeg_header(colours_in_scan=3, before=a_segment(0xFE, b"a comment")), NotAPicture),
        (a_jpeg_header(colours_in_scan=1), PictureTooLarge),
        (a_jpeg_header(colours_in_scan=3, frame=0xC2), PictureTooLarge),
        (a_jpeg_header(colours_in_scan=3, before=b"\xff\xd0"), PictureTooLarge),
    ],
    ids=["one scan", "with a comment", "a scan for each colour", "progressive", "a marker without a length"],
)
def test_a_jpeg_in_several_scans_is_unpacked_as_a_whole_and_so_may_be_less(header, error):
    with pytest.raises(error):
        redraw(an_upload(header))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_made_small_first_it_still_stands_upright(form):
    tags = Image.Exif()
    tags[0x0112] = 6
    sent = Image.new("RGB", (2400, 1200), "blue")
    sent.paste("red", (0, 0, 1200, 1200))
    out = io.BytesIO()
    sent.save(out, form, exif=tags)
    drawn = Image.open(io.BytesIO(redraw(an_upload(out.getvalue())).content))
    assert drawn.size == (1000, 2000)
    assert drawn.getpixel((500, 100))[0] > 200
    assert drawn.getpixel((500, 1900))[2] > 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "photos"),
    [("/identity/", ["card", "portrait"]), ("/certificates/", ["photo"])],
    ids=["identity", "certificate"],
)
def test_each_photo_of_a_form_is_unpacked_once(client, client_user, monkeypatch, path, photos):
    unpacked, load = [], Image.open
    monkeypatch.setattr(Image, "open", lambda *args, **options: unpacked.append(args) or load(*args, **options))
    client.force_login(client_user)
    client.post(path, {name: a_photo() for name in photos})
    assert PrivateDocument.objects.kept().count() == len(photos)
    assert len(unpacked) == len(photos)
