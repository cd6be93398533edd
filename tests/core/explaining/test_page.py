"""The page holds all its pictures, needs no script, and shows the figures."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path

import burnish
import cv2
import numpy as np
import pytest
from burnish.errors import UsageError
from burnish.explaining.page import refuse_page, write_page
from burnish.inference import Restorer
from numpy.typing import NDArray

from tests.core.explaining.conftest import Weighted


def pictures(text: str) -> list[NDArray[np.uint8]]:
    found = re.findall(r'src="data:image/png;base64,([^"]+)"', text)
    return [np.asarray(cv2.imdecode(np.frombuffer(base64.b64decode(one), np.uint8), 1)) for one in found]


def test_the_page_shows_place_maps_layers_and_field_by_itself(
    doubling: Restorer, grey: NDArray[np.float32], tmp_path: Path
) -> None:
    pytest.importorskip("captum", reason="the extra burnish[explain] is not installed")
    made = burnish.explain(doubling, grey, at=(50, 40))
    text = write_page(tmp_path / "new" / "why.html", made, "photo.png").read_text(encoding="utf-8")
    assert "<script" not in text
    assert not re.findall(r'(?:src|href)="(?!data:)', text)
    for words in ("What photo.png was restored from", "Local attribution", "Integrated gradients", "Occlusion"):
        assert words in text
    assert made.lam is not None
    assert f"diffusion index {made.lam.diffusion_index:.2f}" in text
    assert "The box depends on nothing outside them." in text
    assert text.count("<tr><th") == 1 + len(made.layers)
    shown = pictures(text)
    assert len(shown) == 6
    red = (shown[2] == (40, 40, 225)).all(axis=2)
    rows, columns = np.nonzero(red.any(axis=1))[0], np.nonzero(red.any(axis=0))[0]
    factor = len(shown[2]) / len(made.estimate)
    assert (rows.min() / factor, columns.min() / factor) == pytest.approx((6, 6), abs=0.2)  # 42 − 2·18, 32 − 2·13
    brightest = np.unravel_index(int(shown[3].sum(axis=2).argmax()), shown[3].shape[:2])
    assert all(2 * factor < place < 26 * factor for place in brightest)


def test_of_a_burst_there_is_a_map_for_every_frame_with_its_share(
    restorer: Callable[..., Restorer], grey: NDArray[np.float32], tmp_path: Path
) -> None:
    loaded = restorer(Weighted(0.75, 0.25), temporal="burst", receptive_field=1)
    made = burnish.explain(loaded, [grey, grey], at=(20, 20))
    text = write_page(tmp_path / "why.html", made, "burst").read_text(encoding="utf-8")
    assert "<b>frame 1</b>" in text
    assert {"75.0%", "25.0%"} <= set(re.findall(r"\d+\.\d%", text))


def test_another_suffix_and_the_picture_itself_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="an explanation is a page"):
        refuse_page(tmp_path / "why.png", tmp_path / "photo.png")
    (tmp_path / "photo.html").write_text("")
    with pytest.raises(UsageError):
        refuse_page(tmp_path / "photo.html", tmp_path / "photo.html")
