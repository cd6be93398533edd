"""The folder of an evaluation: scorecard.json, report.html and the pictures."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from burnish.errors import UsageError
from burnish.evaluation.pictures import PictureFolder, benchmark_folder
from burnish.evaluation.scorecard import BenchmarkResult, MetricScores, Scorecard
from burnish.evaluation.statistics.compare import leading_metric
from burnish.io import atomic
from burnish.reporting.figures import short
from burnish.reporting.report import write_report, write_whole
from burnish.reporting.strip import Panel, Strip

SCORECARD = "scorecard.json"
SHOWN = 6
"""Number of images of a benchmark in the report, from the worst to the best."""


@contextlib.contextmanager
def whole_folder(out: Path, *, reads: Iterable[Path] = ()) -> Iterator[Path]:
    """Yield an empty folder next to ``out`` that replaces it on success, and is removed otherwise.

    Raises:
        UsageError: ``out`` holds something else than an earlier evaluation, or what the evaluation ``reads``.
    """
    if lost := [path for path in reads if path.resolve().is_relative_to(out.resolve())]:
        raise UsageError(f"{out}: contains {lost[0]}, which is an input and would be replaced; choose another folder")
    if out.exists() and not (out / SCORECARD).is_file() and not (out.is_dir() and not any(out.iterdir())):
        raise UsageError(f"{out}: contains other files than an evaluation; choose a new folder")
    with atomic.whole_folder(out) as fresh:
        yield fresh


def write_folder(out: Path, card: Scorecard) -> Path:
    """Write ``scorecard.json`` and ``report.html`` next to the ``pictures`` written by ``scorecard(…, pictures=…)``."""
    write_whole(out / SCORECARD, card.model_dump_json(indent=2) + "\n")
    strips = [
        strip
        for result in card.results.values()
        for strip in result_strips(result, out / "pictures", label=card.restorer)
    ]
    return write_report(out / "report.html", title=f"{card.subject}: scorecard", challenger=card, strips=strips)


def result_strips(result: BenchmarkResult, pictures: Path, *, label: str, count: int = SHOWN) -> list[Strip]:
    """Strips degraded | restorer | clean of some images of one result, from the pictures of its evaluation.

    Without clean pictures the last panel is missing.

    Args:
        result: The result.
        pictures: The folder that was given to ``scorecard``.
        label: How the restorer's panel is called.
        count: Largest number of images.
    """
    scores = result.scores[leading_metric(result)]
    folder = PictureFolder(pictures / benchmark_folder(result.benchmark), scores.per_image)
    strips = []
    for name in telling_images(scores, count):
        panels = [
            Panel(label="degraded", path=folder.path("degraded", name), figures=_figures(result.degraded, name)),
            Panel(label=label, path=folder.path("estimate", name), figures=_figures(result.scores, name)),
        ]
        if (clean := folder.path("target", name)).is_file():
            panels.append(Panel(label="clean", path=clean))
        if all(panel.path.is_file() for panel in panels):
            strips.append(Strip(image=name, benchmark=result.benchmark, panels=panels))
    return strips


def telling_images(scores: MetricScores, count: int = SHOWN) -> list[str]:
    """The images to show: spread evenly from the worst to the best score."""
    ranked = sorted(scores.per_image, key=lambda name: (scores.per_image[name], name))
    if not scores.higher_is_better:
        ranked.reverse()
    if len(ranked) <= count:
        return ranked
    places = [round(index * (len(ranked) - 1) / max(1, count - 1)) for index in range(count)]
    return [ranked[place] for place in dict.fromkeys(places)]


def _figures(scores: dict[str, MetricScores], name: str) -> dict[str, float | str]:
    return {short(metric): one.per_image[name] for metric, one in scores.items()}
