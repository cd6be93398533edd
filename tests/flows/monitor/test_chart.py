"""The chart shows bands, medians and what is outside, also where there is little or nothing to show."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from burnish.console.templating import render
from burnish_flows.monitor.chart import Point, Track

TRACK = Track(
    title="Noise <&>", unit="of white", digits=3, wide=(0.08, 0.12), band=(0.09, 0.11), middle=0.1, limits=(0.08, 0.13),
    points=[Point(look=4, when=0.0, median=0.1, outside=False), Point(look=5, when=60.0, median=0.2, outside=True)],
)  # fmt: skip
SVG = "{http://www.w3.org/2000/svg}"


def chart(*tracks: Track) -> ElementTree.Element:
    return ElementTree.fromstring(render("burnish_flows.monitor/chart.svg", title="t", tracks=tracks))


def classed(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [one for one in root.iter() if one.get("class", "").split()[:1] == [name]]


def test_every_look_is_a_point_that_says_its_figure_and_what_is_outside_has_another_shape() -> None:
    inside, outside = classed(chart(TRACK), "point")
    assert [one.findtext(f"{SVG}title") for one in (inside, outside)] == [
        "Look 4, 1970-01-01 00:00: 0.100", "Look 5, 1970-01-01 00:01: 0.200, outside",
    ]  # fmt: skip
    assert (inside.get("class"), outside.get("class")) == ("point", "point bad")
    assert str(inside.get("d")).partition("m")[2] != str(outside.get("d")).partition("m")[2]


def test_a_panel_tells_in_words_what_it_shows() -> None:
    panel = classed(chart(TRACK), "panel")[0]
    assert panel.get("role") == "img"
    assert panel.findtext(f"{SVG}title") == "Noise <&>, of white: outside"
    assert " ".join(str(panel.findtext(f"{SVG}desc")).split()) == (
        "Look 4 (1970-01-01 00:00) to 5 (1970-01-01 00:01), 1 of 2 outside; last median 0.200. "
        "Trained for 0.090 to 0.110; limits 0.080 and 0.130."
    )


def test_values_lie_between_the_edges_and_the_band_where_its_quantiles_are() -> None:
    band = classed(chart(TRACK), "band")[0]
    top, height = float(str(band.get("y"))), float(str(band.get("height")))
    assert (top, top + height) == pytest.approx((TRACK.y(0.11), TRACK.y(0.09)), abs=0.1)
    assert TRACK.y(0.15) == pytest.approx((TRACK.y(0.1) + TRACK.y(0.2)) / 2, abs=0.1)
    low, high = TRACK.range
    assert (TRACK.y(high), TRACK.y(low)) == (TRACK.top, TRACK.bottom)
    assert TRACK.left < TRACK.x(0) < TRACK.x(1) < TRACK.right


def test_panels_stand_in_two_columns() -> None:
    panels = classed(chart(TRACK, TRACK, TRACK), "panel")
    assert [(one.get("x"), one.get("y")) for one in panels] == [("14", "14"), ("548", "14"), ("14", "238")]


def test_a_track_without_band_or_points_is_drawn() -> None:
    nothing = replace(TRACK, points=[], wide=None, band=None, middle=None, limits=(None, None))
    flat = replace(TRACK, points=TRACK.points[:1], wide=(100.0, 100.0), band=(100.0, 100.0), digits=0)
    root = chart(nothing, flat)
    assert [one.text for one in classed(root, "state")] == ["not measured", "0 inside"]
    assert classed(root, "band")[0].get("height") == "1"
    assert len(classed(root, "point")) == 1


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(0.03, 0.14, [0.05, 0.1]), (55.0, 115.0, [60.0, 80.0, 100.0]), (-0.08, 0.13, [0.0, 0.1])],
)
def test_ticks_are_round_and_within(low: float, high: float, ticks: list[float]) -> None:
    track = replace(TRACK)
    track.__dict__["range"] = low, high
    assert track.ticks == ticks


def test_the_first_the_middle_and_the_last_look_have_their_time() -> None:
    counts = {count: replace(TRACK, points=TRACK.points[:1] * count).dates for count in (0, 1, 2, 9)}
    assert counts == {0: [], 1: [0], 2: [0, 1], 9: [0, 4, 8]}
