"""The worst picture of a version: what the place with its largest error was restored from."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.errors import BurnishError

from burnish_flows.retrain.scoring.scores import Scored, questions
from burnish_flows.retrain.snapshot import Run

if TYPE_CHECKING:
    from burnish.evaluation.scorecard import BenchmarkResult
    from burnish.inference import Restorer
    from burnish.reporting.report import Explained

PAGE = "explanation.html"
"""The page with all figures, beside the report."""
PLACE = 16
"""Side in pixels of the place that is explained."""
PATIENCE = 120.0
"""Seconds that an explanation may take, by the restorer's own time; a slower one is left out."""
PASSES = 300
"""What an explanation costs, about, in restorations of the part that is looked at."""
MARGIN = 160
"""Pixels about the place that are looked at, about."""

_log = logging.getLogger("burnish.report")


def worst_of(result: BenchmarkResult) -> str:
    """The picture of a benchmark with the worst score of the leading metric."""
    lead = next(iter(result.scores.values()))
    sign = 1.0 if lead.higher_is_better else -1.0
    return min(lead.per_image, key=lambda image: sign * lead.per_image[image])


def explained(run: Run, scored: Scored, bundle: Path, folder: Path) -> Explained | None:
    """Explain the place with the largest error in the worst picture of the first benchmark with clean pictures.

    A version is as good without an explanation, so whatever goes wrong here is told in the log and ends no retraining.

    Args:
        run: Of the recipe.
        scored: The version's scores and pictures.
        bundle: Its bundle.
        folder: Gets the page with all figures.
    """
    try:
        return _explained(run, scored, bundle, folder)
    except (BurnishError, OSError, RuntimeError, ValueError) as error:
        _log.warning("%s: its worst picture could not be explained: %s", run.model, " ".join(str(error).split()))
        return None


def _explained(run: Run, scored: Scored, bundle: Path, folder: Path) -> Explained | None:
    from burnish.evaluation.benchmarks.resolved_benchmark import prepare
    from burnish.evaluation.evaluate import observation_of
    from burnish.explaining.explaining import explain
    from burnish.explaining.page import attributed, write_page
    from burnish.inference import load_bundle
    from burnish.plugins.catalog import installed
    from burnish.reporting.report import Explained

    asked = next((one for one in questions(run) if one.clean is not None), None)
    result = scored.card.results.get(asked.name) if asked is not None else None
    if asked is None or result is None:
        return None
    loaded = load_bundle(bundle)
    if not _affordable(loaded, result):
        return None
    worst = worst_of(result)
    resolved = prepare(loaded, asked, installed())
    item = next(one for one in resolved.items if one.name == worst)
    observation = observation_of(item, loaded, asked, resolved)
    x, y = _place(scored, result, worst)
    made = explain(
        loaded, observation.degraded, {**observation.conditions, "transfer": observation.transfer}, at=(x, y),
        maps=("lam",), quiet=True,
    )  # fmt: skip
    write_page(folder / PAGE, made, worst)
    if made.lam is None:
        return None
    return Explained(
        benchmark=asked.name, image=worst, page=PAGE, pictures=attributed(made),
        words=f"the {PLACE}×{PLACE} pixels with the largest error, about {x}, {y}. The map shows on which pixels "
        f"of the input their edges rest; diffusion index {made.lam.diffusion_index:.3f}.",
    )  # fmt: skip


def _affordable(loaded: Restorer, result: BenchmarkResult) -> bool:
    """Whether it has a gradient, and is fast enough."""
    from torch import nn

    side = (loaded.receptive_field or MARGIN) + PLACE
    seconds = PASSES * result.seconds_per_megapixel * side * side / 1e6
    return isinstance(loaded.restorer, nn.Module) and seconds <= PATIENCE


def _place(scored: Scored, result: BenchmarkResult, image: str) -> tuple[int, int]:
    """The middle of the place with the largest error, x and y in pixels of the estimate."""
    import cv2
    import numpy as np
    from burnish.evaluation.pictures import PictureFolder
    from burnish.reporting.strip import upright_pixels

    names = list(next(iter(result.scores.values())).per_image)
    pictures = PictureFolder(scored.pictures[result.benchmark], names)
    estimate, target = (
        upright_pixels(pictures.path(role, image)).astype(np.float32) for role in ("estimate", "target")
    )
    error = cv2.blur(np.abs(estimate - target).mean(axis=2), (PLACE, PLACE), borderType=cv2.BORDER_CONSTANT)
    half = PLACE // 2
    inner = error[half : error.shape[0] - half, half : error.shape[1] - half]
    if not inner.size:
        return error.shape[1] // 2, error.shape[0] // 2
    row, column = np.unravel_index(int(inner.argmax()), inner.shape)
    return int(column) + half, int(row) + half
