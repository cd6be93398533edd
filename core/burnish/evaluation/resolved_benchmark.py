"""A benchmark prepared for one restorer: all invalid combinations are refused here, before any work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from burnish.errors import EvaluationError
from burnish.evaluation.benchmark import Benchmark
from burnish.evaluation.dataset import Frames, Item, data_depth, items
from burnish.evaluation.metric_protocol import judged, stated
from burnish.io.depth import Depth
from burnish.plugins.configuration import complete
from burnish.plugins.declarations import DegraderSpec, MetricSpec
from burnish.protocols import Degrader, Metric
from burnish.restorer.traits import gives, shrinks_by

if TYPE_CHECKING:
    from burnish.inference import Restorer
    from burnish.plugins.catalog import Catalog, Entry

_COMPARED = {
    "clip": "clips",
    "kernel": "kernels",
    "flow": "motion",
    "blind": "estimates with and without the true kernel",
    "shots": "an estimate with other shots of its scene",
    "probe": "estimates of a noisy picture before and after a small change",
}


@dataclass(frozen=True, kw_only=True)
class ResolvedMetric:
    """A metric, created with the configuration of this benchmark."""

    id: str
    spec: MetricSpec
    metric: Metric
    protocol: Mapping[str, object]
    """The declared protocol and the settings, as they are stored beside the scores."""


@dataclass(frozen=True, kw_only=True)
class ResolvedBenchmark:
    """A benchmark with every part resolved."""

    items: tuple[Item, ...]
    measures: tuple[ResolvedMetric, ...]
    degrader_id: str
    """Empty where degraded pictures are given."""
    degrader_config: Mapping[str, object]
    """Complete, defaults included."""
    degrader: Degrader | None
    depth: Depth
    """Of the clean pictures' files, the deepest."""


def prepare(loaded: Restorer, benchmark: Benchmark, catalog: Catalog) -> ResolvedBenchmark:
    """Resolve a benchmark's parts and check that the restorer can be scored on it.

    Raises:
        EvaluationError: The restorer needs a condition that is not given, or enlarges by another factor.
        UnknownIdError, ConfigError, PluginError, DataError: A part is not there or does not fit.
    """
    degrader, degrader_id, config = None, "", {}
    if benchmark.degrader is not None:
        entry = catalog.get("degraders", benchmark.degrader)
        config = complete(entry.spec, benchmark.degrader_config, subject=entry.id)
        degrader, degrader_id = cast(Degrader, catalog.create("degraders", entry.id, config)), entry.id
        _check_degrader(loaded, entry, degrader, config)
    else:
        _check_given(loaded, benchmark)
    frames = _frames(loaded, benchmark, catalog)
    depth = data_depth(benchmark.clean)
    return ResolvedBenchmark(
        items=tuple(items(benchmark.clean, benchmark.degraded, frames=frames, kernels=benchmark.kernels)),
        measures=tuple(
            _measure(benchmark, name, loaded.scale, catalog, clips=frames == "both", depth=depth)
            for name in benchmark.metrics
        ),
        depth=depth,
        degrader_id=degrader_id,
        degrader_config=config,
        degrader=degrader,
    )


def _check_degrader(loaded: Restorer, entry: Entry, degrader: Degrader, config: Mapping[str, object]) -> None:
    """What the instance says of itself (a sequence's parts decide) wins over the declaration."""
    spec = cast(DegraderSpec, entry.spec)
    given = gives(degrader, spec)
    if missing := loaded.spec.needs - given:
        raise EvaluationError(
            f"{loaded.id} needs {', '.join(sorted(missing))}, which {entry.id} does not give "
            f"(it gives {', '.join(sorted(given)) or 'no condition'}); choose another degrader or restorer"
        )
    scale = shrinks_by(degrader, spec, config)
    if scale is not None and scale != loaded.scale:
        raise EvaluationError(
            f"{loaded.id} enlarges by {loaded.scale} but {entry.id} reduces pictures by {scale}; "
            "set the same scale for both"
        )


def _check_given(loaded: Restorer, benchmark: Benchmark) -> None:
    known = {"kernel": benchmark.kernels is not None, "sigma": benchmark.sigma is not None, "scale": True}
    if missing := sorted(need for need in loaded.spec.needs if not known.get(need)):
        raise EvaluationError(
            f"{loaded.id} needs {', '.join(missing)}, but the pictures in {benchmark.degraded} do not give it; "
            "pass kernels or sigma, use a degrader that gives it, or another restorer"
        )


def _frames(loaded: Restorer, benchmark: Benchmark, catalog: Catalog) -> Frames:
    """Whether the benchmark is of single pictures, of pictures with bursts, or of clips."""
    temporal = loaded.spec.temporal
    if benchmark.degrader is not None:
        temporal = cast(DegraderSpec, catalog.get("degraders", benchmark.degrader).spec).temporal
        if temporal == "video" and loaded.spec.temporal == "burst":
            raise EvaluationError(
                f"{loaded.id} makes one picture from several frames, but {benchmark.degrader} makes clips"
            )
        return "both" if temporal == "video" else "none"
    return {"video": "both", "burst": "degraded"}.get(temporal, "none")  # type: ignore[return-value]


def _measure(
    benchmark: Benchmark, name: str, scale: int, catalog: Catalog, *, clips: bool, depth: Depth
) -> ResolvedMetric:
    entry = catalog.get("metrics", name)
    spec = cast(MetricSpec, entry.spec)
    if spec.of not in {"picture", "clip"} or (spec.of == "clip" and not clips):
        raise EvaluationError(
            f"{entry.id} compares {_COMPARED[spec.of]}, which this benchmark does not have; remove it"
        )
    config = complete(spec, benchmark.metric_config.get(name, {}), subject=entry.id)
    if config.get("border") == "scale":
        config["border"] = scale if scale > 1 else 0
    metric = cast(Metric, catalog.create("metrics", entry.id, judged(config, depth)))
    return ResolvedMetric(id=entry.id, spec=spec, metric=metric, protocol=stated(spec, config, depth))
