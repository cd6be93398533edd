"""The installed restorers that need no training and could be set against a model: its baselines where nobody names any.

They are chosen by their declarations; whether one really runs, and how well, a trial tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from burnish.plugins.catalog import undoes
from burnish.plugins.configuration import complete
from burnish.plugins.declarations import DegraderSpec, RestorerSpec
from burnish.recipe.values import Choice
from burnish.restorer.traits import gives, shrinks_by

if TYPE_CHECKING:
    from burnish.evaluation.benchmarks.benchmark import Benchmark
    from burnish.plugins.catalog import Catalog

HOST = "burnish"
"""Distribution of ``burnish/identity`` and of what only wraps other restorers: no methods."""
FREE = frozenset({"sigma", "scale"})
"""Conditions that a baseline may be given though the model is not: a noise level can be estimated, and the model has
learned the one that it was trained at. Of a kernel or a motion neither holds."""


def needs_no_training(spec: RestorerSpec) -> bool:
    """Whether neither it nor what it may ask has learned anything."""
    return not (spec.trainable or spec.learned or spec.asks)


def rivals(model: Choice, benchmarks: Sequence[Benchmark], catalog: Catalog) -> list[Choice]:
    """Restorers without training for a model that is scored on these benchmarks, sorted by id, with their settings.

    Each undoes what every benchmark's degrader does (or, where degraded pictures are given, has a task of the model's),
    takes such pictures and frames, enlarges by the same factor, has no setting that must be given, and needs no
    condition but those that the degrader gives and the model takes too, or that are ``FREE``.

    Args:
        model: The restorer with its configuration, as a recipe names it.
        benchmarks: What all of them must be able to answer.
        catalog: What is installed.
    """
    spec = cast(RestorerSpec, catalog.get("restorers", model.id).spec)
    asked = [_asked(benchmark, model, spec, catalog) for benchmark in benchmarks]
    return list(_fitting(asked, catalog)) if asked else []


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What a benchmark asks of a baseline."""

    degrader: DegraderSpec | None
    tasks: frozenset[str]
    conditions: frozenset[str]
    """That it may need."""
    scale: int
    channels: int
    temporal: str


def _asked(benchmark: Benchmark, model: Choice, spec: RestorerSpec, catalog: Catalog) -> _Asked:
    taken = spec.needs | spec.accepts | FREE
    own = model.config.get("scale", spec.config.get("scale", {}).get("default", spec.scale[0]))
    scale = own if isinstance(own, int) else spec.scale[0]
    channels = 3 if benchmark.colour == "rgb" else 1
    if benchmark.degrader is None:
        return _Asked(
            degrader=None, tasks=spec.tasks, conditions=taken, scale=scale, channels=channels, temporal=spec.temporal
        )
    entry = catalog.get("degraders", benchmark.degrader)
    declared = cast(DegraderSpec, entry.spec)
    config = complete(declared, benchmark.degrader_config, subject=entry.id)
    degrader = catalog.create("degraders", entry.id, config)
    return _Asked(
        degrader=declared,
        tasks=declared.tasks,
        conditions=taken & gives(degrader, declared),
        scale=shrinks_by(degrader, declared, config) or scale,
        channels=channels,
        temporal=declared.temporal,
    )


def _fitting(asked: Sequence[_Asked], catalog: Catalog) -> Iterator[Choice]:
    scale, channels = asked[0].scale, asked[0].channels
    if any((one.scale, one.channels) != (scale, channels) for one in asked):
        return
    for entry in catalog.entries("restorers").values():
        spec = cast(RestorerSpec, entry.spec)
        chosen = {"scale": scale, "channels": channels}
        config = {key: chosen[key] for key in spec.config if key in chosen}
        must = [key for key, schema in spec.config.items() if "default" not in schema and key not in config]
        plain = needs_no_training(spec) and entry.distribution != HOST and not must
        sized = scale in spec.scale and channels in spec.channels
        if plain and sized and all(_undoes(spec, one) for one in asked):
            yield Choice(id=entry.id, config=config)


def _undoes(spec: RestorerSpec, asked: _Asked) -> bool:
    if asked.degrader is not None and not undoes(spec, asked.degrader):
        return False
    return (
        bool(spec.tasks & asked.tasks)
        and spec.needs <= asked.conditions
        and spec.temporal in {"single", asked.temporal}
    )
