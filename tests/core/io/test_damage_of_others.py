"""WebP, PNG, BMP and TIFF: what was lost is told, memory is made by what a file holds, what is left can be read."""

from __future__ import annotations

import io
import random
import resource
import struct
import zlib
from typing import Any

import cv2
import imagecodecs
import numpy as np
import pytest
import tifffile
from burnish.errors import ImagingError
from burnish.io.files import decode_picture
from burnish.io.formats.damage import DamagedError
from PIL import Image


def _photograph() -> np.ndarray[Any, Any]:
    noise = np.random.default_rng(0).integers(0, 255, (211, 157, 3), dtype=np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 1.5)


PHOTOGRAPH = _photograph()


def _pillow(kind: str, picture: np.ndarray[Any, Any] = PHOTOGRAPH, **options: Any) -> bytes:
    target = io.BytesIO()
    Image.fromarray(picture).save(target, kind, **options)
    return target.getvalue()


def _tiff(picture: np.ndarray[Any, Any] = PHOTOGRAPH, **options: Any) -> bytes:
    target = io.BytesIO()
    tifffile.imwrite(target, picture, metadata=None, **options)
    return target.getvalue()


LOSSY = {"plain": _pillow("WEBP", quality=80), "best": _pillow("WEBP", quality=100), "fast": _pillow("WEBP", method=0)}


def _webp_of(data: bytes) -> bytes:
    """A file whose lengths fit these coefficients."""
    chunk = b"VP8 " + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def _read(data: bytes, **more: Any) -> Any:
    return decode_picture(io.BytesIO(data), **more)


def test_of_damage_to_a_lossy_webp_99_in_100_are_told() -> None:
    """The format has no checksum: of 1,500 drawn likewise 3 ended by chance where the data do."""
    draw = random.Random(0)
    sound = {name: _read(whole).pixels for name, whole in LOSSY.items()}
    passed = 0
    for _ in range(400):
        name = draw.choice(sorted(LOSSY))
        body = LOSSY[name][20 : 20 + int.from_bytes(LOSSY[name][16:20], "little")]
        length = draw.randint(len(body) // 20, len(body) // 3)
        at = draw.randint(30, len(body) - length - 20)
        span = draw.choice([b"", bytes(length), draw.randbytes(length)])
        end = draw.choice([at + length, len(body)])
        try:
            found = _read(_webp_of(body[:at] + span + body[end:]))
        except ImagingError as error:
            assert "\n" not in str(error)
        else:
            passed += not np.array_equal(found.pixels, sound[name])
    assert passed <= 4


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("alpha", [False, True])
def test_a_webp_with_data_left_over_is_told_and_can_be_read_all_the_same(lossless: bool, alpha: bool) -> None:
    picture = np.dstack([PHOTOGRAPH, PHOTOGRAPH[:, :, 0]]) if alpha else PHOTOGRAPH
    whole = _pillow("WEBP", picture, lossless=lossless)
    assert _read(whole).damage == ""
    name = b"VP8L" if lossless else b"VP8 "
    at = whole.index(name)
    size = int.from_bytes(whole[at + 4 : at + 8], "little")
    longer = whole[: at + 4] + struct.pack("<I", size + 40) + whole[at + 8 : at + 8 + size] + bytes(40)
    longer = longer[:4] + struct.pack("<I", len(longer) - 8) + longer[8:]
    with pytest.raises(ImagingError, match="of its colours are not needed"):
        _read(longer)
    picture = _read(longer, allow_damaged=True)
    np.testing.assert_array_equal(picture.pixels, _read(whole).pixels)
    assert "not needed" in picture.damage


def test_a_flat_picture_of_a_few_bytes_is_no_damage() -> None:
    flat = np.full((1500, 2000, 3), 77, np.uint8)
    files = {
        "webp": _pillow("WEBP", flat),
        "lossless webp": _pillow("WEBP", flat, lossless=True),
        "jpeg": _pillow("JPEG", flat, quality=1),
        "progressive jpeg": _pillow("JPEG", flat, quality=1, progressive=True),
        "png": _pillow("PNG", flat, optimize=True),
        "lzw": _tiff(flat, compression="lzw", rowsperstrip=1500),
        "deflate": _tiff(flat, compression="zlib"),
        "packbits": _tiff(flat[:, :, 0], compression="packbits"),
        "webp in tiff": _tiff(flat, compression="webp"),
        "jpeg in tiff": _tiff(flat, compression="jpeg", photometric="ycbcr"),
    }
    for name, data in files.items():
        assert _read(data).damage == "", name


def _claiming(kind: str) -> bytes:
    """Under 2 KB that claim 494 million pixels, as nothing of that size could hold."""
    width, height = 26_000, 19_000
    small = PHOTOGRAPH[:16, :16]
    if kind in ("jpeg", "progressive jpeg"):
        data = bytearray(_pillow("JPEG", small, progressive=kind != "jpeg"))
        frame = max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2"))
        data[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    elif kind == "png":
        data = bytearray(_pillow("PNG", small))
        data[16:24] = struct.pack(">II", width, height)
        data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    elif kind == "bmp":
        data = bytearray(_pillow("BMP", small))
        data[18:26] = struct.pack("<II", width, height)
    else:
        data = bytearray(_tiff(small, compression=kind, rowsperstrip=16))
        tags = {entry.code: entry.valueoffset for entry in tifffile.TiffFile(io.BytesIO(data)).pages[0].tags}
        for tag, value in {256: width, 257: height, 278: height}.items():
            data[tags[tag] : tags[tag] + 2] = struct.pack("<H", value)
    return bytes(data)


@pytest.mark.parametrize("allow_damaged", [False, True])
@pytest.mark.parametrize("kind", ["jpeg", "progressive jpeg", "png", "bmp", "zlib", "lzw", "packbits"])
def test_a_small_file_that_claims_494_million_pixels_is_refused_without_memory(kind: str, allow_damaged: bool) -> None:
    data = _claiming(kind)
    assert len(data) < 2000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ImagingError, match="bytes cannot hold the 26000 x 19000 pixels"):
        _read(data, allow_damaged=allow_damaged)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024, "KiB"


def test_a_lossy_webp_that_claims_more_than_it_holds_is_refused() -> None:
    data = bytearray(_pillow("WEBP", PHOTOGRAPH[:16, :16]))
    data[26:30] = struct.pack("<HH", 16_000, 16_000)
    with pytest.raises(ImagingError, match="bytes cannot hold the 16000 x 16000 pixels"):
        _read(bytes(data))


def test_what_is_left_of_a_png_is_read_where_damage_is_allowed() -> None:
    for whole in (_pillow("PNG"), bytes(imagecodecs.png_encode(PHOTOGRAPH.astype(np.uint16) * 257))):
        expected = _read(whole).pixels
        bent = bytearray(whole)
        bent[len(whole) * 3 // 4] ^= 255
        for data in (whole[: len(whole) * 3 // 4], bytes(bent)):
            with pytest.raises(ImagingError, match="add --allow-damaged"):
                _read(data)
            picture = _read(data, allow_damaged=True)
            assert picture.damage
            np.testing.assert_array_equal(picture.pixels[:100], expected[:100])


def test_what_is_left_of_a_bmp_is_read_where_damage_is_allowed() -> None:
    whole = _pillow("BMP")
    with pytest.raises(ImagingError, match="is a damaged BMP: it is cut short"):
        _read(whole[:-30_000])
    picture = _read(whole[:-30_000], allow_damaged=True)
    assert picture.damage == "it is cut short"
    np.testing.assert_array_equal(picture.pixels[-100:], PHOTOGRAPH[-100:], err_msg="stored from the bottom up")


@pytest.mark.parametrize("compression", ["jpeg", "webp"])
def test_damage_inside_a_tiffs_strip_is_told_and_the_other_strips_can_be_read(compression: str) -> None:
    photometric = "ycbcr" if compression == "jpeg" else "rgb"
    whole = _tiff(compression=compression, photometric=photometric, rowsperstrip=64)
    page = tifffile.TiffFile(io.BytesIO(whole)).pages[0]
    middle, count = page.dataoffsets[1], page.databytecounts[1]
    bent = whole[: middle + count // 2] + bytes(count // 3) + whole[middle + count // 2 + count // 3 :]
    with pytest.raises(ImagingError, match="is a damaged TIFF: strip or tile 1: "):
        _read(bent)
    picture, expected = _read(bent, allow_damaged=True), _read(whole)
    np.testing.assert_array_equal(picture.pixels[:64], expected.pixels[:64])
    np.testing.assert_array_equal(picture.pixels[128:], expected.pixels[128:])
    assert picture.damage.startswith("strip or tile 1")


@pytest.mark.parametrize("compression", ["zlib", "lzw", "zstd", "lzma"])
def test_a_tiffs_data_that_their_codec_refuses_are_damage_and_the_other_strips_can_be_read(compression: str) -> None:
    whole = _tiff(compression=compression, rowsperstrip=64)
    page = tifffile.TiffFile(io.BytesIO(whole)).pages[0]
    start, count = page.dataoffsets[1], page.databytecounts[1]
    bent = whole[: start + count // 2] + b"\xff" * (count - count // 2) + whole[start + count :]
    with pytest.raises(DamagedError, match=r"is a damaged TIFF: .*--allow-damaged"):
        _read(bent)
    picture = _read(bent, allow_damaged=True)
    np.testing.assert_array_equal(picture.pixels[:64], PHOTOGRAPH[:64])
    np.testing.assert_array_equal(picture.pixels[128:], PHOTOGRAPH[128:])
    assert picture.damage.startswith("strip or tile 1")


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_of_the_only_strip_of_a_tiff_cut_short_the_rows_that_are_there_can_be_read(dtype: type) -> None:
    stored = PHOTOGRAPH.astype(dtype) / 256 if dtype is np.float32 else PHOTOGRAPH.astype(dtype)
    whole = _tiff(stored, photometric="rgb")
    cut = whole[: len(whole) - 40 * stored[0].nbytes - 5]
    picture = _read(cut, allow_damaged=True)
    np.testing.assert_array_equal(picture.pixels[:-41], stored[:-41])
    assert not picture.pixels[-41:].any()
    assert picture.damage.startswith("it is cut short")
    np.testing.assert_array_equal(_read(whole, allow_damaged=True).pixels, stored)


@pytest.mark.parametrize("options", [{}, {"tile": (256, 160)}, {"compression": "zlib"}])
def test_a_tiff_without_any_strip_or_tile_that_can_be_decoded_is_refused(options: dict[str, Any]) -> None:
    whole = _tiff(**options)
    first = tifffile.TiffFile(io.BytesIO(whole)).pages[0].dataoffsets[0]
    with pytest.raises(DamagedError, match="none of its strips or tiles can be decoded"):
        _read(whole[: first + 20], allow_damaged=True)


def test_strips_that_lie_one_over_the_other_are_told() -> None:
    data = bytearray(_tiff(rowsperstrip=100))
    tags = {entry.code: entry.valueoffset for entry in tifffile.TiffFile(io.BytesIO(bytes(data))).pages[0].tags}
    first = struct.unpack_from("<I", data, tags[273])[0]
    struct.pack_into("<I", data, tags[273] + 4, first + 500)
    with pytest.raises(ImagingError, match="strips or tiles overlap"):
        _read(bytes(data))


def test_directories_that_go_in_a_circle_or_have_no_end_are_refused_before_they_are_followed() -> None:
    circle = bytearray(_tiff())
    first = struct.unpack_from("<I", circle, 4)[0]
    after = first + 2 + 12 * struct.unpack_from("<H", circle, first)[0]
    struct.pack_into("<I", circle, after, first)
    with pytest.raises(ImagingError, match="go in a circle"):
        _read(bytes(circle))
    chain = b"II*\0" + b"".join(struct.pack("<IH", 8 + 6 * at, 0) for at in range(200_000))
    with pytest.raises(ImagingError, match="more than 100 directories"):
        _read(chain)
