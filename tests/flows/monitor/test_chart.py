"""The chart shows bands, medians and what is outside, also where there is little or nothing to show."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from burnish_flows.monitor.chart import BAD, BAND, HEIGHT, SCALE, WIDTH, Point, Track, _ticks, draw

TRACK = Track(
    title="Noise", unit="of white", digits=3, wide=(0.08, 0.12), band=(0.09, 0.11), middle=0.1, limits=(0.08, 0.13),
    points=[Point(when=0.0, median=0.1, outside=False), Point(when=60.0, median=0.2, outside=True)],
)  # fmt: skip


def pixels(picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], colour: tuple[int, int, int]) -> int:
    return int((picture == np.array(colour)).all(axis=2).sum())


def test_a_point_outside_and_the_band_are_seen() -> None:
    picture = draw([replace(TRACK, limits=(None, None))])
    assert picture.shape[0] > HEIGHT * SCALE
    assert pixels(picture, BAD) > 100
    assert pixels(picture, BAND) > 0.05 * (WIDTH * HEIGHT * SCALE**2)
    calm = replace(TRACK, points=TRACK.points[:1], limits=(None, None))
    assert pixels(draw([calm]), BAD) == 0


def test_panels_stand_in_two_columns() -> None:
    one, two, three = (draw([TRACK] * count) for count in (1, 2, 3))
    assert one.shape == two.shape
    assert three.shape[0] > 1.9 * two.shape[0] - 100


def test_a_track_without_band_or_points_is_drawn() -> None:
    nothing = replace(TRACK, points=[], wide=None, band=None, middle=None, limits=(None, None))
    flat = replace(TRACK, points=TRACK.points[:1], wide=(100.0, 100.0), band=(100.0, 100.0), digits=0)
    assert draw([nothing, flat]).dtype == np.uint8


def test_ticks_are_round_and_within() -> None:
    assert _ticks(0.03, 0.14) == [0.05, 0.1]
    assert _ticks(55.0, 115.0) == [60.0, 80.0, 100.0]
    assert _ticks(-0.08, 0.13) == [0.0, 0.1] or len(_ticks(-0.08, 0.13)) >= 2
