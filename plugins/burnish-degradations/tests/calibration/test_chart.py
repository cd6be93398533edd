"""The plot of a fit."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from burnish_degradations.calibration.chart import BOTTOM, LEFT, RIGHT, TOP, chart, ticks
from burnish_degradations.calibration.fitting import Fit, fit
from burnish_degradations.calibration.flat_areas import flat_levels
from hypothesis import given
from hypothesis import strategies as st

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def fitted(camera: Any) -> Fit:
    picture = camera.stored(camera.noisy(camera.scene(), 1, gain=0.01, read=0.02))
    return fit(flat_levels(picture, 1 / 255), 1 / 255, "x")


def test_it_is_xml_that_holds_the_model_and_a_point_for_each_level_inside_the_axes(fitted: Fit) -> None:
    root = ElementTree.fromstring(chart(fitted, 'Noise of <a "b">'))
    assert root.get("aria-label", "").startswith(f'Noise of <a "b">: gain {fitted.model.gain:.4g}')
    points = root.findall(f"{SVG}circle")
    assert 0.9 * len(fitted.levels) <= len(points) <= len(fitted.levels)
    for point in points:
        assert LEFT <= float(point.get("cx", "")) <= RIGHT
        assert TOP <= float(point.get("cy", "")) <= BOTTOM
        assert "σ" in "".join(point.itertext())


def test_the_line_goes_where_the_levels_are(fitted: Fit) -> None:
    root = ElementTree.fromstring(chart(fitted, "x"))
    path = next(one for one in root.findall(f"{SVG}path") if one.get("class") == "model").get("d", "")
    places = np.array([place.split() for place in path.removeprefix("M").split(" L")], dtype=float)
    trusted = [one for one in root.findall(f"{SVG}circle") if one.get("class") == "level"]
    off = [
        abs(float(one.get("cy", "")) - np.interp(float(one.get("cx", "")), places[:, 0], places[:, 1]))
        for one in trusted
    ]
    assert np.median(off) < 0.05 * (BOTTOM - TOP)


@given(highest=st.floats(1e-6, 1e6))
def test_an_axis_has_three_to_seven_round_ticks(highest: float) -> None:
    found = ticks(highest)
    assert 3 <= len(found) <= 7
    assert found[0] == 0.0
    assert found[-1] <= highest * (1 + 1e-9)
