"""A resolved training: the recipe's names made concrete, and the facts that identify it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from burnish.errors import ConfigError
from burnish.evaluation.dataset import data_hash
from burnish.inference.loading.shipped import shipped_bundle, split
from burnish.inference.loading.weights import refuse_misfit
from burnish.io import list_clips, list_pictures
from burnish.plugins.catalog import Catalog, Entry
from burnish.plugins.configuration import complete, earliest
from burnish.plugins.declarations import DegraderSpec, RestorerSpec
from burnish.recipe.document import Recipe
from burnish.restorer.bundle import read_bundle
from burnish.restorer.traits import gives
from burnish.training.machine import Machine, find_machine
from burnish.training.runtime import world

UNTOLD = frozenset({"checkpoint_every", "cores", "devices", "precision"})
"""Training settings that change nothing about the result, or that the facts hold resolved."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All that a training needs to know before it looks at a picture."""

    recipe: Recipe
    restorer: Entry
    spec: RestorerSpec
    config: Mapping[str, object]
    """The restorer's, complete."""
    initial: Path | None
    """The bundle whose weights it begins with; None: fresh ones."""
    degrader: Entry
    degrader_config: Mapping[str, object]
    channels: int
    """1 trains on grey, 3 on RGB."""
    clips: bool
    """Whether the data are clips, folders of frames."""
    train: tuple[Path, ...]
    validation: tuple[Path, ...]
    machine: Machine
    rank: int
    """Which of its processes this is."""
    facts: Mapping[str, object]
    """All that the resulting weights depend on, as JSON values."""

    @property
    def device(self) -> torch.device:
        """On which each process trains."""
        return self.machine.device

    @property
    def precision(self) -> str:
        """``fp32`` or ``bf16``."""
        return self.machine.precision

    @property
    def threads(self) -> int:
        """Of each process."""
        return self.machine.threads

    @property
    def world(self) -> int:
        """How many processes train together."""
        return self.machine.processes

    @property
    def fingerprint(self) -> str:
        """sha256 of the facts: equal for trainings that give the same weights."""
        return fingerprint(self.facts)


@dataclass(frozen=True, kw_only=True)
class FitJob:
    """The work folder, checkpoint and machines of a training, in addition to its plan."""

    work: Path
    """Folder for checkpoints."""
    resume_from: Path | None
    """The checkpoint to go on from."""
    machines: Sequence[Mapping[str, object]]
    """On which it ran and will run; see ``resuming.machines``."""
    quiet: bool
    """No bar and no log lines."""


def fingerprint(facts: Mapping[str, object]) -> str:
    """sha256 of a training's facts, as hex."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def make_plan(
    recipe: Recipe, *, project: Path, device: str, catalog: Catalog, facts: Mapping[str, object] | None = None
) -> Plan:
    """Resolve a recipe.

    Args:
        recipe: What to train.
        project: The folder against which the recipe's data root is resolved.
        device: ``auto``, or torch's name of a device.
        catalog: What names mean.
        facts: As another process of the same training found them; default: found here, the data hashed.

    Raises:
        UnknownIdError, ConfigError, DataError, UsageError: A name, a configuration, data, batch or device is off.
    """
    restorer, spec = _restorer(recipe, catalog)
    degrader = catalog.get("degraders", recipe.degrader.id)
    initial = _initial(recipe, restorer)
    start = read_bundle(initial) if initial else None
    if start:
        refuse_misfit(restorer, start, recipe.restorer.config, catalog=catalog, origin=recipe.restorer.id)
    config = complete(spec, {**(start.config if start else {}), **recipe.restorer.config}, subject=restorer.id)
    degrader_config = complete(degrader.spec, recipe.degrader.config, subject=degrader.id)
    _check_needs(restorer, spec, degrader, catalog.create("degraders", degrader.id, degrader_config))
    root = project / recipe.data.root
    listed = list_clips if _takes_clips(degrader) else list_pictures
    validation = root / recipe.data.validation
    validated = bool(recipe.data.validation) and validation.is_dir()
    plan = Plan(
        recipe=recipe,
        restorer=restorer,
        spec=spec,
        config=config,
        initial=initial,
        degrader=degrader,
        degrader_config=degrader_config,
        channels=_channels(spec, config),
        clips=_takes_clips(degrader),
        train=tuple(listed(root / recipe.data.train)),
        validation=tuple(listed(validation)) if validated else (),
        machine=find_machine(recipe.training, device),
        rank=world()[0],
        facts=facts or {},
    )
    if facts is not None:
        return plan
    hashes = {"train": data_hash(root / recipe.data.train)}
    if validated:
        hashes["validation"] = data_hash(validation)
    found = _facts(plan, hashes)
    if start:
        found["initial"] = start.weights_sha256
    return replace(plan, facts=found)


def differences(mine: Mapping[str, object], others: Mapping[str, object], prefix: str = "") -> list[str]:
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


def _check_needs(restorer: Entry, spec: RestorerSpec, degrader: Entry, instance: object) -> None:
    """What the instance says that it gives (a sequence's steps decide) wins over the declaration."""
    assert isinstance(degrader.spec, DegraderSpec)
    missing = sorted(spec.needs - gives(instance, degrader.spec))
    if missing:
        raise ConfigError(
            f"{restorer.id} needs {', '.join(missing)}, which {degrader.id} does not give; choose another degrader"
        )


def _takes_clips(degrader: Entry) -> bool:
    assert isinstance(degrader.spec, DegraderSpec)
    return degrader.spec.temporal == "video"


def _channels(spec: RestorerSpec, config: Mapping[str, object]) -> int:
    chosen = config.get("channels")
    if isinstance(chosen, int):
        return chosen
    return 3 if 3 in spec.channels else spec.channels[0]


def _facts(plan: Plan, hashes: Mapping[str, str]) -> dict[str, object]:
    machine, restorer, degrader = plan.machine, plan.restorer, plan.degrader
    config = earliest(plan.spec, plan.config)
    degrader_config = earliest(degrader.spec, plan.degrader_config)
    facts = {
        "restorer": {"id": restorer.id, "version": restorer.version, "config": config},
        "degrader": {"id": degrader.id, "version": degrader.version, "config": degrader_config},
        "training": plan.recipe.training.model_dump(mode="json", exclude=set(UNTOLD), by_alias=True),
        "data": dict(hashes),
        "device": machine.device.type,
        "precision": machine.precision,
        "threads": machine.threads,
        "processes": machine.processes,
        "torch": torch.__version__,
    }
    plain: dict[str, object] = json.loads(json.dumps(facts))
    return plain
