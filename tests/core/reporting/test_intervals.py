"""The drawings of intervals in the report: what is promised lies on the diagonal, and maps show what is wide."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from burnish.evaluation.scorecard import IntervalLevel, Intervals, Scorecard, WidthClass
from burnish.io import Picture, read_picture, write_picture
from burnish.reporting.intervals import SIDE, drawn, write_width_map
from burnish.reporting.report import write_report

Cards = Callable[..., Scorecard]


def _with(card: Scorecard, measured: dict[float, float]) -> Scorecard:
    levels = tuple(
        IntervalLevel(asked=asked, coverage={"0.png": one}, width={"0.png": 0.1}, mean_coverage=one, mean_width=0.1)
        for asked, one in measured.items()
    )
    classes = tuple(WidthClass(width=0.1 * n, error=0.02 * n, coverage=0.9) for n in range(1, 11))
    found = Intervals(
        width="head", confidence=0.9, calibrated_on="h", levels=levels, asked=max(measured), classes=classes
    )
    results = {name: one.model_copy(update={"intervals": found}) for name, one in card.results.items()}
    return card.model_copy(update={"results": results})


def test_a_kept_promise_lies_on_the_diagonal_and_a_broken_one_below(make_card: Cards) -> None:
    card = _with(make_card("m", [30.0]), {0.5: 0.5, 0.9: 0.7})
    (one,) = drawn(card, None)
    kept, broken = one.reliability["this version"]
    assert kept[0] == pytest.approx(SIDE - kept[1])
    assert broken[1] > SIDE - broken[0]


def test_the_champions_are_drawn_where_they_were_asked_the_same(make_card: Cards) -> None:
    own, other = (_with(make_card(name, [30.0]), {0.9: 0.9}) for name in ("a", "b"))
    assert [list(one.reliability) for one in drawn(own, other)] == [["champion", "challenger"]]
    foreign = {name: one.model_copy(update={"digest": "x"}) for name, one in other.results.items()}
    (one,) = drawn(own, other.model_copy(update={"results": foreign}))
    assert list(one.reliability) == ["challenger"]


def test_a_report_shows_them_and_one_without_intervals_does_not(make_card: Cards, tmp_path: Path) -> None:
    card = make_card("m", [30.0])
    write_report(tmp_path / "with.html", title="t", challenger=_with(card, {0.5: 0.5, 0.9: 0.7}))
    write_report(tmp_path / "without.html", title="t", challenger=card)
    page = (tmp_path / "with.html").read_text()
    assert page.count("<polyline") == 2
    assert "0.700" in page
    assert "<h2>Intervals</h2>" not in (tmp_path / "without.html").read_text()


def test_a_map_is_dark_where_intervals_are_narrow_and_yellow_where_they_are_wide(tmp_path: Path) -> None:
    width = np.zeros((20, 40, 3), np.uint8)
    width[:, 20:, 1] = 51
    write_picture(tmp_path / "w.png", Picture(pixels=width))
    assert write_width_map(tmp_path / "w.png", tmp_path / "maps" / "m.png") == pytest.approx(0.2)
    shown = read_picture(tmp_path / "maps" / "m.png").pixels.astype(int)
    assert shown[:, :20].sum(axis=2).max() < 30
    red, green, blue = shown[10, 30]
    assert red > 200
    assert green > 200
    assert blue < red
