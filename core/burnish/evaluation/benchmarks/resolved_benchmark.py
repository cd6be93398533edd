"""A benchmark prepared for one restorer: all invalid combinations are refused here, before any work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from burnish.data.hashing import data_depth
from burnish.data.items import Frames, Item
from burnish.data.known import read_known
from burnish.errors import EvaluationError
from burnish.evaluation.benchmarks.benchmark import EVIDENCE, Benchmark
from burnish.evaluation.benchmarks.metric_protocol import judged
from burnish.evaluation.benchmarks.redegrading import Redegrading, redegrading
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
    "interval": "intervals",
    "blind": "estimates with and without the true kernel",
    "shots": "an estimate with other shots of its scene",
    "probe": "estimates of a noisy picture before and after a small change",
    "redegraded": "degraded pictures with their estimates",
    "enlarged": "enlarged pictures with their clean ones",
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
    redegrading: Redegrading | None = None
    """How estimates are degraded again, where a metric compares them with their inputs."""


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
    frames = _frames(loaded, benchmark, catalog)
    found = benchmark.items(frames)
    if degrader is None:
        _check_known(loaded, benchmark, found)
    depth = data_depth(benchmark.pictures)
    measures = tuple(
        _measure(benchmark, name, loaded.scale, catalog, clips=frames == "both", depth=depth)
        for name in benchmark.metrics
    )
    again = next((one.id for one in measures if one.spec.of == "redegraded"), "")
    return ResolvedBenchmark(
        items=tuple(found),
        measures=measures,
        redegrading=redegrading(loaded, benchmark, found, catalog, metric=again) if again else None,
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


def _check_known(loaded: Restorer, benchmark: Benchmark, found: Sequence[Item]) -> None:
    """What the restorer needs must be known of every image, and without clean ones it must keep the size."""
    if benchmark.clean is None and loaded.scale != 1:
        raise EvaluationError(
            f"{loaded.id} enlarges by {loaded.scale}, which cannot be scored without clean pictures; give them"
        )
    for item in found:
        assert item.observed is not None
        told = read_known(item.observed).conditions
        sigma = benchmark.sigma is not None or "sigma" in told
        known = {"kernel": item.kernel is not None, "sigma": sigma, "scale": True}
        if missing := sorted(need for need in loaded.spec.needs if not known.get(need)):
            raise EvaluationError(
                f"{loaded.id} needs {', '.join(missing)}, but the pictures in {item.observed.parent} do not give it "
                f"(first: {item.name}); pass kernels or sigma, write it into {item.observed.stem}.json, use a degrader "
                "that gives it, or another restorer"
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
    if spec.of in {"picture", "interval"} and spec.needs_reference and benchmark.clean is None:
        other = " or ".join(sorted(_without_clean(catalog))) or "a metric that needs none"
        raise EvaluationError(f"{entry.id} compares with clean pictures, which this benchmark lacks; use {other}")
    if spec.of in EVIDENCE and (benchmark.degrader is not None or clips):
        raise EvaluationError(
            f"{entry.id} is for degraded pictures or shots; this benchmark has clean ones, so use a metric that "
            "compares with them"
        )
    enlarges = scale > 1 and benchmark.clean is not None and not clips
    fits = {"picture": True, "interval": True, "clip": clips, "enlarged": enlarges, "redegraded": not clips}
    if not fits.get(spec.of, spec.of in EVIDENCE):
        raise EvaluationError(
            f"{entry.id} compares {_COMPARED[spec.of]}, which this benchmark does not have; remove it"
        )
    config = complete(spec, benchmark.metric_config.get(name, {}), subject=entry.id)
    if config.get("border") == "scale":
        config["border"] = scale if scale > 1 else 0
    metric = cast(Metric, catalog.create("metrics", entry.id, judged(config, depth)))
    return ResolvedMetric(id=entry.id, spec=spec, metric=metric, protocol=benchmark.protocol(spec, config, depth))


def _without_clean(catalog: Catalog) -> list[str]:
    metrics = catalog.entries("metrics").values()
    return [entry.id for entry in metrics if cast(MetricSpec, entry.spec).of in EVIDENCE]
