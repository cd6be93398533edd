"""What weights learned to undo, from the degrader of their training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from burnish.errors import BurnishError
from burnish.plugins.catalog import Catalog
from burnish.plugins.configuration import named_in
from burnish.plugins.declarations import DegraderSpec

FLAT = (1, 3, 96, 96)
"""A flat grey picture, on which noise is looked at."""
LEVELS = ("sigma", "quality", "length", "radius", "scale")
"""The settings of degraders that tell how strong they are."""
BEYOND = 1.2
"""Weights are trusted up to this factor beyond the levels that they were trained against."""


@dataclass(frozen=True, kw_only=True)
class Undone:
    """One degradation that weights were trained against."""

    id: str
    tasks: frozenset[str]
    config: Mapping[str, object]
    catalog: Catalog

    def range_of(self, setting: str) -> tuple[float, float] | None:
        """Least and largest value of a setting that is a number or an interval; None: it has no such setting."""
        value = self.config.get(setting)
        if isinstance(value, int | float):
            return float(value), float(value)
        if isinstance(value, list | tuple) and len(value) == 2:
            return float(value[0]), float(value[1])
        return None

    @cached_property
    def correlated(self) -> bool:
        """Whether its noise is correlated between neighbouring pixels: measured on a flat picture."""
        import torch

        from burnish.ops.measures.correlation import CORRELATED, noise_correlation

        try:
            degrader = self.catalog.create("degraders", self.id, dict(self.config))
            observed = degrader(torch.full(FLAT, 0.5), torch.Generator().manual_seed(0)).degraded
        except BurnishError:
            return False
        found = noise_correlation(observed[0].mean(dim=0).numpy())
        return found is not None and found.largest > CORRELATED


def undone_in(degrader: Mapping[str, object], catalog: Catalog) -> Iterator[Undone]:
    """The degraders of a training that call no others."""
    known = set(catalog.entries("degraders"))
    for id, config in named_in(degrader, set()):
        if id in known and not any(True for _ in named_in(config, set())):
            spec = cast(DegraderSpec, catalog.get("degraders", id).spec)
            yield Undone(id=id, tasks=spec.tasks, config=config, catalog=catalog)


def always_undone(degrader: Mapping[str, object], catalog: Catalog) -> frozenset[str]:
    """The tasks that every picture of a training asked for; of a degrader that takes one of several, what all share."""
    config = degrader.get("config")
    inner = {
        key: [always_undone(one, catalog) for one in value if isinstance(one, Mapping)]
        for key, value in (config.items() if isinstance(config, Mapping) else ())
        if key in ("choices", "steps") and isinstance(value, list | tuple)
    }
    if choices := inner.get("choices"):
        return frozenset.intersection(*choices)
    if steps := inner.get("steps"):
        return frozenset().union(*steps)
    id = degrader.get("id")
    return cast(DegraderSpec, catalog.get("degraders", id).spec).tasks if isinstance(id, str) else frozenset()


def words(undone: Iterable[Undone]) -> Iterator[str]:
    """Each degrader once, with all levels: ``degradations/gaussian-noise (sigma 0 to 0.2)``."""
    levels: dict[str, dict[str, list[float]]] = {}
    for one in undone:
        ranges = levels.setdefault(one.id, {})
        for setting in LEVELS:
            ranges.setdefault(setting, []).extend(one.range_of(setting) or ())
    for id, ranges in levels.items():
        told = [f"{name} {_span(min(values), max(values))}" for name, values in ranges.items() if values]
        yield f"{id} ({', '.join(told)})" if told else id


def _span(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
