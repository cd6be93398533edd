"""Damaged, cut and foreign files: one clear line, never a crash, never a picture that is partly there."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from burnish.errors import BurnishError, ImagingError, UsageError
from burnish.io import Metadata, Picture, read_picture, write_picture
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

NAMES = [
    "baseline.jpg",
    "progressive.jpg",
    "restarts.jpg",
    "plain.png",
    "deep.png",
    "lossless.webp",
    "lossy.webp",
    "plain.bmp",
    "plain.tif",
    "lzw.tif",
    "deflate-tiles.tif",
    "big-endian.tif",
    "jpeg.tif",
    "big.tif",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_cut_short_anywhere_is_refused_in_one_line_or_whole_in_its_pixels(
    tmp_path: Path, whole_files: dict[str, bytes], name: str
) -> None:
    data, path = whole_files[name], tmp_path / name
    path.write_bytes(data)
    whole = read_picture(path)
    near_ends = [*range(40), *range(len(data) - 40, len(data))]
    for length in sorted({*near_ends, *range(0, len(data), max(1, len(data) // 40))}):
        path.write_bytes(data[: max(length, 0)])
        try:
            picture = read_picture(path)
        except ImagingError as error:
            assert str(error).startswith(str(path))
            assert "\n" not in str(error)
        else:
            np.testing.assert_array_equal(picture.pixels, whole.pixels, err_msg=f"partly read at {length} bytes")
            assert length > len(data) - 8


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_bytes_give_a_picture_or_an_imaging_error_and_nothing_else(
    tmp_path: Path, whole_files: dict[str, bytes], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(NAMES))
    content = bytearray(whole_files[name])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, min(len(content), 700) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / name
    path.write_bytes(content)
    try:
        picture = read_picture(path, max_pixels=1_000_000)
    except ImagingError as error:
        assert "\n" not in str(error)
    else:
        assert picture.width * picture.height <= 1_000_000


def test_whatever_is_no_picture_is_told_apart_in_one_line(tmp_path: Path) -> None:
    def fact(path: Path) -> str:
        with pytest.raises(ImagingError) as caught:
            read_picture(path)
        assert str(caught.value).startswith(f"{path}: ")
        assert "\n" not in str(caught.value)
        return str(caught.value)

    (tmp_path / "text.png").write_text("this is a text file\n")
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "bare").write_text("x")
    os.mkfifo(tmp_path / "pipe.png")
    assert "is neither PNG" in fact(tmp_path / "text.png")
    assert "is empty" in fact(tmp_path / "empty.png")
    assert "is a folder" in fact(tmp_path / "folder.png")
    assert "is a folder" in fact(tmp_path)
    assert "is missing" in fact(tmp_path / "nowhere.png")
    assert "'.txt'" in fact(tmp_path / "notes.txt")
    assert "no suffix" in fact(tmp_path / "bare")
    assert "not a regular file" in fact(tmp_path / "pipe.png")


def test_other_colour_models_and_animations_are_refused_with_the_mend(tmp_path: Path) -> None:
    Image.new("CMYK", (8, 8)).save(tmp_path / "cmyk.jpg")
    Image.new("CMYK", (8, 8)).save(tmp_path / "cmyk.tif")
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    for name in ("moving.png", "moving.webp", "pages.tif"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:])
    for name, mend in {
        "cmyk.jpg": "convert it to RGB",
        "cmyk.tif": "convert it to RGB",
        "moving.png": "extract its frames",
        "moving.webp": "extract its frames",
        "pages.tif": "split it",
    }.items():
        with pytest.raises(ImagingError, match=mend):
            read_picture(tmp_path / name)


def test_the_content_and_not_the_suffix_tells_the_format(tmp_path: Path, whole_files: dict[str, bytes]) -> None:
    (tmp_path / "really-a-jpeg.PNG").write_bytes(whole_files["baseline.jpg"])
    assert read_picture(tmp_path / "really-a-jpeg.PNG").pixels.shape == (64, 80, 3)


def test_an_unlucky_global_setting_of_pillow_does_not_let_damage_through(
    tmp_path: Path, whole_files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.jpg").write_bytes(whole_files["baseline.jpg"][:-300])
    monkeypatch.setattr("PIL.ImageFile.LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(ImagingError):
        read_picture(tmp_path / "a.jpg")


def test_no_decoder_prints_on_standard_error(
    tmp_path: Path, whole_files: dict[str, bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    for name, data in whole_files.items():
        for content in (data, data[: len(data) // 2]):
            (tmp_path / name).write_bytes(content)
            try:
                read_picture(tmp_path / name)
            except BurnishError:
                continue
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    write_picture(tmp_path / "grey.png", Picture(pixels=np.zeros((4, 4, 1), np.uint8), metadata=Metadata(icc=icc)))
    read_picture(tmp_path / "grey.png")
    assert capfd.readouterr() == ("", "")


def test_an_environment_that_says_neither_yes_nor_no_about_damage_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_picture(tmp_path / "a.png", Picture(pixels=np.zeros((2, 2, 1), np.uint8), metadata=Metadata()))
    monkeypatch.setenv("BURNISH_ALLOW_DAMAGED", "yes")
    with pytest.raises(UsageError, match="BURNISH_ALLOW_DAMAGED is 'yes'; set 1 to read"):
        read_picture(tmp_path / "a.png")
    assert read_picture(tmp_path / "a.png", allow_damaged=False).pixels.shape == (2, 2, 1)
