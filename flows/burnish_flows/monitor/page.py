"""The page of a series: the state of each measure, and all looks over the training's bands."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.console.templating import render

from burnish_flows.environment import Project
from burnish_flows.monitor.chart import Point, Track
from burnish_flows.monitor.series import JUDGED, MEDIAN, Series
from burnish_flows.registry.store import Version

if TYPE_CHECKING:
    from burnish.drift import MeasureDrift, Profile

PAGE, CHART = "monitor.html", "monitor.svg"
SHOWN = 120
"""Number of looks shown; MLflow has all."""


@dataclass(frozen=True, kw_only=True)
class Sight:
    """The content of a page."""

    version: Version
    folder: Path
    profile: Profile
    standings: Mapping[str, MeasureDrift]
    look: int
    pictures: int
    """Measured at this look."""

    @property
    def title(self) -> str:
        """The page's heading."""
        return f"{self.version.model} v{self.version.number}: arriving pictures"


def write(sight: Sight, series: Series, project: Project) -> Path:
    """Write page and chart, each whole; returns the page."""
    from burnish.reporting.report import write_whole

    digest = hashlib.sha256(os.fsencode(sight.folder)).hexdigest()[:6]
    place = project.reports / f"{sight.version.model}-v{sight.version.number}-monitor-{digest}"
    shown = tracks(sight, series)
    write_whole(place / CHART, render("burnish_flows.monitor/chart.svg", title=sight.title, tracks=shown))
    write_whole(place / PAGE, document(sight, shown))
    return place / PAGE


def tracks(sight: Sight, series: Series) -> list[Track]:
    """The last looks of every measure with a state."""
    from burnish.drift import MEASURES, limits

    made = []
    for name in sight.standings:
        outside = {look: bool(value) for look, _, value in series.history(f"{name}/{JUDGED}")}
        points = [
            Point(look=look, when=when, median=median, outside=outside.get(look, False))
            for look, when, median in series.history(f"{name}/{MEDIAN}")[-SHOWN:]
        ]
        known = sight.profile.measures.get(name)
        quantiles = known.quantiles if known else None
        made.append(
            Track(
                title=title(name, sight.profile),
                unit=MEASURES[name].unit,
                digits=MEASURES[name].digits,
                points=points,
                wide=(quantiles[1], quantiles[99]) if quantiles else None,
                band=(quantiles[5], quantiles[95]) if quantiles else None,
                middle=quantiles[50] if quantiles else None,
                limits=limits(name, sight.profile),
            )
        )
    return made


def title(measure: str, profile: Profile) -> str:
    """The title of a measure; the output's quality with its metric."""
    from burnish.drift import MEASURES
    from burnish.drift.measures import OUTPUT_QUALITY

    return f"Output's {profile.metric}" if measure == OUTPUT_QUALITY else MEASURES[measure].title


def document(sight: Sight, shown: Sequence[Track]) -> str:
    """The HTML."""
    from burnish.drift import MEASURES

    def figure(measure: str, value: float | None) -> str:
        return "–" if value is None else f"{value:.{MEASURES[measure].digits}f}"

    return render(
        "burnish_flows.monitor/monitor.html",
        title=sight.title,
        sight=sight,
        rows=list(sight.standings.values()),
        tracks=shown,
        measures=MEASURES,
        name=lambda measure: title(measure, sight.profile),
        figure=figure,
    )
