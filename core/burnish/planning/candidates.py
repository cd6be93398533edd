"""The restorers that could undo something: those that need no training, and weights that ship, by what they learned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import torch

from burnish.errors import BurnishError
from burnish.fingerprint.code import named_in
from burnish.inference.loading.shipped import shipped_bundle
from burnish.ops.measures.correlation import CORRELATED, noise_correlation
from burnish.plugins.catalog import Catalog
from burnish.plugins.declarations import DegraderSpec, RestorerSpec
from burnish.restorer.bundle import read_bundle

TOLD = frozenset({"sigma", "scale"})
"""What can be told without its user: σ is estimated."""
FLAT = (1, 3, 96, 96)
"""A flat grey picture, on which noise is looked at."""
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
        try:
            degrader = self.catalog.create("degraders", self.id, dict(self.config))
            observed = degrader(torch.full(FLAT, 0.5), torch.Generator().manual_seed(0)).degraded
        except BurnishError:
            return False
        found = noise_correlation(observed[0].mean(dim=0).numpy())
        return found is not None and found.largest > CORRELATED


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A restorer that is ready to work."""

    name: str
    """Id, with its weights."""
    spec: RestorerSpec
    config: Mapping[str, object]
    """Of its weights; empty where it needs no training."""
    undone: tuple[Undone, ...] | None
    """What its weights were trained against; None: it needs no training."""

    @property
    def channels(self) -> tuple[int, ...]:
        """The numbers of channels that it takes."""
        chosen = self.config.get("channels")
        return (chosen,) if isinstance(chosen, int) else self.spec.channels

    @property
    def scale(self) -> tuple[int, ...]:
        """By how much it can enlarge."""
        chosen = self.config.get("scale")
        return (chosen,) if isinstance(chosen, int) else self.spec.scale

    def undoes_noise(self, sigma: float, *, correlated: bool) -> bool:
        """Whether it was trained against such noise; a restorer without training takes noise for independent."""
        if self.undone is None:
            return not correlated
        return any(
            (levels := one.range_of("sigma")) is not None
            and levels[0] / BEYOND <= sigma <= levels[1] * BEYOND
            and one.correlated == correlated
            for one in self.undone
            if "denoise" in one.tasks
        )

    def undoes_jpeg(self, quality: int) -> bool:
        """Whether it was trained against such compression, and nothing before it that is there no more."""
        return self.undone is not None and any(
            (range := one.range_of("quality")) is not None and range[0] <= quality <= range[1]
            for one in self.undone
            if "dejpeg" in one.tasks
        )

    @property
    def only(self) -> frozenset[str]:
        """The tasks of all that it was trained against."""
        return frozenset().union(*(one.tasks for one in self.undone or ()))


def candidates(catalog: Catalog) -> Iterator[Candidate]:
    """All restorers of single pictures that are ready to work and need no more than can be estimated."""
    for entry in catalog.entries("restorers").values():
        spec = cast(RestorerSpec, entry.spec)
        if spec.temporal != "single" or spec.needs - TOLD:
            continue
        if not spec.trainable:
            yield Candidate(name=entry.id, spec=spec, config={}, undone=None)
        for weights in spec.weights:
            bundle = read_bundle(shipped_bundle(entry, weights))
            facts = bundle.training.get("facts", {})
            yield Candidate(
                name=f"{entry.id}:{weights}", spec=spec, config=bundle.config,
                undone=tuple(_undone(facts.get("degrader"), catalog)),
            )  # fmt: skip


def _undone(degrader: object, catalog: Catalog) -> Iterator[Undone]:
    """The degraders of a training that call no others."""
    known = set(catalog.entries("degraders"))
    for id, config in named_in(degrader, known):
        if id in known and not any(True for _ in named_in(config, known)):
            spec = cast(DegraderSpec, catalog.get("degraders", id).spec)
            yield Undone(id=id, tasks=spec.tasks, config=config, catalog=catalog)
