"""Facts about restoring files: structure kept, whole or nothing, one failure stops nobody, inputs are never touched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from burnish.builtin.identity import Identity
from burnish.errors import BurnishError, DataError, ImagingError, RestorationError, UsageError
from burnish.inference import Restorer, restore_files
from burnish.io import Picture, read_picture, write_picture

Wrap = Callable[..., Restorer]


def _write(path: Path, seed: int = 0, dtype: type = np.uint8) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    top = np.iinfo(dtype).max
    pixels = np.random.default_rng(seed).integers(0, top, (12, 10, 3), endpoint=True).astype(dtype)
    write_picture(path, Picture(pixels=pixels))
    return path


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_file_is_restored_to_a_file_in_the_format_of_its_suffix(wrap: Wrap, tmp_path: Path) -> None:
    source = _write(tmp_path / "in.png", dtype=np.uint16)
    done = restore_files(wrap(Identity()), source, tmp_path / "new" / "out.tiff")
    assert [(r.source, r.target, r.error) for r in done] == [(source, tmp_path / "new" / "out.tiff", "")]
    assert done[0].megapixels == 120 / 1e6 and done[0].seconds > 0
    assert np.array_equal(read_picture(done[0].target).pixels, read_picture(source).pixels)


def test_an_existing_folder_as_output_takes_the_name_of_the_file(wrap: Wrap, tmp_path: Path) -> None:
    source = _write(tmp_path / "in.png")
    (tmp_path / "out").mkdir()
    restore_files(wrap(Identity()), source, tmp_path / "out")
    assert _files(tmp_path / "out") == ["in.png"]


def test_a_folder_keeps_its_structure(wrap: Wrap, tmp_path: Path) -> None:
    for i, name in enumerate(["a.png", "deep/b.tif", "deep/er/c.bmp"]):
        _write(tmp_path / "in" / name, seed=i)
    done = restore_files(wrap(Identity()), tmp_path / "in", tmp_path / "out")
    assert _files(tmp_path / "out") == ["a.png", "deep/b.tif", "deep/er/c.bmp"]
    for restored in done:
        assert np.array_equal(read_picture(restored.source).pixels, read_picture(restored.target).pixels)


def test_one_picture_of_a_folder_that_fails_is_named_and_the_others_go_on(wrap: Wrap, tmp_path: Path) -> None:
    _write(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "b.png").write_text("no picture")
    _write(tmp_path / "in" / "c.png")
    done = restore_files(wrap(Identity()), tmp_path / "in", tmp_path / "out")
    assert [bool(restored.error) for restored in done] == [False, True, False]
    assert "b.png" in done[1].error and "\n" not in done[1].error
    assert _files(tmp_path / "out") == ["a.png", "c.png"]


def test_pictures_that_already_lie_in_the_output_folder_are_left_alone(wrap: Wrap, tmp_path: Path) -> None:
    _write(tmp_path / "a.png")
    _write(tmp_path / "restored" / "old.png")
    restore_files(wrap(Identity()), tmp_path, tmp_path / "restored")
    assert _files(tmp_path) == ["a.png", "restored/a.png", "restored/old.png"]


def test_a_single_file_that_fails_raises_names_it_and_leaves_nothing(wrap: Wrap, tmp_path: Path) -> None:
    def to_nan(degraded: torch.Tensor) -> torch.Tensor:
        return degraded * float("nan")

    source = _write(tmp_path / "in.png")
    with pytest.raises(RestorationError, match=r"in\.png: test/tried .* NaN"):
        restore_files(wrap(to_nan), source, tmp_path / "out.png")
    assert _files(tmp_path) == ["in.png"]


def test_a_failure_leaves_an_older_output_untouched(wrap: Wrap, tmp_path: Path) -> None:
    source, target = _write(tmp_path / "in.png", 0), _write(tmp_path / "out.png", 1)
    before = target.read_bytes()
    with pytest.raises(RestorationError):
        restore_files(wrap(lambda degraded: degraded * float("inf")), source, target)
    assert target.read_bytes() == before and _files(tmp_path) == ["in.png", "out.png"]


def test_the_input_is_never_overwritten(wrap: Wrap, tmp_path: Path) -> None:
    source = _write(tmp_path / "in.png")
    (tmp_path / "link.png").symlink_to(source)
    for target in (source, tmp_path / "link.png", tmp_path, tmp_path / "." / "in.png"):
        with pytest.raises(UsageError, match="never overwritten"):
            restore_files(wrap(Identity()), source, target)
    with pytest.raises(UsageError, match="never overwritten"):
        restore_files(wrap(Identity()), tmp_path, tmp_path)


@pytest.mark.parametrize(
    ("source", "target", "error", "fact"),
    [
        ("absent.png", "out.png", DataError, "absent.png: is missing"),
        ("in.png", "out.xyz", UsageError, "its suffix is not that of a format"),
        ("in.png", "out", UsageError, "its suffix is not that of a format"),
        ("folder", "in.png", UsageError, "is a file, but"),
        ("empty", "out", DataError, "contains no picture"),
        ("short.png", "out.png", ImagingError, "short.png"),
        ("in.png", "short.png/out.png", ImagingError, r"out\.png: cannot be written \(.*\); choose another place"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line_and_no_file(
    wrap: Wrap, tmp_path: Path, source: str, target: str, error: type[BurnishError], fact: str
) -> None:
    data = _write(tmp_path / "in.png").read_bytes()
    _write(tmp_path / "folder" / "a.png")
    (tmp_path / "empty").mkdir()
    (tmp_path / "short.png").write_bytes(data[: len(data) // 2])
    before = _files(tmp_path)
    with pytest.raises(error, match=fact) as caught:
        restore_files(wrap(Identity()), tmp_path / source, tmp_path / target)
    assert "\n" not in str(caught.value) and _files(tmp_path) == before
