"""The contenders of a benchmark: restorers that need no training, and weights trained for such a degradation."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from burnish.inference.loading.shipped import shipped_bundle
from burnish.plugins.catalog import Catalog, Entry, undoes
from burnish.plugins.declarations import BenchmarkSpec, DegraderSpec, RestorerSpec
from burnish.restorer.bundle import read_bundle

CHANNELS = {"rgb": 3, "grey": 1, "y": 1}
"""Colour convention of a benchmark → channels of its pictures."""


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A restorer with the settings for a benchmark."""

    name: str
    """Id, with the name of shipped weights if it has some."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """The settings that the benchmark requires (its scale); all others are the defaults."""


def contenders(benchmark: BenchmarkSpec, catalog: Catalog, only: Collection[str] = ()) -> list[Contender]:
    """All contenders of a benchmark, sorted by name.

    Of restorers that must be trained, the weights that ship with them: those that were trained with the benchmark's
    degrader, at its strength or over a range that holds it, for pictures of as many channels, and for its scale.

    Args:
        benchmark: The benchmark.
        catalog: What is installed.
        only: Ids, short names or names of weights; empty: all.

    Raises:
        UnknownIdError: A name in ``only`` is not installed.
        BundleError, PluginError: Shipped weights are damaged or not there.
    """
    degrader = catalog.get("degraders", benchmark.degrader)
    wanted = {(catalog.get("restorers", name).id, name.partition(":")[2]) for name in only}
    found: list[Contender] = []
    for entry in catalog.entries("restorers").values():
        spec = cast(RestorerSpec, entry.spec)
        if wanted and entry.id not in {id for id, _ in wanted}:
            continue
        if spec.suffixes or not undoes(spec, cast(DegraderSpec, degrader.spec)):
            continue
        settings = _scaled(spec, benchmark)
        if settings is None:
            continue
        if not spec.trainable:
            found.append(Contender(name=entry.id, config=settings))
        found += [
            Contender(name=f"{entry.id}:{weights}")
            for weights in sorted(spec.weights)
            if (not wanted or {(entry.id, ""), (entry.id, weights)} & wanted)
            and _trained_for(entry, weights, benchmark, degrader.id)
        ]
    return found


def _scaled(spec: RestorerSpec, benchmark: BenchmarkSpec) -> dict[str, Any] | None:
    """The settings with which it enlarges by the benchmark's scale; None if it cannot."""
    scale = int(benchmark.degrader_config.get("scale", 1))
    if scale not in spec.scale:
        return None
    return {"scale": scale} if "scale" in spec.config else ({} if spec.scale[0] == scale else None)


def _trained_for(entry: Entry, weights: str, benchmark: BenchmarkSpec, degrader: str) -> bool:
    bundle = read_bundle(shipped_bundle(entry, weights))
    trained = bundle.training.get("facts", {}).get("degrader", {})
    channels = bundle.config.get("channels")
    taken = {CHANNELS[benchmark.colour], *((3,) if benchmark.rgb_degrader_config else ())}
    scale = int(benchmark.degrader_config.get("scale", 1))
    return (
        trained.get("id") == degrader
        and channels in (None, *taken)
        and int(bundle.config.get("scale", 1)) == scale
        and all(covers(trained.get("config", {}).get(key), asked) for key, asked in benchmark.degrader_config.items())
    )


def covers(trained: Any, asked: Any) -> bool:
    """Whether a setting of the training, a value or a range, includes the given value; true if it is no number."""
    if isinstance(asked, bool) or not isinstance(asked, int | float):
        return True
    if isinstance(trained, list | tuple) and len(trained) == 2:
        return bool(trained[0] - 1e-9 <= asked <= trained[1] + 1e-9)
    return trained is None or (isinstance(trained, int | float) and abs(trained - asked) < 1e-6)
