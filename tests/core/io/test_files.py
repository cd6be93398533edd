"""Every way in and out: round trips over all formats, and one clear line for whatever goes wrong."""

from __future__ import annotations

import errno
import stat
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from burnish.errors import ImagingError, UsageError
from burnish.io import (
    Metadata,
    Picture,
    files,
    from_tensor,
    list_pictures,
    read_picture,
    suffixes,
    to_tensor,
    write_picture,
)
from burnish.io.formats import png
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

LOSSLESS = (".png", ".tif", ".tiff", ".webp", ".bmp")
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def exif_block(orientation: int = 6) -> bytes:
    exif = Image.Exif()
    exif[271] = "A maker of cameras"
    exif[274] = orientation
    exif[306] = "2024:05:06 07:08:09"
    exif.get_ifd(34665)[37510] = b"ASCII\0\0\0a remark of some length"
    exif.get_ifd(34665)[40962] = 64
    exif.get_ifd(34853)[1] = "N"
    exif.get_ifd(34853)[2] = (52.0, 31.0, 12.5)
    return exif.tobytes().removeprefix(b"Exif\0\0")


def readable(block: bytes | None) -> dict[str, Any]:
    """What an EXIF block says, as Pillow reads it."""
    exif = Image.Exif()
    exif.load(b"Exif\0\0" + (block or b""))
    first = {tag: value for tag, value in exif.items() if tag not in (34665, 34853)}
    return {"0": first, "exif": dict(exif.get_ifd(34665)), "gps": dict(exif.get_ifd(34853))}


def samples(shape: tuple[int, ...], dtype: str, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    if dtype == "float32":
        return generator.random(shape, dtype=np.float32)
    return generator.integers(0, np.iinfo(dtype).max + 1, shape).astype(dtype)


def picture_of(dtype: str, channels: int, alpha: bool, size: tuple[int, int], seed: int, metadata: Metadata) -> Picture:
    return Picture(
        pixels=samples((*size, channels), dtype, seed),
        alpha=samples(size, dtype, seed + 1) if alpha else None,
        metadata=metadata,
    )


@given(
    suffix=st.sampled_from(LOSSLESS),
    dtype=st.sampled_from(["uint8", "uint16", "float32"]),
    channels=st.sampled_from([1, 3]),
    alpha=st.booleans(),
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    orientation=st.integers(1, 8),
    tagged=st.booleans(),
    seed=st.integers(0, 2**16),
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_a_lossless_format_can_hold_comes_back_exactly_and_the_rest_is_refused(
    tmp_path: Path,
    suffix: str,
    dtype: str,
    channels: int,
    alpha: bool,
    size: tuple[int, int],
    orientation: int,
    tagged: bool,
    seed: int,
) -> None:
    metadata = Metadata(exif=exif_block(orientation), icc=ICC, orientation=orientation, dpi=(300.0, 150.0), xmp=b"<x/>")
    picture = picture_of(dtype, channels, alpha, size, seed, metadata if tagged else Metadata())
    path = tmp_path / f"picture{suffix}"
    path.unlink(missing_ok=True)
    holds = {
        ".png": dtype != "float32",
        ".webp": dtype == "uint8",
        ".bmp": dtype == "uint8" and not alpha and not tagged,
    }
    if not holds.get(suffix, True):
        with pytest.raises(ImagingError, match=r"write \.png|write \.tif"):
            write_picture(path, picture)
        assert not path.exists()
        return
    write_picture(path, picture)
    back = read_picture(path)
    expected = np.repeat(picture.pixels, 3, axis=2) if suffix == ".webp" and channels == 1 else picture.pixels
    assert back.pixels.dtype == picture.pixels.dtype
    np.testing.assert_array_equal(back.pixels, expected)
    assert (back.alpha is None) == (picture.alpha is None)
    if picture.alpha is not None and back.alpha is not None:
        np.testing.assert_array_equal(back.alpha, picture.alpha)
    if tagged:
        assert back.metadata.icc == ICC
        assert back.metadata.xmp == b"<x/>"
        assert back.metadata.orientation == orientation
        assert readable(back.metadata.exif) == readable(metadata.exif)
        if suffix != ".webp":
            assert back.metadata.dpi == pytest.approx((300.0, 150.0), abs=0.02)


@given(
    suffix=st.sampled_from([".png", ".tif"]),
    dtype=st.sampled_from(["uint8", "uint16"]),
    channels=st.sampled_from([1, 3]),
    alpha=st.booleans(),
    seed=st.integers(0, 2**16),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_picture_goes_through_the_identity_unchanged_down_to_its_metadata(
    tmp_path: Path, suffix: str, dtype: str, channels: int, alpha: bool, seed: int
) -> None:
    metadata = Metadata(exif=exif_block(8), icc=None if channels == 1 else ICC, orientation=8, dpi=(72.0, 72.0))
    write_picture(tmp_path / f"a{suffix}", picture_of(dtype, channels, alpha, (17, 23), seed, metadata))
    original = read_picture(tmp_path / f"a{suffix}")
    write_picture(tmp_path / f"b{suffix}", from_tensor(to_tensor(original), original))
    back = read_picture(tmp_path / f"b{suffix}")
    np.testing.assert_array_equal(back.pixels, original.pixels)
    if original.alpha is not None:
        np.testing.assert_array_equal(back.alpha, original.alpha)
    assert back.metadata == original.metadata
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


@pytest.mark.parametrize("channels", [1, 3])
def test_a_written_jpeg_decodes_as_pillow_decodes_it_and_keeps_its_metadata(tmp_path: Path, channels: int) -> None:
    ramp = np.add.outer(np.arange(60), np.arange(80))[:, :, None] * np.ones(channels)
    metadata = Metadata(exif=exif_block(3), icc=ICC, orientation=3, dpi=(300.0, 300.0), xmp=b"<x/>")
    picture = Picture(pixels=ramp.astype(np.uint8), metadata=metadata)
    write_picture(tmp_path / "a.jpg", picture)
    with Image.open(tmp_path / "a.jpg") as image:
        decoded = np.asarray(image)
        layers = getattr(image, "layer", [])
    back = read_picture(tmp_path / "a.jpg")
    np.testing.assert_array_equal(back.pixels.squeeze(), decoded)
    np.testing.assert_array_equal(back.pixels.squeeze(), imagecodecs.jpeg8_decode((tmp_path / "a.jpg").read_bytes()))
    assert np.abs(back.pixels.astype(int) - picture.pixels).max() <= 4
    assert back.metadata == metadata
    assert {(h, v) for _, h, v, _ in layers} == {(1, 1)}, "colour is subsampled"


@pytest.mark.parametrize(
    ("name", "dtype", "alpha", "fact"),
    [
        ("a.jpg", "uint16", False, "JPEG holds 8 bits.*write .png or .tif"),
        ("a.webp", "uint16", False, "WebP holds 8 bits.*write .png or .tif"),
        ("a.bmp", "uint16", False, "write .png or .tif"),
        ("a.png", "float32", False, "holds 8 bits or 16 bits, the picture is float32; write .tif"),
        ("a.jpg", "uint8", True, "no alpha, which the picture has; write .png, .tif or .webp"),
    ],
)
def test_nothing_is_silently_lost_in_writing(tmp_path: Path, name: str, dtype: str, alpha: bool, fact: str) -> None:
    (tmp_path / name).write_bytes(b"what was there before")
    with pytest.raises(ImagingError, match=fact):
        write_picture(tmp_path / name, picture_of(dtype, 3, alpha, (4, 4), 0, Metadata()))
    assert (tmp_path / name).read_bytes() == b"what was there before"
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("suffix", LOSSLESS)
@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 9, 3), (9, 1, 3), (1, 9, 1)])
def test_a_view_of_one_row_or_column_is_written(tmp_path: Path, suffix: str, shape: tuple[int, int, int]) -> None:
    height, width, channels = shape
    of_more = samples((4 * height, 4 * width, 4), "uint8", 0)
    view = np.ascontiguousarray(of_more[::4, ::4, :channels])
    loose = np.ascontiguousarray(np.lib.stride_tricks.as_strided(of_more, shape, (4 * 4 * width, 4, 1)))
    for pixels in (view, loose):
        write_picture(tmp_path / f"a{suffix}", Picture(pixels=pixels))
        back = read_picture(tmp_path / f"a{suffix}").pixels
        np.testing.assert_array_equal(back, np.broadcast_to(pixels, back.shape))


def test_exif_too_large_for_jpeg_is_refused_and_fits_png(tmp_path: Path) -> None:
    metadata = Metadata(exif=exif_block() + bytes(70_000), orientation=6)
    picture = picture_of("uint8", 3, False, (4, 4), 0, metadata)
    with pytest.raises(ImagingError, match="exceeds the limits of JPEG"):
        write_picture(tmp_path / "a.jpg", picture)
    write_picture(tmp_path / "a.png", picture)
    assert read_picture(tmp_path / "a.png").metadata.exif == metadata.exif


def test_premultiplied_colours_stay_as_they_are_in_tiff_and_are_divided_for_png(tmp_path: Path) -> None:
    pixels = np.array([[[10, 20, 30], [128, 0, 64], [0, 0, 0]]], np.uint8)
    alpha = np.array([[100, 128, 0]], np.uint8)
    picture = Picture(pixels=pixels, alpha=alpha, metadata=Metadata(alpha_kind="premultiplied"))
    write_picture(tmp_path / "a.tif", picture)
    back = read_picture(tmp_path / "a.tif")
    assert back.metadata.alpha_kind == "premultiplied"
    np.testing.assert_array_equal(back.pixels, pixels)
    write_picture(tmp_path / "a.png", back)
    straight = [[round(10 * 2.55 + 1e-9), 51, round(30 * 2.55 + 1e-9)], [255, 0, 128], [0, 0, 0]]
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png").pixels[0], straight)


@pytest.mark.parametrize(
    ("error", "fact"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), "a.png: may not be read; change its permissions"),
        (OSError(errno.EIO, "Input/output error"), r"a.png: cannot be read \(.*Input/output error.*\)"),
    ],
)
def test_a_file_that_the_system_does_not_open_is_named_with_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, fact: str
) -> None:
    write_picture(tmp_path / "a.png", picture_of("uint8", 1, False, (4, 4), 0, Metadata()))

    def refused(*_: object) -> None:
        raise error

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(ImagingError, match=fact):
        read_picture(tmp_path / "a.png")


def test_writing_into_a_missing_folder_or_over_a_folder_says_so(tmp_path: Path) -> None:
    picture = picture_of("uint8", 1, False, (4, 4), 0, Metadata())
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(ImagingError, match="folder is missing"):
        write_picture(tmp_path / "no" / "a.png", picture)
    with pytest.raises(ImagingError):
        write_picture(tmp_path / "folder.png", picture)
    with pytest.raises(ImagingError, match="not a supported picture format"):
        write_picture(tmp_path / "a.gif", picture)
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder.png"]


def test_what_the_system_does_not_write_is_one_line_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = picture_of("uint8", 1, False, (4, 4), 0, Metadata())
    write_picture(tmp_path / "a.png", picture)
    before = (tmp_path / "a.png").read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "write_whole", full)
    with pytest.raises(ImagingError, match=r"a\.png: cannot be written \(No space .*\); nothing was changed"):
        write_picture(tmp_path / "a.png", picture_of("uint8", 1, False, (4, 4), 1, Metadata()))
    assert (tmp_path / "a.png").read_bytes() == before


def test_a_picture_that_does_not_fit_into_memory_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_picture(tmp_path / "a.png", picture_of("uint8", 1, False, (4, 4), 0, Metadata()))

    def exhausted(*_: object) -> Picture:
        raise MemoryError

    monkeypatch.setattr(png, "read_png", exhausted)
    with pytest.raises(ImagingError, match=r"a\.png: does not fit into memory; lower max_pixels"):
        read_picture(tmp_path / "a.png")


@pytest.mark.parametrize("quality", [0, 101, -5])
def test_a_quality_outside_its_range_is_a_usage_error(tmp_path: Path, quality: int) -> None:
    with pytest.raises(UsageError, match="1 to 100"):
        write_picture(tmp_path / "a.jpg", picture_of("uint8", 1, False, (4, 4), 0, Metadata()), quality=quality)


def test_a_new_file_has_the_usual_permissions_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    picture = picture_of("uint8", 1, False, (4, 4), 0, Metadata())
    (tmp_path / "usual").touch()
    write_picture(tmp_path / "new.png", picture)
    assert (tmp_path / "new.png").stat().st_mode == (tmp_path / "usual").stat().st_mode
    (tmp_path / "new.png").chmod(0o640)
    write_picture(tmp_path / "new.png", picture)
    assert stat.S_IMODE((tmp_path / "new.png").stat().st_mode) == 0o640


@pytest.mark.slow
def test_every_benchmark_picture_is_read_as_pillow_reads_it(shared_data: Path) -> None:
    seen = set()
    for path in list_pictures(shared_data):
        if shared_data / "bands" in path.parents:  # of more bands than RGB: refused
            continue
        picture = read_picture(path)
        seen.add((path.suffix, picture.pixels.dtype.name, picture.channels))
        with Image.open(path) as image:
            expected = np.asarray(image)
        if expected.ndim == 3 and expected.shape[2] == 4:
            np.testing.assert_array_equal(picture.alpha, expected[:, :, 3])
            expected = expected[:, :, :3]
        np.testing.assert_array_equal(picture.pixels.squeeze(), expected.squeeze(), err_msg=str(path))
    assert {(".bmp", "uint8", 3), (".png", "uint16", 1), (".tif", "uint8", 3), (".jpg", "uint8", 3)} <= seen


def test_the_suffixes_are_those_of_the_five_formats() -> None:
    assert set(suffixes()) == {".png", ".tif", ".tiff", ".jpg", ".jpeg", ".webp", ".bmp"}
