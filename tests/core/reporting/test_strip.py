from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from burnish.errors import EvaluationError
from burnish.reporting.strip import Panel, shown_figure, views, write_strip
from PIL import Image

Write = Callable[[Path, tuple[int, int], int], Path]


def test_a_strip_is_one_picture_with_a_caption_for_each_panel(tmp_path: Path, write_picture_file: Write) -> None:
    paths = [write_picture_file(tmp_path / f"{i}.png", (48, 64), i) for i in range(3)]
    panels = [Panel(label=f"label {i}", path=path, figures={"psnr": 30.0 + i}) for i, path in enumerate(paths)]
    out = write_strip(tmp_path / "deep" / "strip.png", panels, width=160)
    strip = np.asarray(Image.open(out).convert("RGB"))
    assert strip.shape[1] == 3 * (160 + 12) + 12
    whole = np.asarray(Image.open(paths[1]).convert("RGB"))
    assert (strip[12, 12 + 172] == whole[0, 0]).all()
    captions = strip[12 + 120 + 6 + 160 :]
    for index in range(3):
        assert (captions[:, 12 + index * 172 : 172 + index * 172] < 128).any()


def test_the_detail_is_the_liveliest_part_of_the_last_panel_and_the_same_place_in_all(tmp_path: Path) -> None:
    clean = np.full((80, 120, 3), 128, np.uint8)
    clean[40:60, 80:100] = np.random.default_rng(0).integers(0, 255, (20, 20, 3))
    Image.fromarray(clean).save(tmp_path / "clean.png")
    Image.fromarray(clean[::2, ::2]).save(tmp_path / "small.png")
    small, last = views([Panel(label="d", path=tmp_path / "small.png"), Panel(label="c", path=tmp_path / "clean.png")])
    np.testing.assert_array_equal(last.detail, clean[40:60, 80:100])
    np.testing.assert_array_equal(small.detail, clean[40:60:2, 80:100:2])
    assert small.whole.shape == last.whole.shape == (240, 360, 3)


@pytest.mark.parametrize(("mode", "kind"), [("L", np.uint8), ("I;16", np.uint16)])
def test_grey_and_sixteen_bit_pictures_are_shown_too(tmp_path: Path, mode: str, kind: type) -> None:
    peak = np.iinfo(kind).max
    Image.fromarray(np.full((20, 30), peak, kind)).save(tmp_path / "white.png")
    (view,) = views([Panel(label="white", path=tmp_path / "white.png")])
    assert view.whole.dtype == np.uint8
    assert (view.whole == 255).all()


def test_a_label_that_is_too_long_is_cut_and_a_tiny_picture_is_shown(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((3, 2, 3), np.uint8)).save(tmp_path / "tiny.png")
    out = write_strip(tmp_path / "s.png", [Panel(label="long " * 50, path=tmp_path / "tiny.png")], width=100)
    strip = np.asarray(Image.open(out).convert("L"))
    assert (strip[-30:, 112:] == 255).all()


def test_no_panels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="at least one panel"):
        write_strip(tmp_path / "s.png", [])


def test_figures_are_printed_to_the_digits_of_tables() -> None:
    assert [shown_figure(value) for value in (33.6614, 0.92988, "–", float("inf"))] == ["33.66", "0.9299", "–", "inf"]
