"""The depth that a header tells is that of the pixels which are read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from burnish.errors import ImagingError
from burnish.io import Picture, read_picture, write_picture
from burnish.io.depth import deepest, stored_depth
from PIL import Image

WRITTEN = [
    *((suffix, "uint8") for suffix in ("png", "tif", "jpg", "webp", "bmp")),
    *((suffix, "uint16") for suffix in ("png", "tif")),
    ("tif", "float32"),
]


@pytest.mark.parametrize(("suffix", "kind"), WRITTEN)
@pytest.mark.parametrize("channels", [1, 3])
def test_it_is_the_type_of_the_pixels_that_are_read(tmp_path: Path, suffix: str, kind: str, channels: int) -> None:
    path = tmp_path / f"a.{suffix}"
    write_picture(path, Picture(pixels=np.zeros((12, 10, channels), dtype=kind)))
    assert stored_depth(path) == kind == read_picture(path).pixels.dtype.name


@pytest.mark.parametrize(("suffix", "kind"), WRITTEN)
def test_the_header_tells_it_and_nothing_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, kind: str
) -> None:
    write_picture(tmp_path / f"a.{suffix}", Picture(pixels=np.zeros((12, 10, 3), dtype=kind)))
    monkeypatch.delattr("burnish.io.depth.read_picture")
    assert stored_depth(tmp_path / f"a.{suffix}") == kind


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA"])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_palettes_and_bits_are_told_as_they_are_read(tmp_path: Path, mode: str, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    Image.new(mode, (10, 12)).save(path)
    assert stored_depth(path) == read_picture(path).pixels.dtype.name


def test_of_several_files_the_deepest_counts(tmp_path: Path) -> None:
    for name, kind in (("a.png", "uint8"), ("b.tif", "float32"), ("c.png", "uint16")):
        write_picture(tmp_path / name, Picture(pixels=np.zeros((4, 4, 1), dtype=kind)))
    assert deepest([tmp_path / "a.png"]) == "uint8"
    assert deepest([tmp_path / "a.png", tmp_path / "c.png"]) == "uint16"
    assert deepest(sorted(tmp_path.iterdir())) == "float32"


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n", b"II*\x00\x08\x00\x00\x00"])
def test_what_cannot_be_read_is_said_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(ImagingError, match=r"a\.png: "):
        stored_depth(tmp_path / "a.png")
