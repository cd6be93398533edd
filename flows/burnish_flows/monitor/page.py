"""The page of a series: where each measure stands, and all looks over the training's bands."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.console.escaping import html as escape

from burnish_flows.environment import Project
from burnish_flows.monitor.chart import Point, Track, draw
from burnish_flows.monitor.series import JUDGED, MEDIAN, Series
from burnish_flows.registry.store import Version

if TYPE_CHECKING:
    from burnish.drift import MeasureDrift, Profile

PAGE, CHART = "monitor.html", "monitor.png"
SHOWN = 120
"""Looks that are shown; MLflow has all."""

RULE = (
    "A measure is outside when the median of a look's pictures lies beyond the training's 5–95 % band by more than the "
    "measure's margin; it is inside again within half the margin. The output's quality is outside only where it is "
    "worse. Dark band: 5–95 % of the training's pictures; light: 1–99 %; line: their median; dashes: the limits."
)


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What a page is about."""

    version: Version
    folder: Path
    profile: Profile
    standings: Mapping[str, MeasureDrift]
    look: int
    pictures: int
    """Measured at this look."""


def write(sight: Sight, series: Series, project: Project) -> Path:
    """Write page and chart, each whole; returns the page."""
    from burnish.io import Picture, write_picture
    from burnish.reporting.report import write_whole

    digest = hashlib.sha256(os.fsencode(sight.folder)).hexdigest()[:6]
    place = project.reports / f"{sight.version.model}-v{sight.version.number}-monitor-{digest}"
    place.mkdir(parents=True, exist_ok=True)
    write_picture(place / CHART, Picture(pixels=draw(tracks(sight, series))))
    write_whole(place / PAGE, document(sight, (place / CHART).read_bytes()))
    return place / PAGE


def tracks(sight: Sight, series: Series) -> list[Track]:
    """The last looks of every measure that stands somewhere."""
    from burnish.drift import MEASURES, limits

    made = []
    for name in sight.standings:
        outside = {look: bool(value) for look, _, value in series.history(f"{name}/{JUDGED}")}
        points = [
            Point(when=when, median=median, outside=outside.get(look, False))
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
    """How a measure is called; the output's quality with its metric."""
    from burnish.drift import MEASURES
    from burnish.drift.measures import OUTPUT_QUALITY

    return f"Output's {profile.metric}" if measure == OUTPUT_QUALITY else MEASURES[measure].title


def document(sight: Sight, chart: bytes) -> str:
    """The HTML."""
    from burnish.reporting.report_style import STYLE

    name = f"{sight.version.model} v{sight.version.number}"
    body = "\n".join(
        [
            f'<header><h1>{escape(name)}: what arrives</h1><p class="faint"><code>{escape(str(sight.folder))}</code> · '
            f"look {sight.look}, {sight.pictures} pictures</p></header>",
            _verdict(sight),
            _table(sight),
            '<section><h2>Look by look</h2><div class="scroll"><img alt="Medians of every measure, look by look" '
            f'style="display:block;width:100%;height:auto" src="data:image/png;base64,{_encoded(chart)}"></div>'
            f'<p class="small faint">{escape(RULE)}</p></section>',
            *(f'<p class="small faint">{escape(note)}</p>' for note in sight.profile.notes),
        ]
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(name)}: what arrives</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n"
        f"<footer>Written by burnish. The band is that of {sight.profile.pictures} training pictures, degraded by "
        f"{escape(sight.profile.degrader)}.</footer>\n</main>\n</body>\n</html>\n"
    )


def _verdict(sight: Sight) -> str:
    outside = [standing for standing in sight.standings.values() if standing.state == "outside"]
    kind, mark = ("fail", "✗") if outside else ("pass", "✓")
    head = "Outside of what it was trained for" if outside else "Within what it was trained for"
    lines = [
        f"{title(one.measure, sight.profile)} {_figure(one.measure, one.median)}, trained for "
        f"{_figure(one.measure, one.low)} to {_figure(one.measure, one.high)}"
        for one in outside
    ]
    said = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return (
        f'<section class="verdict {kind}" aria-label="verdict"><strong><span class="mark" aria-hidden="true">{mark}'
        f"</span> {head}</strong>{said}</section>"
    )


def _table(sight: Sight) -> str:
    heads = ("Measure", "median", "trained for, 5–95 %", "limits", "beyond 1–99 %", "pictures", "")
    rows = "".join(_row(standing, sight.profile) for standing in sight.standings.values())
    shown = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    return (
        '<section><h2>This look</h2><div class="scroll"><table><thead><tr>'
        f"{shown}</tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _row(standing: MeasureDrift, profile: Profile) -> str:
    from burnish.drift import MEASURES

    name = standing.measure
    unit = f' <span class="faint">{escape(MEASURES[name].unit)}</span>' if MEASURES[name].unit else ""
    band = f"{_figure(name, standing.low)} – {_figure(name, standing.high)}" if standing.low is not None else "–"
    limits = f"{_figure(name, standing.lowest)} … {_figure(name, standing.highest)}"
    share = f"{100 * standing.share:.0f} %" if standing.share is not None else "–"
    tone = {"outside": "bad", "inside": "good"}.get(standing.state, "faint")
    return (
        f'<tr><th scope="row">{escape(title(name, profile))}{unit}</th><td>{_figure(name, standing.median)}</td>'
        f"<td>{band}</td><td>{limits}</td><td>{share}</td><td>{standing.count}</td>"
        f'<td class="{tone}">{standing.state}</td></tr>'
    )


def _figure(measure: str, value: float | None) -> str:
    from burnish.drift import MEASURES

    return "–" if value is None else f"{value:.{MEASURES[measure].digits}f}"


def _encoded(chart: bytes) -> str:
    return base64.b64encode(chart).decode()
