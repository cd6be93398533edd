"""The restorers that could undo something: those that need no training, and weights that ship, by what they learned."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from burnish.errors import BurnishError, PluginError
from burnish.inference.loading.shipped import shipped_bundle
from burnish.plugins.catalog import Catalog, undoes
from burnish.plugins.declarations import CONDITIONS, TEMPORAL, DegraderSpec, RestorerSpec
from burnish.plugins.entry import Entry
from burnish.restorer.learned import BEYOND, Undone, undone_in, words

MANIFEST = "bundle.json"
"""As ``burnish.restorer.bundle``, which is too heavy for a list."""
TOLD = frozenset({"sigma", "scale"})
"""What can be told without its user: σ is estimated."""


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
    origin: Mapping[str, str] = field(default_factory=dict)
    """What ``burnish ship`` was told of its weights: ``data``, ``use`` (``any``, ``research``) and ``license``."""
    weights_sha256: str = ""
    """Of its weights; empty where it needs no training."""

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

    @property
    def doubts(self) -> bool:
        """Whether it returns the picture as it is where it doubts its result: it has the setting ``force`` then."""
        return self.undone is None and "force" in self.spec.config

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
        return self.undone is not None and "dejpeg" in self.spec.tasks and self._learned_quality(quality)

    def withstands(self, sigma: float, quality: int | None) -> bool:
        """Whether its weights learned to enlarge pictures with such noise (0: none) and compression (None: none)."""
        if self.undone is None or "super-resolve" not in self.spec.tasks:
            return False
        noise = sigma == 0.0 or any(
            (levels := one.range_of("sigma")) is not None and sigma <= levels[1] * BEYOND for one in self.undone
        )
        return noise and (quality is None or self._learned_quality(quality))

    def _learned_quality(self, quality: int) -> bool:
        return any(
            (range := one.range_of("quality")) is not None and range[0] <= quality <= range[1]
            for one in self.undone or ()
            if "dejpeg" in one.tasks
        )

    def learned(self, degrader: str) -> bool:
        """Whether it was trained against a degrader of that id, alone or among others."""
        return self.degrader == degrader or any(one.id == degrader for one in self.undone or ())

    def training(self) -> str:
        """What it was trained against, in words; empty: it needs no training."""
        return ", ".join(words(self.undone or ()))


def candidates(
    catalog: Catalog, *, told: frozenset[str] = TOLD, temporal: Collection[str] = ("single",)
) -> Iterator[Candidate]:
    """All restorers that are ready to work, without those of burnish itself, which restore nothing, and those that are
    made of a file.

    Args:
        catalog: What is installed.
        told: The conditions that can be told to them.
        temporal: The frames that they work on.
    """
    for entry in catalog.entries("restorers").values():
        spec = cast(RestorerSpec, entry.spec)
        if entry.distribution == "burnish" or spec.temporal not in temporal or spec.needs - told or spec.suffixes:
            continue
        if not spec.trainable:
            yield Candidate(name=entry.id, spec=spec, config={}, undone=None)
        for weights in spec.weights:
            try:
                yield with_weights(entry, weights, catalog)
            except BurnishError as error:  # one plugin's files are damaged, or absent: all others work
                import logging  # seldom needed, and not light

                logging.getLogger(__name__).warning("left out: %s", error)


def with_weights(entry: Entry, weights: str, catalog: Catalog) -> Candidate:
    """A restorer with weights that ship with it.

    Raises:
        PluginError: They are declared, but their description cannot be read.
    """
    name = f"{entry.id}:{weights}"
    folder = shipped_bundle(entry, weights)
    bundle = _description(folder, name)
    try:
        degrader = bundle.get("training", {}).get("facts", {}).get("degrader") or {}
        origin = bundle.get("lineage", {}).get("shipped", {})
        return Candidate(
            name=name, spec=cast(RestorerSpec, entry.spec), config=dict(bundle.get("config", {})),
            undone=tuple(undone_in(degrader, catalog)), degrader=str(degrader.get("id", "")),
            origin={key: value for key, value in origin.items() if isinstance(value, str)},
            weights_sha256=str(bundle.get("weights_sha256", "")),
        )  # fmt: skip
    except (AttributeError, TypeError, ValueError, LookupError) as error:
        fact = f"{folder / MANIFEST} is not the description of a bundle"
        raise PluginError(f"{name}: {fact}; reinstall its plugin") from error


def undoing(catalog: Catalog, degrader: str) -> list[Candidate]:
    """What undoes a degrader today: weights that were trained against it, and what is declared for it and needs no
    training.

    Raises:
        UnknownIdError: There is no such degrader.
    """
    entry = catalog.get("degraders", degrader)
    found = candidates(catalog, told=CONDITIONS, temporal=TEMPORAL)
    able = [one for one in found if one.spec.tasks & cast(DegraderSpec, entry.spec).tasks]
    return [one for one in able if (one.learned(entry.id) if one.undone is not None else undoes(one.spec, entry.spec))]


def _description(folder: Path, name: str) -> dict[str, Any]:
    """What a bundle says of itself; its weights are checked when they are loaded."""
    try:
        found: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise PluginError(f"{name}: {folder / MANIFEST} cannot be read; reinstall its plugin") from error
    return found
