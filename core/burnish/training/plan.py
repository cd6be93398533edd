"""A training resolved: what the recipe's names mean here, and the facts by which it is known again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from burnish.bundle import read_bundle
from burnish.catalog import Catalog, Entry
from burnish.configuration import complete
from burnish.declarations import DegraderSpec, RestorerSpec
from burnish.errors import ConfigError, TrainingError
from burnish.evaluation.dataset import data_hash
from burnish.imaging import list_clips, list_pictures
from burnish.inference.loading import choose_device
from burnish.inference.precision import native_bf16
from burnish.inference.shipped import shipped_bundle, split
from burnish.recipe import Recipe
from burnish.training.surroundings import available_cores, world

UNTOLD = frozenset({"checkpoint_every", "cores", "precision"})
"""Training settings that change nothing about the result, or that the facts hold resolved."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All that a training needs to know before it looks at a picture."""

    recipe: Recipe
    restorer: Entry
    spec: RestorerSpec
    config: Mapping[str, Any]
    """The restorer's, complete."""
    initial: Path | None
    """The bundle whose weights it begins with; None: fresh ones."""
    degrader: Entry
    degrader_config: Mapping[str, Any]
    channels: int
    """1 trains on grey, 3 on RGB."""
    clips: bool
    """Whether the data are clips, folders of frames."""
    train: tuple[Path, ...]
    validation: tuple[Path, ...]
    device: torch.device
    precision: str
    """``fp32`` or ``bf16``."""
    threads: int
    rank: int
    world: int
    facts: Mapping[str, Any]
    """All that the resulting weights depend on, as JSON values."""

    @property
    def fingerprint(self) -> str:
        """sha256 of the facts: equal for trainings that give the same weights."""
        return hashlib.sha256(json.dumps(self.facts, sort_keys=True).encode()).hexdigest()


def make_plan(recipe: Recipe, *, project: Path, device: str, catalog: Catalog) -> Plan:
    """Resolve a recipe.

    Raises:
        UnknownIdError, ConfigError, DataError, TrainingError: A name, a configuration, the data or the batch is off.
    """
    restorer, spec = _restorer(recipe, catalog)
    degrader = catalog.get("degraders", recipe.degrader.id)
    initial = _initial(recipe, restorer)
    start = read_bundle(initial) if initial else None
    config = complete(spec, {**(start.config if start else {}), **recipe.restorer.config}, subject=restorer.id)
    degrader_config = complete(degrader.spec, recipe.degrader.config, subject=degrader.id)
    _check_needs(restorer, spec, degrader, catalog.create("degraders", degrader.id, degrader_config))
    root = project / recipe.data.root
    listed = list_clips if _takes_clips(degrader) else list_pictures
    validation = root / recipe.data.validation
    validated = bool(recipe.data.validation) and validation.is_dir()
    chosen = choose_device(device)
    rank, processes = world()
    if recipe.training.batch % processes:
        raise TrainingError(f"training.batch {recipe.training.batch} cannot be shared by {processes} processes evenly")
    given: dict[str, Any] = {
        "recipe": recipe,
        "restorer": restorer,
        "spec": spec,
        "config": config,
        "initial": initial,
        "degrader": degrader,
        "degrader_config": degrader_config,
        "channels": _channels(spec, config),
        "clips": _takes_clips(degrader),
        "train": tuple(listed(root / recipe.data.train)),
        "validation": tuple(listed(validation)) if validated else (),
        "device": chosen,
        "precision": _precision(recipe.training.precision, chosen),
        "threads": recipe.training.cores or available_cores(),
        "rank": rank,
        "world": processes,
    }
    hashes = {"train": data_hash(root / recipe.data.train)}
    if validated:
        hashes["validation"] = data_hash(validation)
    facts = _facts(given, hashes)
    if start:
        facts["initial"] = start.weights_sha256
    return Plan(**given, facts=facts)


def differences(mine: Mapping[str, Any], others: Mapping[str, Any], prefix: str = "") -> list[str]:
    """The names of the facts in which two trainings differ, dotted."""
    names: list[str] = []
    for key in sorted({*mine, *others}):
        here, there = mine.get(key), others.get(key)
        if isinstance(here, Mapping) and isinstance(there, Mapping):
            names += differences(here, there, f"{prefix}{key}.")
        elif here != there:
            names.append(f"{prefix}{key}")
    return names


def _restorer(recipe: Recipe, catalog: Catalog) -> tuple[Entry, RestorerSpec]:
    entry = catalog.get("restorers", recipe.restorer.id)
    spec = entry.spec
    assert isinstance(spec, RestorerSpec)
    if not spec.trainable:
        raise ConfigError(f"{entry.id} has nothing to train; name a trainable restorer (burnish list restorers)")
    return entry, spec


def _initial(recipe: Recipe, restorer: Entry) -> Path | None:
    weights = split(recipe.restorer.id)[1]
    return shipped_bundle(restorer, weights) if weights else None


def _check_needs(restorer: Entry, spec: RestorerSpec, degrader: Entry, instance: Any) -> None:
    """What the instance says that it gives (a sequence's steps decide) wins over the declaration."""
    assert isinstance(degrader.spec, DegraderSpec)
    missing = sorted(spec.needs - frozenset(getattr(instance, "gives", degrader.spec.gives)))
    if missing:
        raise ConfigError(
            f"{restorer.id} needs {', '.join(missing)}, which {degrader.id} does not give; choose another degrader"
        )


def _takes_clips(degrader: Entry) -> bool:
    assert isinstance(degrader.spec, DegraderSpec)
    return degrader.spec.temporal == "video"


def _channels(spec: RestorerSpec, config: Mapping[str, Any]) -> int:
    if isinstance(config.get("channels"), int):
        return int(config["channels"])
    return 3 if 3 in spec.channels else spec.channels[0]


def _precision(wanted: str, device: torch.device) -> str:
    """bf16 where the device multiplies it in hardware: measured two to four times as fast for convolutions."""
    if wanted == "auto":
        return "bf16" if native_bf16(device) else "fp32"
    return wanted


def _facts(given: Mapping[str, Any], hashes: Mapping[str, str]) -> dict[str, Any]:
    recipe: Recipe = given["recipe"]
    restorer, degrader = given["restorer"], given["degrader"]
    facts = {
        "restorer": {"id": restorer.id, "version": restorer.version, "config": dict(given["config"])},
        "degrader": {"id": degrader.id, "version": degrader.version, "config": dict(given["degrader_config"])},
        "training": recipe.training.model_dump(mode="json", exclude=set(UNTOLD)),
        "data": dict(hashes),
        "device": given["device"].type,
        "precision": given["precision"],
        "threads": given["threads"],
        "processes": given["world"],
        "torch": torch.__version__,
    }
    plain: dict[str, Any] = json.loads(json.dumps(facts))
    return plain
