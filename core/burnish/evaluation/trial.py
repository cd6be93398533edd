"""A short trial: what a restorer makes of details of a few pictures of a benchmark, and how long it would take for all.

It chooses between restorers before any of them is scored, and is never compared with a score.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from torch import Tensor

from burnish.data.items import Item
from burnish.errors import EvaluationError
from burnish.evaluation.benchmarks.benchmark import EVIDENCE, Benchmark
from burnish.evaluation.benchmarks.resolved_benchmark import ResolvedBenchmark, ResolvedMetric, prepare
from burnish.evaluation.compared import Compared
from burnish.evaluation.evaluate import Estimator, observation_of, score
from burnish.evaluation.statistics.compare import metric_called
from burnish.protocols import Observation
from burnish.restorer.options import RestoreOptions

if TYPE_CHECKING:
    from burnish.inference import Restorer
    from burnish.plugins.catalog import Catalog

PICTURES = 4
"""So many pictures, spread over the benchmark, are looked at."""
PATIENCE = 60.0
"""Seconds after which no further picture is looked at."""
SIDE = 128
"""Pixels of the degraded picture's middle that are restored, in height and width at most."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What it came to."""

    metric: str
    """Id of the metric."""
    unit: str
    higher_is_better: bool
    mean: float
    """Of that metric, over the details."""
    seconds: float
    """About what the whole benchmark would take, by the fastest detail and the size of the pictures looked at."""

    @property
    def lead(self) -> float:
        """The mean, or its negative where less is better."""
        return self.mean if self.higher_is_better else -self.mean


def trial(loaded: Restorer, benchmark: Benchmark, metric: str = "", *, catalog: Catalog | None = None) -> Trial:
    """Try a restorer on a benchmark; the same pictures, details and degradations for every restorer of that scale.

    Args:
        loaded: The restorer.
        benchmark: Its first metric leads.
        metric: Another one of its metrics, by id or short name.
        catalog: What is installed.

    Raises:
        EvaluationError: The restorer cannot be asked this, or makes pictures of another size.
        RestorationError, PluginError: It fails.
    """
    from burnish.plugins.catalog import installed

    catalog = catalog if catalog is not None else installed()
    benchmark = benchmark.for_channels(loaded.channels)
    resolved = prepare(loaded, benchmark, catalog)
    measured = _metric(benchmark, resolved, metric)
    figures, paces, sizes, start = [], [], [], time.perf_counter()
    for item in _spread(resolved.items, PICTURES):
        whole = observation_of(item, loaded, benchmark, resolved)
        part = whole if measured.spec.of in EVIDENCE else middle(whole, SIDE)
        estimator = Estimator(loaded=loaded, item=item, seed=benchmark.seed, options=RestoreOptions())
        done = estimator.run(part, warm=True)
        compared = Compared(benchmark, item, part, done.estimate, estimator.again, resolved.redegrading)
        _, picture, reference = next(compared.pairs(measured))
        figures.append(score(measured, picture, reference, item))
        paces.append(done.seconds / _pixels(part.target))
        sizes.append(_pixels(whole.target))
        if time.perf_counter() - start > PATIENCE:
            break
    return Trial(
        metric=measured.id,
        unit=measured.spec.unit,
        higher_is_better=measured.spec.higher_is_better,
        mean=statistics.fmean(figures),
        seconds=min(paces) * statistics.fmean(sizes) * len(resolved.items),
    )


def middle(observation: Observation, side: int) -> Observation:
    """The middle of an observation, at most so many degraded pixels high and wide; all of it where its target is not of
    the degraded size times a whole number.
    """
    degraded, target = observation.degraded, observation.target
    height, width = degraded.shape[-2:]
    scale = target.shape[-1] // width
    if target.shape[-2:] != (height * scale, width * scale):
        return observation
    top, left = (max(0, extent - side) // 2 for extent in (height, width))

    def cut(picture: Tensor, by: int = 1) -> Tensor:
        rows, columns = slice(top * by, (top + side) * by), slice(left * by, (left + side) * by)
        return picture[..., rows, columns].contiguous()

    conditions = {
        name: cut(value) if isinstance(value, Tensor) and value.shape[-2:] == (height, width) else value
        for name, value in observation.conditions.items()
    }
    return replace(observation, degraded=cut(degraded), target=cut(target, scale), conditions=conditions)


def _metric(benchmark: Benchmark, resolved: ResolvedBenchmark, wanted: str) -> ResolvedMetric:
    known = {one.id: one for one in resolved.measures}
    if id := metric_called(wanted, known):
        return known[id]
    raise EvaluationError(f"benchmark {benchmark.name} does not measure {wanted}; it measures {', '.join(known)}")


def _spread(items: Sequence[Item], number: int) -> list[Item]:
    """So many, evenly over the list, the first among them."""
    if len(items) <= number:
        return list(items)
    return [items[index * len(items) // number] for index in range(number)]


def _pixels(picture: Tensor) -> int:
    """Of all frames, in one channel."""
    frames = picture.shape[1] if picture.ndim == 5 else 1
    return int(frames * picture.shape[-2] * picture.shape[-1])
