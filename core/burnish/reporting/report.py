"""The report: one HTML file with a scorecard next to champion and baselines, the gates' verdicts and pictures.

Its look is in ``templates``. It holds its style and its pictures itself, and needs no script and no network.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2

from burnish.console.redaction import redact
from burnish.console.templating import render
from burnish.evaluation.baselines import beaten, note
from burnish.evaluation.scorecard import MetricScores, Scorecard
from burnish.evaluation.statistics.compare import leading_metric, signed
from burnish.io import atomic
from burnish.reporting.figures import figure, short, shown_figure
from burnish.reporting.intervals import SIDE, drawn
from burnish.reporting.strip import Panel, Shown, Strip, data_uri, views


@dataclass(frozen=True, kw_only=True)
class Explained:
    """What a place of one picture of a benchmark rests on."""

    benchmark: str
    image: str
    words: str
    """What the pictures show."""
    pictures: Sequence[Shown]
    page: str = ""
    """Path of a page with all figures, relative to the report; empty: there is none."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One metric on one benchmark: the challenger's scores, and all others on the same data."""

    benchmark: str
    metric: str
    columns: Sequence[tuple[str, MetricScores | None]]
    """Label and scores of input, baselines, champion, challenger; None: not scored, or on other data."""
    has_champion: bool

    @property
    def scores(self) -> MetricScores:
        """The challenger's."""
        own = self.columns[-1][1]
        assert own is not None
        return own

    @property
    def best(self) -> float:
        """The best mean."""
        means = [column.mean for _, column in self.columns if column is not None]
        return max(means) if self.scores.higher_is_better else min(means)

    @cached_property
    def rivals(self) -> list[tuple[str, MetricScores]]:
        """The champion, or without one the best baseline; and the input. Only those with scores of the same images."""
        found = [("champion", self.columns[-2][1])] if self.has_champion else self._best_baseline()
        found.append(("input", self.columns[0][1]))
        return [(name, one) for name, one in found if one and one.per_image.keys() == self.scores.per_image.keys()]

    def _best_baseline(self) -> list[tuple[str, MetricScores | None]]:
        """Where there is no champion: label and scores of the baseline with the best mean; empty: there is none."""
        found = [(label, one) for label, one in self.columns[1:-1] if one is not None]
        sign = 1 if self.scores.higher_is_better else -1
        return [max(found, key=lambda column: sign * column[1].mean)] if found else []

    def gain(self, own: float, other: float) -> float:
        """The difference between two scores, positive if the first is better."""
        difference = 0.0 if own == other else own - other
        return difference if self.scores.higher_is_better else -difference

    @cached_property
    def gains(self) -> dict[str, float]:
        """Image → difference to the first rival; empty if there is none."""
        other = self.rivals[0][1].per_image if self.rivals else {}
        return {image: self.gain(own, other[image]) for image, own in self.scores.per_image.items() if image in other}

    def share(self, image: str) -> float:
        """An image's difference divided by the largest one, in [−1, 1]."""
        reach = max((abs(gain) for gain in self.gains.values() if math.isfinite(gain)), default=0.0)
        return max(-1.0, min(1.0, self.gains[image] / reach)) if reach else 0.0


def write_report(
    out: Path,
    *,
    title: str,
    challenger: Scorecard,
    champion: Scorecard | None = None,
    baselines: Sequence[Scorecard] = (),
    decision: Mapping[str, Any] | None = None,
    strips: Sequence[Strip] = (),
    explained: Explained | None = None,
) -> Path:
    """Write the report, whole or not at all.

    Args:
        out: The HTML file.
        title: Its heading.
        challenger: What the report is about.
        champion: What it is compared with, scored on the same benchmarks; None when there is none.
        baselines: Restorers that a first version must beat; where one beats the challenger, or a champion that stays,
            the page warns.
        decision: ``promoted`` (bool), ``reason`` (a sentence) and ``verdicts``: a list of mappings with ``gate``,
            ``passed``, ``reason`` and ``figures``. None when nothing was decided.
        strips: Scenes to show, each from the degraded to the clean picture.
        explained: What a place of one picture rests on.
    """
    beside = [*baselines, *([champion] if champion else [])]
    compared = list(_compared(challenger, champion, baselines))
    page = render(
        "burnish.reporting/report.html",
        title=title,
        card=challenger,
        decision=decision,
        warnings=list(_warnings(challenger, champion, baselines, decision)),
        note=note(challenger),
        compared=compared,
        leading=[one for one in compared if one.metric == leading_metric(challenger.results[one.benchmark])],
        strips=[(strip, _panels(strip)) for strip in strips],
        intervals=list(drawn(challenger, champion)),
        explained=explained,
        side=SIDE,
        cards=[*beside, challenger],
        protocols={
            name: {metric: {"version": one.version, **one.protocol} for metric, one in result.scores.items()}
            for name, result in challenger.results.items()
        },
        lineage={
            "lineage": challenger.lineage,
            "benchmarks": {name: result.model_dump(include=_QUESTION) for name, result in challenger.results.items()},
        },
        figure=figure,
        short=short,
        shown_figure=shown_figure,
        signed=signed,
        json=_json,
    )
    write_whole(out, page)
    return out


_QUESTION = {"degrader", "degrader_config", "colour", "seed", "data_hash", "digest", "precision"}
"""Fields of a result that define the benchmark."""


def write_whole(path: Path, text: str) -> None:
    """Write a text file whole or not at all, and create its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_whole(path, redact(text).encode())


def _warnings(
    challenger: Scorecard,
    champion: Scorecard | None,
    baselines: Sequence[Scorecard],
    decision: Mapping[str, Any] | None,
) -> Iterator[str]:
    """Where a baseline beats the challenger, and the champion that it does not replace."""
    for one in beaten(challenger, baselines):
        yield one.sentence()
    if champion is not None and not (decision is not None and decision.get("promoted")):
        for one in beaten(champion, baselines):
            yield one.sentence(champion.subject)


def _compared(challenger: Scorecard, champion: Scorecard | None, baselines: Sequence[Scorecard]) -> Iterator[Compared]:
    """Every metric of every benchmark; only scores on the same data and settings are compared."""
    labels = [(card.subject, card) for card in baselines]
    labels += [(f"champion: {champion.subject}", champion)] if champion else []
    labels.append((f"challenger: {challenger.subject}" if champion else challenger.subject, challenger))
    for name, result in challenger.results.items():
        for metric in result.scores:
            found = [(label, card.results.get(name)) for label, card in labels]
            columns = [
                (label, one.scores.get(metric) if one and one.digest == result.digest else None) for label, one in found
            ]
            columns.insert(0, ("input", result.degraded.get(metric)))
            yield Compared(benchmark=name, metric=metric, columns=columns, has_champion=champion is not None)


def _panels(strip: Strip) -> Iterator[tuple[Panel, str, str]]:
    """Each panel with its whole picture, reduced, as JPEG, and a detail at full resolution, as PNG."""
    for panel, view in zip(strip.panels, views(strip.panels), strict=True):
        whole = data_uri(view.whole, "jpeg", [cv2.IMWRITE_JPEG_QUALITY, 88])
        yield panel, whole, data_uri(view.detail, "png", [cv2.IMWRITE_PNG_COMPRESSION, 9])


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
