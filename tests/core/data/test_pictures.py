"""Any picture: right, or named with what is wrong with it."""

import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data import pictures
from core.data.pictures import check_header, encoded, read_picture
from core.messages import ThawError

from .making import as_file, mutant, noise

# Of Pillow, about EXIF that a mutant has damaged.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def read(content, **options):
    return read_picture(io.BytesIO(content), **options)


def refused(content, id):
    with pytest.raises(ThawError) as caught:
        read(content, name="pets/1.png")
    assert caught.value.problem.id == id
    assert "pets/1.png" in str(caught.value)


def png_that_says(width, height):
    """A whole PNG header with a size that nothing behind it has."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk
        + struct.pack(">I", zlib.crc32(chunk)) + b"\0\0\0\0IDAT"
    )


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "MPO"])
def test_every_format(format):
    picture = read(as_file(Image.new("RGB", (30, 20), (200, 60, 20)), format))
    assert (picture.mode, picture.size) == ("RGB", (30, 20))
    assert np.abs(np.array(picture).astype(int) - (200, 60, 20)).max() < 20


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "LAB"])
def test_every_mode(mode):
    format = {"LAB": "TIFF", "CMYK": "TIFF", "YCbCr": "JPEG"}.get(mode, "PNG")
    picture = Image.new("L", (30, 20), 255).convert("RGB")
    picture = Image.new("LAB", (30, 20), "white") if mode == "LAB" else picture.convert(mode)
    assert read(as_file(picture, format)).mode == "RGB"


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
@pytest.mark.parametrize("lowest, highest", [(0, 65535), (1000, 5000)])
def test_sixteen_bits_are_stretched(format, lowest, highest):
    levels = np.linspace(lowest, highest, 4096).reshape(64, 64).astype(np.uint16)
    seen = np.array(read(as_file(Image.fromarray(levels), format)))
    assert (seen.min(), seen.max()) == (0, 255)
    assert 120 < seen.mean() < 135
    assert seen.std() > 60


@pytest.mark.parametrize("type", [np.int32, np.float32])
def test_thirty_two_bits_are_stretched(type):
    levels = np.linspace(-70000, 70000, 4096).reshape(64, 64).astype(type)
    if type is np.float32:
        levels[0, 0], levels[0, 1] = np.nan, np.inf
    seen = np.array(read(as_file(Image.fromarray(levels), "TIFF")))
    assert seen.std() > 30
    assert seen[-1, -1].tolist() == [255, 255, 255]


def test_one_level_of_sixteen_bits_is_no_error():
    levels = np.full((20, 20), 700, dtype=np.uint16)
    assert np.array(read(as_file(Image.fromarray(levels)))).std() == 0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_brings_it_upright(orientation):
    upright = Image.new("RGB", (40, 24), "black")
    upright.paste("red", (0, 0, 10, 10))  # the corner that must be at the top left
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    seen = read(as_file(stored, "JPEG", exif=exif, quality=95))
    assert seen.size == (40, 24)
    red, _, _ = seen.getpixel((3, 3))
    assert red > 200
    assert max(seen.getpixel((35, 20))) < 60


def test_transparent_is_white():
    assert read(as_file(Image.new("RGBA", (9, 9), (0, 0, 255, 0)))).getpixel((4, 4)) == (255,) * 3
    assert read(as_file(Image.new("LA", (9, 9), (0, 0)))).getpixel((4, 4)) == (255,) * 3
    palette = Image.new("P", (9, 9), 0)
    assert read(as_file(palette, transparency=0)).getpixel((4, 4)) == (255,) * 3
    half = read(as_file(Image.new("RGBA", (9, 9), (0, 0, 0, 128)))).getpixel((4, 4))
    assert 120 < half[0] < 135


def test_first_frame_of_a_gif():
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    content = as_file(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert read(content).getpixel((5, 5)) == (255, 0, 0)


def test_longest_side_is_bounded():
    picture = noise(400, 300)
    for format in ("PNG", "JPEG"):
        assert read(as_file(picture, format), longest=100).size == (100, 75)
    assert read(as_file(picture), longest=1000).size == (400, 300)


def test_too_large_is_refused_before_it_is_decoded():
    refused(png_that_says(50_000, 50_000), "data.picture_too_large")
    refused(png_that_says(9_000, 9_000), "data.picture_too_large")
    refused(png_that_says(7_071, 7_072), "data.picture_too_large")
    content = as_file(Image.new("L", (12_000, 12_000)))
    assert len(content) < 1_000_000
    refused(content, "data.picture_too_large")


def test_nothing_but_the_sentence_is_said_of_it(tmp_path):
    (tmp_path / "large.png").write_bytes(png_that_says(12_000, 12_000))  # Pillow warns of it
    program = (
        "import sys; from pathlib import Path\n"
        "from core.data import pictures; from core.messages import ThawError\n"
        "try: pictures.check_header(Path(sys.argv[1]))\n"
        "except ThawError as error: print(error.problem.id)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "large.png"], capture_output=True, text=True,
        cwd=Path(__file__).parents[3],
    )
    assert (said.stdout, said.stderr) == ("data.picture_too_large\n", "")


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (7, 100)])
def test_too_small_is_refused(size):
    refused(as_file(Image.new("RGB", size)), "data.picture_too_small")


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\0" * 1000, b"<html><body>404</body></html>", b"%PDF-1.7\n", b"<svg></svg>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 20 20\n", b"version https://git-lfs\n",
    ],
)
def test_what_is_no_picture(content):
    refused(content, "data.picture_unreadable")


def test_a_format_that_is_not_on_the_list_is_refused():
    for format in ("ICO", "PCX", "TGA", "EPS", "PDF"):
        refused(as_file(noise(), format), "data.picture_unreadable")


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_cut_off(format):
    content = as_file(noise(64, 64), format)
    with pytest.raises(ThawError) as caught:
        read(content[: len(content) // 2])
    assert caught.value.problem.id in ("data.picture_damaged", "data.picture_unreadable")


def test_bad_checksum_is_damage():
    content = bytearray(as_file(noise()))
    content[len(content) // 2] ^= 255
    refused(bytes(content), "data.picture_damaged")


def test_files_that_can_not_be_opened(tmp_path):
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(ThawError, match="is a folder"):
        read_picture(tmp_path / "folder.png")
    for path in (tmp_path / "none.png", tmp_path / "a\0.png"):
        with pytest.raises(ThawError, match="can't be opened"):
            read_picture(path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")  # reading it would wait for ever
        with pytest.raises(ThawError, match="pipe.png"):
            read_picture(tmp_path / "pipe.png")


def test_header_alone_finds_what_is_no_picture(tmp_path):
    (tmp_path / "page.jpg").write_text("<html>")
    with pytest.raises(ThawError, match="page.jpg"):
        check_header(tmp_path / "page.jpg")
    check_header(io.BytesIO(as_file(noise())))


def test_encoded_is_whole_if_small_and_near_if_large():
    small, large = noise(100, 90), noise(300, 200).resize((900, 600))
    content, suffix = encoded(small)
    assert suffix == ".png"
    assert np.array_equal(read(content), small)
    content, suffix = encoded(large)
    assert suffix == ".jpg"
    assert np.abs(np.array(read(content)).astype(int) - np.array(large)).mean() < 4


def fuzz(count):
    random = np.random.default_rng(7)
    exif = Image.Exif()
    exif[0x0112] = 6
    originals = [
        *(as_file(noise(), format) for format in ("PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM")),
        as_file(noise(), "JPEG", exif=exif), as_file(noise(), "JPEG", progressive=True),
        as_file(noise(), "TIFF", compression="tiff_lzw"), as_file(noise().convert("P")),
        as_file(Image.fromarray(np.arange(400, dtype=np.uint16).reshape(20, 20))),
    ]
    good = 0
    for number in range(count):
        try:
            picture = read(mutant(originals[number % len(originals)], random), longest=64)
        except ThawError:
            continue
        assert picture.mode == "RGB"
        assert picture.width * picture.height <= pictures.MAX_PIXELS
        good += 1
    return good


def test_mutants_are_read_or_refused():
    assert 100 < fuzz(1500) < 1400


@pytest.mark.long
def test_many_mutants_are_read_or_refused():
    assert fuzz(20_000) > 1000
