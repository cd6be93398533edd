"""Calibrates the intervals of a restorer on the pictures of a benchmark that its training never saw."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from burnish.console import progress
from burnish.data.hashing import data_hash
from burnish.data.items import Item
from burnish.errors import EvaluationError
from burnish.evaluation.benchmarks.benchmark import Benchmark
from burnish.evaluation.benchmarks.resolved_benchmark import ResolvedBenchmark, prepare
from burnish.evaluation.evaluate import observation_of
from burnish.evaluation.prediction import answer, reference_frame
from burnish.protocols import Observation
from burnish.restorer.options import RestoreOptions
from burnish.uncertainty.calibration import Calibration, Facts, settings_of
from burnish.uncertainty.conformal import fewest, missed
from burnish.uncertainty.head import learn
from burnish.uncertainty.widths import Learned, Width, augmentations, constant, refuse_unfit

if TYPE_CHECKING:
    from burnish.inference import Restorer
    from burnish.recipe.document import Recipe

ORDINARY = 0.9
"""A coverage that pictures should suffice for."""
LEARNING = 1 / 3
"""The part of the pictures that the head learns from."""
MIDDLE = 512
"""Pixels of the side of the middle of an estimate that the head learns from."""
FRAMES = 5
"""Frames of the middle of a clip that it learns from."""
LONGEST = 32
"""Frames of a clip that are looked at, its middle ones; with the frames that a degrader averages."""


@dataclass(frozen=True, kw_only=True)
class _Restored:
    """A picture, burst or clip of the calibration, which counts once, however many frames it has."""

    observation: Observation
    estimate: Tensor
    again: Callable[[Tensor], Tensor]


def benchmark_of(recipe: Recipe, data_root: Path, channels: tuple[int, ...]) -> Benchmark:
    """What a recipe calibrates by: its own degradations of the pictures that ``uncertainty.pictures`` names.

    Args:
        recipe: With ``uncertainty``.
        data_root: The folder that its folders are relative to.
        channels: Of the restorer; a grey one is asked grey pictures.
    """
    assert recipe.uncertainty is not None
    folder, data = data_root / recipe.uncertainty.pictures, recipe.data
    return Benchmark(
        name="calibration",
        metrics=("burnish/coverage",),
        clean=folder / data.clean if data.form == "pairs" else folder,
        degraded=folder / data.degraded if data.form == "pairs" else None,
        degrader=recipe.degrader.id if recipe.degrader else None,
        degrader_config=recipe.degrader.config if recipe.degrader else {},
        colour="grey" if channels == (1,) else "rgb",
        seed=recipe.training.seed,
        match=data.match,
    )


def refuse_few(pictures: int, width: str, confidence: float) -> None:
    """Refuse so few pictures that no ordinary promise can be made of them.

    Raises:
        EvaluationError: Says how many it takes.
    """
    least = fewest(ORDINARY, confidence)
    learning = round(LEARNING * pictures) if width == "head" else 0
    if pictures - learning < least:
        needed = math.ceil(least / (1.0 - LEARNING)) if width == "head" else least
        raise EvaluationError(
            f"{pictures} pictures are too few: intervals of a coverage of {ORDINARY:g} take {needed} at least"
        )


def calibrate(
    loaded: Restorer,
    benchmark: Benchmark,
    *,
    width: str = "head",
    confidence: float = 0.9,
    options: RestoreOptions | None = None,
    seed: int = 0,
    quiet: bool = False,
) -> Calibration:
    """Find widths for a restorer's estimates, and measure them.

    Args:
        loaded: The restorer.
        benchmark: What it is asked; clean pictures or clips that neither its training nor its development saw. Of
            a long clip the middle ``LONGEST`` frames are looked at.
        width: One of ``calibration.WIDTHS``.
        confidence: With which probability over the choice of these pictures the promise holds; 0: on average.
        options: How it runs.
        seed: Of the choice of pictures that a head learns from, and of its training.
        quiet: No progress.

    Raises:
        EvaluationError: The restorer cannot be asked this, or there are too few pictures.
        UsageError: The width does not go with the restorer.
    """
    from burnish.plugins.catalog import installed

    refuse_unfit(width, loaded)
    catalog, benchmark = installed(), benchmark.for_channels(loaded.channels)
    resolved = prepare(loaded, benchmark, catalog)
    items = list(resolved.items)
    order = torch.randperm(len(items), generator=torch.Generator().manual_seed(seed)).tolist()
    items = [items[place] for place in order]
    count = round(LEARNING * len(items)) if width == "head" else 0
    if len(items) - count < 2 or (width == "head" and not count):
        raise EvaluationError(f"{len(items)} pictures are too few to calibrate with; give dozens of them")
    restored = _restored(items, loaded, benchmark, resolved, options or RestoreOptions(), quiet)
    head = learn((_sample(next(restored)) for _ in range(count)), count, seed) if count else None
    found: Width = Learned(head) if head else augmentations if width == "augmentations" else constant
    curves, spans, plain = [], [], []
    for one in restored:
        residual = one.observation.target - one.estimate
        below, above = found(one.observation.degraded, one.estimate, one.again)
        curves.append(missed(residual, below, above))
        spans.append((below + above).mean())
        plain.append(missed(residual, torch.ones_like(below), torch.ones_like(above)))
    clean_hash = data_hash(benchmark.pictures)
    facts = Facts(
        width=width, confidence=confidence, restorer=loaded.id,
        weights_sha256=loaded.bundle.weights_sha256 if loaded.bundle else "", config=settings_of(loaded),
        benchmark=benchmark.name, digest=benchmark.digest(catalog, clean_hash=clean_hash), data_hash=clean_hash,
        learned=count, pictures=len(curves),
    )  # fmt: skip
    return Calibration(
        facts=facts, curves=torch.stack(curves), spans=torch.stack(spans), constant=torch.stack(plain), head=head
    )


def _restored(
    items: list[Item],
    loaded: Restorer,
    benchmark: Benchmark,
    resolved: ResolvedBenchmark,
    options: RestoreOptions,
    quiet: bool,
) -> Iterator[_Restored]:
    for item in progress.track(items, description=f"Calibrating {loaded.id}", quiet=quiet):
        observation = observation_of(item, loaded, benchmark, resolved, longest=LONGEST)

        def again(degraded: Tensor, observation: Observation = observation) -> Tensor:
            return answer(loaded, replace(observation, degraded=degraded), options).estimate.clamp(0.0, 1.0)

        estimate = again(observation.degraded)
        if estimate.shape != observation.target.shape:
            raise EvaluationError(
                f"{loaded.label} made {tuple(estimate.shape)} of {item.name}, whose clean picture is "
                f"{tuple(observation.target.shape)}; set the restorer's scale to the degrader's"
            )
        yield _Restored(observation=observation, estimate=estimate, again=again)


def _sample(one: _Restored) -> tuple[Tensor, Tensor, Tensor]:
    """The middle of a picture or of a clip, for the head: degraded, of a burst frame 0; estimate, target."""
    degraded, estimate, target = one.observation.degraded, one.estimate, one.observation.target
    if target.ndim == 5:
        first = max(0, target.shape[1] - FRAMES) // 2
        degraded, estimate, target = (part[:, first : first + FRAMES] for part in (degraded, estimate, target))
    else:
        degraded = reference_frame(degraded)
    scale = target.shape[-1] // degraded.shape[-1]
    small = [min(side, MIDDLE // scale) for side in degraded.shape[-2:]]
    start = [(side - kept) // 2 for side, kept in zip(degraded.shape[-2:], small, strict=True)]

    def cut(picture: Tensor, by: int) -> Tensor:
        top, left = (by * place for place in start)
        return picture[..., top : top + by * small[0], left : left + by * small[1]]

    return cut(degraded, 1), cut(estimate, scale), cut(target, scale)
