"""A benchmark made ready for one restorer: everything that can be refused is refused here, before any work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from burnish.configuration import complete
from burnish.declarations import DegraderSpec, MetricSpec
from burnish.errors import EvaluationError
from burnish.evaluation.benchmark import Benchmark
from burnish.evaluation.dataset import Item, items
from burnish.protocols import Degrader, Metric

if TYPE_CHECKING:
    from burnish.catalog import Catalog, Entry
    from burnish.inference import LoadedRestorer


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A metric, made with the configuration that this benchmark asks for."""

    id: str
    spec: MetricSpec
    metric: Metric
    protocol: Mapping[str, Any]
    """The declared protocol and the settings, as they are stored beside the scores."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked, resolved."""

    items: tuple[Item, ...]
    measures: tuple[Measure, ...]
    degrader_id: str
    """Empty where degraded pictures are given."""
    degrader_config: Mapping[str, Any]
    """Complete, defaults included."""
    degrader: Degrader | None


def prepare(loaded: LoadedRestorer, benchmark: Benchmark, catalog: Catalog) -> Question:
    """Resolve a benchmark's parts and check that the restorer can be asked this.

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
    elif loaded.spec.needs:
        needs = ", ".join(sorted(loaded.spec.needs))
        raise EvaluationError(
            f"{loaded.id} needs {needs}, which the pictures in {benchmark.degraded} do not carry; "
            "give a degrader that does, or another restorer"
        )
    return Question(
        items=tuple(items(benchmark.clean, benchmark.degraded)),
        measures=tuple(_measure(benchmark, name, loaded.scale, catalog) for name in benchmark.metrics),
        degrader_id=degrader_id,
        degrader_config=config,
        degrader=degrader,
    )


def _check_degrader(loaded: LoadedRestorer, entry: Entry, degrader: Degrader, config: Mapping[str, Any]) -> None:
    """What the instance says of itself (a sequence's parts decide) wins over the declaration."""
    spec = cast(DegraderSpec, entry.spec)
    gives = frozenset(getattr(degrader, "gives", spec.gives))
    if missing := loaded.spec.needs - gives:
        raise EvaluationError(
            f"{loaded.id} needs {', '.join(sorted(missing))}, which {entry.id} does not give "
            f"(it gives {', '.join(sorted(gives)) or 'no condition'}); choose another degrader or restorer"
        )
    only = spec.scale[0] if len(spec.scale) == 1 else None
    scale = getattr(degrader, "scale", config.get("scale", only))
    if isinstance(scale, int) and scale != loaded.scale:
        raise EvaluationError(
            f"{loaded.id} enlarges by {loaded.scale} and {entry.id} makes pictures smaller by {scale}; "
            "set the same scale for both"
        )


def _measure(benchmark: Benchmark, name: str, scale: int, catalog: Catalog) -> Measure:
    entry = catalog.get("metrics", name)
    spec = cast(MetricSpec, entry.spec)
    config = complete(spec, benchmark.metric_config.get(name, {}), subject=entry.id)
    if config.get("border") == "scale":
        config["border"] = scale if scale > 1 else 0
    metric = cast(Metric, catalog.create("metrics", entry.id, config))
    return Measure(id=entry.id, spec=spec, metric=metric, protocol={**spec.protocol, **config})
