"""The limit on pixels: huge headers are refused at once, from whichever format."""

from __future__ import annotations

import io
import resource
import struct
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from burnish.errors import ImagingError, UsageError
from burnish.io import read_picture


def patched(data: bytes, changes: dict[int, bytes]) -> bytes:
    content = bytearray(data)
    for offset, value in changes.items():
        content[offset : offset + len(value)] = value
    return bytes(content)


def png_header(width: int, height: int) -> bytes:
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 16, 6, 0, 0, 0)
    rest = bytes(imagecodecs.png_encode(np.zeros((8, 8), np.uint8)))[33:]
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body)) + rest


def jpeg_header(data: bytes, width: int, height: int) -> bytes:
    frame = data.index(b"\xff\xc0")
    return patched(data, {frame + 5: height.to_bytes(2, "big") + width.to_bytes(2, "big")})


def tiff_header(width: int, height: int) -> bytes:
    target = io.BytesIO()
    tifffile.imwrite(target, np.zeros((8, 8), np.uint8), metadata=None)
    data = target.getvalue()
    tags = {entry.code: entry.valueoffset for entry in tifffile.TiffFile(io.BytesIO(data)).pages[0].tags}
    return patched(data, {tags[256]: width.to_bytes(2, "little"), tags[257]: height.to_bytes(2, "little")})


def webp_header(width: int, height: int) -> bytes:
    body = b"VP8X" + (10).to_bytes(4, "little") + bytes(4)
    body += (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little") + bytes(20)
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body


SIDE = 60_000


@pytest.mark.parametrize("kind", ["png", "jpg", "tif", "webp", "bmp"])
def test_a_header_of_60000_by_60000_is_refused_without_memory(
    tmp_path: Path, whole_files: dict[str, bytes], kind: str
) -> None:
    bent = {
        "png": lambda: png_header(SIDE, SIDE),
        "jpg": lambda: jpeg_header(whole_files["baseline.jpg"], SIDE, SIDE),
        "tif": lambda: tiff_header(SIDE, SIDE),
        "webp": lambda: webp_header(SIDE, SIDE),
        "bmp": lambda: patched(whole_files["plain.bmp"], {18: SIDE.to_bytes(4, "little") + SIDE.to_bytes(4, "little")}),
    }
    path = tmp_path / f"huge.{kind}"
    path.write_bytes(bent[kind]())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ImagingError, match=r"60000 x 60000 = 3,600 million pixels.*500 million.*BURNISH_MAX_PIXELS"):
        read_picture(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024, "KiB"


@pytest.mark.parametrize("name", ["plain.png", "baseline.jpg", "plain.tif", "lossy.webp", "plain.bmp"])
def test_the_limit_is_taken_from_the_argument_first_and_the_environment_second(
    tmp_path: Path, whole_files: dict[str, bytes], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    path.write_bytes(whole_files[name])
    monkeypatch.setenv("BURNISH_MAX_PIXELS", "100")
    with pytest.raises(ImagingError, match="64"):
        read_picture(path)
    assert read_picture(path, max_pixels=64 * 80).width == 80
    with pytest.raises(ImagingError, match="million pixels"):
        read_picture(path, max_pixels=64 * 80 - 1)


@pytest.mark.parametrize("text", ["many", "0", "-4"])
def test_a_limit_that_is_no_number_of_pixels_is_a_usage_error(
    tmp_path: Path, whole_files: dict[str, bytes], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.png").write_bytes(whole_files["plain.png"])
    monkeypatch.setenv("BURNISH_MAX_PIXELS", text)
    with pytest.raises(UsageError, match="BURNISH_MAX_PIXELS"):
        read_picture(tmp_path / "a.png")
    with pytest.raises(UsageError, match="max_pixels"):
        read_picture(tmp_path / "a.png", max_pixels=0)
