"""Which format a file is of: by its first bytes, by its name where formats begin alike, and with those of plugins."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from burnish.cli.main import main
from burnish.errors import ImagingError, UsageError
from burnish.io import Picture, is_picture, list_pictures, read_picture, suffixes, write_picture
from burnish.io.formats import lookup
from burnish.io.isolation.isolated import close_workers, read_isolated
from burnish.plugins import catalog, host
from burnish.plugins.discovery import Candidate

PFM = """
    from burnish import FormatSpec, hookimpl

    @hookimpl
    def register_formats():
        yield FormatSpec(
            name="{name}", factory="{package}.codec:Pfm", summary="Float maps", title="PFM",
            suffixes=("{suffix}",), marks={marks}, depths=("float32",), {more}
        )
"""
CODEC = Path(__file__).parents[4] / "core/burnish/cli/templates/format/implementation.py.template"

Add = Callable[..., None]


@pytest.fixture
def add(
    site: Path, install: Callable[..., Candidate], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., None]]:
    """``add(name, suffix, marks, more)``: an installed plugin with a format, made of the template for formats."""

    def write(name: str, suffix: str = ".pfm", marks: object = ("50460a", "50660a"), more: str = "") -> None:
        package = f"burnish_{name}"
        code = PFM.format(name=name, package=package, suffix=suffix, marks=marks, more=more)
        install(f"burnish-{name}", code)
        text = CODEC.read_text().replace("${class_name}", "Pfm").replace("${spec}", name)
        (site / package / "codec.py").write_text(text)
        monkeypatch.syspath_prepend(str(site))
        monkeypatch.setenv("PYTHONPATH", str(site))
        forget()

    yield write
    monkeypatch.undo()
    forget()


def forget() -> None:
    close_workers()
    host.installed.cache_clear()
    catalog.installed.cache_clear()


def samples(height: int = 9, width: int = 7) -> Any:
    return np.random.default_rng(0).random((height, width, 3), dtype=np.float32) * 2


@pytest.mark.parametrize(
    ("begin", "name", "called"),
    [
        (b"\x89PNG\r\n\x1a\n", "", "PNG"),
        (b"\xff\xd8\xff\xe0", "a.png", "JPEG"),
        (b"RIFF\x01\x02\x03\x04WEBPVP8 ", "", "WebP"),
        (b"RIFF\x01\x02\x03\x04WAVEfmt ", "", None),
        (b"II*\0", "", "TIFF"),
        (b"MM\0+", "", "TIFF"),
        (b"BM", "x", "BMP"),
        (b"B", "x.bmp", None),
        (b"hello", "a.png", None),
    ],
)
def test_the_content_decides_whatever_the_name(begin: bytes, name: str, called: str | None) -> None:
    found = lookup.of_head(begin, name)
    assert (found.called if found else None) == called


def test_a_plugin_s_format_is_read_and_written_like_any_other(add: Add, tmp_path: Path) -> None:
    assert not is_picture("a.pfm")
    add("floats")
    assert is_picture("A.PFM") and suffixes()[-1] == ".pfm" and suffixes()[0] == ".png"
    pixels = samples()
    write_picture(tmp_path / "a.pfm", Picture(pixels=pixels))
    theirs = cv2.imread(str(tmp_path / "a.pfm"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(theirs[:, :, ::-1], pixels)
    assert cv2.imwrite(str(tmp_path / "b.pfm"), pixels)
    for read in (read_picture, read_isolated):
        found = read(tmp_path / "b.pfm")
        np.testing.assert_array_equal(found.pixels[:, :, ::-1], pixels)
        assert found.metadata.format == "PFM"
    assert [path.name for path in list_pictures(tmp_path)] == ["a.pfm", "b.pfm"]


def test_its_files_go_through_a_command(add: Add, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add("floats")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    write_picture("in/a.pfm", Picture(pixels=samples()))
    assert main(["restore", "in", "out", "--restorer", "burnish/identity"]) == 0
    assert Path("out/a.pfm").read_bytes() == Path("in/a.pfm").read_bytes()


def test_what_it_cannot_hold_is_refused_before_it_is_asked(add: Add, tmp_path: Path) -> None:
    add("floats", more="axes=('y', 'x')")
    with pytest.raises(ImagingError, match=r"PFM holds grey alone, the picture has colours; write \.tif"):
        write_picture(tmp_path / "a.pfm", Picture(pixels=samples()))
    grey = samples()[:, :, :1]
    with pytest.raises(ImagingError, match=r"PFM holds no alpha, which the picture has; write \.tif"):
        write_picture(tmp_path / "a.pfm", Picture(pixels=grey, alpha=grey[:, :, 0]))


@pytest.mark.parametrize("depth", ["uint8", "uint16"])
def test_a_picture_of_whole_numbers_is_written_as_floats_without_loss_where_it_has_only_these(
    add: Add, tmp_path: Path, depth: str
) -> None:
    add("floats")
    peak = np.iinfo(depth).max
    values = np.append(np.arange(0, peak, 1 if peak == 255 else 7), peak).astype(depth)
    pixels = np.stack([values, values[::-1], values], axis=-1)[None]
    write_picture(tmp_path / "a.pfm", Picture(pixels=pixels))
    read = read_picture(tmp_path / "a.pfm").pixels
    assert (read.dtype, read.min(), read.max()) == (np.float32, 0, 1)
    np.testing.assert_array_equal(np.round(read.astype(np.float64) * peak).astype(depth), pixels)


def test_a_format_that_is_only_read_is_not_written(add: Add, tmp_path: Path) -> None:
    add("floats", more="writes=False")
    cv2.imwrite(str(tmp_path / "a.pfm"), samples())
    assert read_picture(tmp_path / "a.pfm").pixels.shape == (9, 7, 3)
    with pytest.raises(ImagingError, match=r"PFM files are only read, not written; use one of \.png"):
        write_picture(tmp_path / "b.pfm", Picture(pixels=samples()))


def test_the_name_decides_between_formats_that_begin_alike(add: Add, tmp_path: Path) -> None:
    add("floats", suffix=".dng", marks=("49492a00",))
    tiff = b"II*\0" + bytes(12)
    assert lookup.of_head(tiff).called == "TIFF"  # type: ignore[union-attr]
    assert lookup.of_head(tiff, "a.tif").called == "TIFF"  # type: ignore[union-attr]
    assert lookup.of_head(tiff, "a.DNG").called == "PFM"  # type: ignore[union-attr]


def test_a_format_without_a_mark_is_known_by_its_suffix_alone(add: Add, tmp_path: Path) -> None:
    add("floats", suffix=".flt", marks=())
    write_picture(tmp_path / "a.flt", Picture(pixels=samples()))
    np.testing.assert_array_equal(read_picture(tmp_path / "a.flt").pixels, samples())
    assert lookup.of_head((tmp_path / "a.flt").read_bytes()[:16]) is None


def test_two_plugins_that_claim_a_suffix_are_both_named(add: Add) -> None:
    add("floats")
    add("maps")
    with pytest.raises(UsageError, match=r"\.pfm is the suffix of floats/floats and maps/maps; name .* BURNISH_BLOCK"):
        lookup.of_name("a.pfm")


def test_a_plugin_cannot_take_over_a_suffix_of_the_host(add: Add) -> None:
    add("floats", suffix=".png")
    assert lookup.of_name("a.png").id == "burnish/png"  # type: ignore[union-attr]


def test_errors_of_its_code_are_one_line_with_the_file_s_name(add: Add, site: Path, tmp_path: Path) -> None:
    add("floats")
    (tmp_path / "a.pfm").write_bytes(b"PF\nmany few\n-1\n")
    with pytest.raises(ImagingError, match=r"a\.pfm: is damaged or cut short \(invalid literal"):
        read_picture(tmp_path / "a.pfm")
    (tmp_path / "b.pfm").write_bytes(b"PF\n30000 30000\n-1\n")
    with pytest.raises(ImagingError, match="900 million pixels, but the limit is 500"):
        read_picture(tmp_path / "b.pfm")
    with pytest.raises(ImagingError, match=r"b\.pfm: declares 30000 x 30000"):
        read_isolated(tmp_path / "b.pfm")
    codec = site / "burnish_floats" / "codec.py"
    codec.write_text(codec.read_text().replace("mark = ", "mark = 1 / 0 or "))
    forget()
    import sys

    sys.modules.pop("burnish_floats.codec", None)
    with pytest.raises(ImagingError, match=r"c\.pfm: floats/floats cannot write it \(ZeroDivisionError"):
        write_picture(tmp_path / "c.pfm", Picture(pixels=samples()))


def test_a_body_without_a_name_is_known_by_its_content(add: Add) -> None:
    add("floats")
    content = io.BytesIO(b"Pf\n1 1\n-1.0\n" + np.float32(0.5).tobytes())
    from burnish.io.files import decode_picture

    assert decode_picture(content).pixels.tolist() == [[[0.5]]]
