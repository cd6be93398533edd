"""The restorers that could undo something: those that need no training, and weights that ship, by what they learned."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from burnish.errors import BurnishError, PluginError
from burnish.fingerprint.code import named_in
from burnish.inference.loading.shipped import shipped_bundle
from burnish.plugins.catalog import Catalog, undoes
from burnish.plugins.declarations import CONDITIONS, TEMPORAL, DegraderSpec, RestorerSpec

TOLD = frozenset({"sigma", "scale"})
"""What can be told without its user: σ is estimated."""
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

    def words(self) -> str:
        """Its id, and the level: ``degradations/gaussian-noise (sigma 0 to 0.2)``."""
        levels = ((setting, self.range_of(setting)) for setting in LEVELS)
        told = [f"{name} {_span(*range)}" for name, range in levels if range is not None]
        return f"{self.id} ({', '.join(told)})" if told else self.id

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
    degrader: str = ""
    """The id of the degrader of that training, which may be made of others."""

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
        """Whether it was trained against such compression."""
        return self.undone is not None and any(
            (range := one.range_of("quality")) is not None and range[0] <= quality <= range[1]
            for one in self.undone
            if "dejpeg" in one.tasks
        )

    def learned(self, degrader: str) -> bool:
        """Whether it was trained against a degrader of that id, alone or among others."""
        return self.degrader == degrader or any(one.id == degrader for one in self.undone or ())

    def training(self) -> str:
        """What it was trained against, in words; empty: it needs no training."""
        return ", ".join(dict.fromkeys(one.words() for one in self.undone or ()))


def candidates(
    catalog: Catalog, *, told: frozenset[str] = TOLD, temporal: Collection[str] = ("single",)
) -> Iterator[Candidate]:
    """All restorers that are ready to work, those of burnish itself left out, which restore nothing.

    Args:
        catalog: What is installed.
        told: The conditions that can be told to them.
        temporal: The frames that they work on.
    """
    for entry in catalog.entries("restorers").values():
        spec = cast(RestorerSpec, entry.spec)
        if entry.distribution == "burnish" or spec.temporal not in temporal or spec.needs - told:
            continue
        if not spec.trainable:
            yield Candidate(name=entry.id, spec=spec, config={}, undone=None)
        for weights in spec.weights:
            name = f"{entry.id}:{weights}"
            bundle = _description(shipped_bundle(entry, weights), name)
            degrader = bundle.get("training", {}).get("facts", {}).get("degrader") or {}
            yield Candidate(
                name=name, spec=spec, config=bundle.get("config", {}), undone=tuple(_undone(degrader, catalog)),
                degrader=degrader.get("id", ""),
            )  # fmt: skip


def undoing(catalog: Catalog, degrader: str) -> list[Candidate]:
    """What undoes a degrader today: weights that were trained against it, and what is declared for it and needs no
    training.

    Raises:
        UnknownIdError: There is no such degrader.
    """
    entry = catalog.get("degraders", degrader)
    found = candidates(catalog, told=CONDITIONS, temporal=TEMPORAL)
    return [one for one in found if (one.learned(entry.id) if one.undone is not None else undoes(one.spec, entry.spec))]


def _description(folder: Path, name: str) -> dict[str, Any]:
    """What a bundle says of itself; its weights are checked when they are loaded."""
    try:
        found: dict[str, Any] = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PluginError(f"{name}: {folder / 'bundle.json'} cannot be read; reinstall its plugin") from error
    return found


def _span(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _undone(degrader: Mapping[str, object], catalog: Catalog) -> Iterator[Undone]:
    """The degraders of a training that call no others."""
    known = set(catalog.entries("degraders"))
    for id, config in named_in(degrader, set()):
        if id in known and not any(True for _ in named_in(config, set())):
            spec = cast(DegraderSpec, catalog.get("degraders", id).spec)
            yield Undone(id=id, tasks=spec.tasks, config=config, catalog=catalog)
