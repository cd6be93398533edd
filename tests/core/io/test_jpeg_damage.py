"""JPEG: damage anywhere in the pixels' data is told, sound files of every kind are read as Pillow reads them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from burnish.errors import ImagingError
from burnish.io import read_picture
from burnish.io.files import decode_picture
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

START_OF_SCAN = b"\xff\xda"


def _photograph(height: int = 240, width: int = 320) -> np.ndarray[Any, Any]:
    noise = np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 1.2)


def _pillow(picture: np.ndarray[Any, Any], **options: Any) -> bytes:
    target = io.BytesIO()
    Image.fromarray(picture).save(target, "JPEG", **options)
    return target.getvalue()


def _opencv(picture: np.ndarray[Any, Any], *options: int) -> bytes:
    return bytes(cv2.imencode(".jpg", picture, options)[1])


PHOTOGRAPH = _photograph()
KINDS = {
    "baseline": _pillow(PHOTOGRAPH),
    "4:2:0": _pillow(PHOTOGRAPH, subsampling=2),
    "grey": _pillow(PHOTOGRAPH[:, :, 0]),
    "progressive": _pillow(PHOTOGRAPH, progressive=True),
    "restarts in rows": _pillow(PHOTOGRAPH, restart_marker_rows=1),
    "restarts in blocks": _pillow(PHOTOGRAPH, restart_marker_blocks=7),
    "progressive with restarts": _pillow(PHOTOGRAPH, progressive=True, restart_marker_rows=2),
    "own tables": _pillow(PHOTOGRAPH, optimize=True, quality=30),
    "RGB": _pillow(PHOTOGRAPH, keep_rgb=True),
    "4:1:1 of OpenCV": _opencv(PHOTOGRAPH, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x411111),
    "4:4:0 of OpenCV": _opencv(PHOTOGRAPH, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x121111),
}


def _pixels(data: bytes, **more: Any) -> np.ndarray[Any, Any]:
    return decode_picture(io.BytesIO(data), **more).pixels


@pytest.mark.parametrize("kind", KINDS)
def test_sound_files_of_every_kind_have_the_pixels_that_pillow_gives(kind: str) -> None:
    with Image.open(io.BytesIO(KINDS[kind])) as image:
        expected = np.atleast_3d(np.array(image))
    np.testing.assert_array_equal(_pixels(KINDS[kind]), expected)


@given(data=st.data())
@settings(max_examples=200)
def test_damage_to_the_pixels_data_is_told_or_changes_no_pixel(data: st.DataObject) -> None:
    whole = KINDS[data.draw(st.sampled_from(sorted(KINDS)))]
    begin, end = whole.index(START_OF_SCAN) + 16, len(whole) - 2
    length = data.draw(st.integers((end - begin) // 20, (end - begin) // 3))
    at = data.draw(st.integers(begin, end - length))
    span, noise = whole[at : at + length], np.random.default_rng(length).bytes(length)
    bent = {
        "the rest is missing, the end mark is there": whole[:at] + whole[end:],
        "a span is missing": whole[:at] + whole[at + length :],
        "a span is zero": whole[:at] + bytes(length) + whole[at + length :],
        "a span is noise": whole[:at] + noise + whole[at + length :],
        "a span is there twice": whole[:at] + span + whole[at:],
    }
    damaged = bent[data.draw(st.sampled_from(sorted(bent)))]
    try:
        found = _pixels(damaged)
    except ImagingError as error:
        assert "\n" not in str(error)
    else:
        np.testing.assert_array_equal(found, _pixels(whole))


@pytest.mark.parametrize("height", [480, 256, 200, 64, 8])
@pytest.mark.parametrize("kind", ["baseline", "4:2:0", "progressive", "restarts in rows"])
def test_another_height_in_the_header_is_told(kind: str, height: int) -> None:
    whole = KINDS[kind]
    frame = max(whole.find(b"\xff\xc0"), whole.find(b"\xff\xc2"))
    with pytest.raises(ImagingError, match="is a damaged JPEG: "):
        _pixels(whole[: frame + 5] + height.to_bytes(2, "big") + whole[frame + 7 :])


def test_missing_scans_are_told_though_the_file_ends_as_it_should() -> None:
    whole = KINDS["progressive"]
    starts = [at for at in range(len(whole)) if whole.startswith(START_OF_SCAN, at)]
    assert len(starts) == 10
    for at in starts[1:]:
        with pytest.raises(ImagingError, match=r"frequencies of component \d are missing or incomplete"):
            _pixels(whole[:at] + whole[-2:])
    without_one = whole[: starts[1]] + whole[starts[2] :]
    with pytest.raises(ImagingError, match="is a damaged JPEG"):
        _pixels(without_one)


def test_what_is_no_damage_is_read() -> None:
    whole = KINDS["baseline"]
    kept = {
        "junk behind the end": whole + b"junk" * 1000,
        "zeros before the end": whole[:-2] + bytes(7) + whole[-2:],
        "fill bytes before a marker": whole[:-2] + b"\xff" * 9 + whole[-2:],
        "an unknown version of JFIF": whole.replace(b"JFIF\0\x01\x01", b"JFIF\0\x03\x00"),
        "notes": whole[:2] + b"\xff\xfe\x00\x06note" + b"\xff\xe9\x00\x05\xff\xd9x" + whole[2:],
        "a thumbnail": _pillow(PHOTOGRAPH, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0" + _pillow(PHOTOGRAPH[:40, :60])),
        "several pictures": _two_pictures(),
    }
    expected = _pixels(whole)
    for what, data in kept.items():
        np.testing.assert_array_equal(_pixels(data), expected, err_msg=what)
        assert decode_picture(io.BytesIO(data)).damage == ""


def _two_pictures() -> bytes:
    target = io.BytesIO()
    image = Image.fromarray(PHOTOGRAPH)
    image.save(target, "MPO", save_all=True, append_images=[Image.fromarray(PHOTOGRAPH[::-1])])
    return target.getvalue()


def test_where_damage_is_allowed_what_is_left_is_read_and_the_fault_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = KINDS["baseline"]
    path = tmp_path / "half.jpg"
    path.write_bytes(whole[: len(whole) // 2] + whole[-2:])
    picture = read_picture(path, allow_damaged=True)
    assert picture.damage == "premature end of data segment"
    assert caplog.messages == [f"{path}: is damaged ({picture.damage}); the readable part is used"]
    expected = _pixels(whole)
    np.testing.assert_array_equal(picture.pixels[:100], expected[:100])
    assert not np.array_equal(picture.pixels[200:], expected[200:])
    with pytest.raises(ImagingError, match="add --allow-damaged to use the readable part"):
        read_picture(path)


def test_the_environment_allows_damage_where_a_call_does_not_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "half.jpg"
    path.write_bytes(KINDS["baseline"][:9000])
    monkeypatch.setenv("BURNISH_ALLOW_DAMAGED", "1")
    assert read_picture(path).damage
    with pytest.raises(ImagingError):
        read_picture(path, allow_damaged=False)


def test_a_scan_that_repeats_another_is_told_before_anything_is_decoded() -> None:
    whole = KINDS["progressive"]
    last = whole.rindex(START_OF_SCAN)
    empty = whole[last : last + 12]
    with pytest.raises(ImagingError, match="scan 11 repeats or skips"):
        _pixels(whole[:-2] + empty * 3 + whole[-2:])
    for allow_damaged in (False, True):
        with pytest.raises(ImagingError, match="more than 200 scans"):
            _pixels(whole[:-2] + empty * 20_000 + whole[-2:], allow_damaged=allow_damaged)
