"""The page says what is outside and by how much, holds its charts, and escapes what comes from outside."""

from __future__ import annotations

import re
from pathlib import Path

from burnish.drift import Profile, judge
from burnish_flows.monitor.chart import Point, Track
from burnish_flows.monitor.page import Sight, document
from burnish_flows.registry.store import Version

TRACK = Track(
    title="Noise", unit="", digits=3, wide=None, band=None, middle=None, limits=(None, None),
    points=[Point(look=7, when=0.0, median=0.1, outside=False)],
)  # fmt: skip


def sight(profile: Profile, brightness: float) -> Sight:
    standings = judge(profile, [{"brightness": brightness, "resolution": 0.0025}] * 10)
    version = Version(model="denoise", number="3", status="approved", source="s")
    return Sight(version=version, folder=Path("/in/<box>"), profile=profile, standings=standings, look=7, pictures=10)


def test_what_is_outside_is_said_with_its_figures(profile: Profile) -> None:
    page = document(sight(profile, 0.9), [TRACK]).replace("</td>\n<td>", "</td><td>")
    assert "Outside the training data's band" in page
    assert "Brightness 0.900, training data 0.409 to 0.571" in page
    assert "<td>0.409 – 0.571</td><td>0.359 … 0.621</td><td>100 %</td><td>10</td>" in page
    assert "look 7, 10 pictures" in page
    assert "/in/&lt;box&gt;" in page


def test_what_is_inside_passes(profile: Profile) -> None:
    page = document(sight(profile, 0.5), [])
    assert "Within the training data's band" in page
    assert 'class="verdict pass"' in page


def test_the_page_stands_alone_with_a_chart_for_each_measure(profile: Profile) -> None:
    page = document(sight(profile, 0.5), [TRACK, TRACK])
    assert page.count("<title>Look 7, 1970-01-01 00:00: 0.100</title>") == 2
    assert not re.search(r"https?://|<script|<link|@import|url\(", page)
