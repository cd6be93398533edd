"""A resolved training: the recipe's names made concrete, and the facts that identify it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import torch

from burnish.data.items import KERNEL, Item
from burnish.data.known import read_known
from burnish.data.splits import split_hashes, split_items
from burnish.errors import ConfigError
from burnish.inference.loading.locating import initial_bundle
from burnish.inference.loading.shipped import shipped_bundle, split
from burnish.inference.loading.weights import refuse_misfit
from burnish.plugins.catalog import Catalog, Entry
from burnish.plugins.configuration import complete, earliest
from burnish.plugins.declarations import DegraderSpec, LearnerSpec, RestorerSpec
from burnish.recipe.document import Recipe
from burnish.restorer.bundle import contents_of, read_bundle
from burnish.restorer.traits import gives
from burnish.training.learners import find_learner
from burnish.training.resources.machine import Machine, find_machine
from burnish.training.resources.runtime import world

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
    degrader: Entry | None
    """None: the data are degraded already."""
    degrader_config: Mapping[str, object]
    learner: Entry | None
    """The recipe's; None: the restorer's own, or the supervised one."""
    learner_config: Mapping[str, object]
    scale: int
    """By how much the restorer enlarges."""
    channels: int
    """1 trains on grey, 3 on RGB."""
    clips: bool
    """Whether the data are clips, folders of frames."""
    train: tuple[Item, ...]
    validation: tuple[Item, ...]
    machine: Machine
    rank: int
    """Which of its processes this is."""
    facts: Mapping[str, object]
    """All that the resulting weights depend on, as JSON values."""

    @property
    def source(self) -> str:
        """What the observations come from, for messages: a degrader's id, or the form of the data."""
        return self.degrader.id if self.degrader else f"{self.recipe.data.form} data"

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
    degrader = catalog.get("degraders", recipe.degrader.id) if recipe.degrader else None
    initial = _initial(recipe, restorer, project)
    start = read_bundle(initial) if initial else None
    if start:
        if start.restorer != restorer.id:
            raise ConfigError(f"{initial}: is a bundle of {start.restorer}, not of {restorer.id}; give one of the two")
        origin = recipe.initial or recipe.restorer.id
        refuse_misfit(restorer, start, recipe.restorer.config, catalog=catalog, origin=origin)
    config = complete(spec, {**(start.config if start else {}), **recipe.restorer.config}, subject=restorer.id)
    degrader_config: dict[str, object] = {}
    given: frozenset[str] = frozenset()
    if degrader is not None and recipe.degrader is not None:
        degrader_config = complete(degrader.spec, recipe.degrader.config, subject=degrader.id)
        given = _given(degrader, catalog.create("degraders", degrader.id, degrader_config))
        _check_needs(restorer, spec, degrader, given)
    learner, learner_config = find_learner(recipe, restorer, config, catalog)
    _check_frames(restorer, spec, recipe)
    root, data, clips = project / recipe.data.root, recipe.data, _takes_clips(degrader)
    validated = bool(data.validation) and (root / data.validation).is_dir()
    train = split_items(root / data.train, data, clips=clips)
    validation = split_items(root / data.validation, data, clips=clips) if validated else []
    if degrader is None:
        _check_known(restorer, spec, train[0], learner_config)
    if learner is not None:
        _check_learner(learner, learner_config, given, degrader, train[0])
    machine = find_machine(recipe.training, device)
    if recipe.compression and machine.processes > 1:
        raise ConfigError("compression: is done by one process; set training.devices: 1")
    plan = Plan(
        recipe=recipe,
        restorer=restorer,
        spec=spec,
        config=config,
        initial=initial,
        degrader=degrader,
        degrader_config=degrader_config,
        learner=learner,
        learner_config=learner_config,
        scale=_scale(spec, config),
        channels=_channels(spec, config),
        clips=clips,
        train=tuple(train),
        validation=tuple(validation),
        machine=machine,
        rank=world()[0],
        facts=facts or {},
    )
    if facts is not None:
        return plan
    hashes = {"train": split_hashes(root / data.train, data, train)}
    if validated:
        hashes["validation"] = split_hashes(root / data.validation, data, validation)
    found = _facts(plan, hashes)
    if start:
        found["initial"] = start.weights_sha256
    if contents := contents_of(learner_config):
        found["bundles"] = contents
    if recipe.compression:
        found["compression"] = recipe.compression.model_dump(mode="json")
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
    if not spec.trainable and recipe.training.budget.steps != 0:
        raise ConfigError(f"{entry.id} has nothing to train; name a trainable restorer (burnish list restorers)")
    return entry, spec


def _initial(recipe: Recipe, restorer: Entry, project: Path) -> Path | None:
    if recipe.initial:
        return initial_bundle(recipe.initial, project)
    weights = split(recipe.restorer.id)[1]
    return shipped_bundle(restorer, weights) if weights else None


def channels_of(recipe: Recipe, project: Path, catalog: Catalog) -> tuple[int, ...]:
    """The numbers of channels that a recipe's restorer takes, as its settings or those of its first weights say.

    Args:
        recipe: What to train.
        project: The folder that its initial bundle is relative to.
        catalog: What names mean.

    Raises:
        UnknownIdError, BundleError, UsageError: The restorer, or the weights that it begins with, are not there.
    """
    entry = catalog.get("restorers", split(recipe.restorer.id)[0])
    spec, initial = cast(RestorerSpec, entry.spec), _initial(recipe, entry, project)
    told = {key: schema["default"] for key, schema in spec.config.items() if "default" in schema}
    told |= {**(read_bundle(initial).config if initial else {}), **recipe.restorer.config}
    channels = told.get("channels")
    return (channels,) if isinstance(channels, int) else spec.channels


def _given(degrader: Entry, instance: object) -> frozenset[str]:
    """What the instance says that it gives (a sequence's steps decide) wins over the declaration."""
    assert isinstance(degrader.spec, DegraderSpec)
    return gives(instance, degrader.spec)


def _check_needs(restorer: Entry, spec: RestorerSpec, degrader: Entry, given: frozenset[str]) -> None:
    if missing := sorted(spec.needs - given):
        raise ConfigError(
            f"{restorer.id} needs {', '.join(missing)}, which {degrader.id} does not give; choose another degrader"
        )


def _check_frames(restorer: Entry, spec: RestorerSpec, recipe: Recipe) -> None:
    if recipe.data.form != "clean" and spec.temporal != "single":
        raise ConfigError(
            f"{restorer.id} restores {spec.temporal}s, but {recipe.data.form} data are single pictures; give clean "
            "data and a degrader, or choose another restorer"
        )


def _check_known(restorer: Entry, spec: RestorerSpec, item: Item, learner: Mapping[str, object]) -> None:
    """Without a degrader, the files beside the pictures or the learner's settings must say what the restorer needs."""
    assert item.observed is not None
    known = _told(item) | {name for name, value in learner.items() if value is not None}
    if missing := sorted(spec.needs - known):
        raise ConfigError(
            f"{restorer.id} needs {', '.join(missing)}, but no file beside {item.observed} says it; write it into "
            f"{item.observed.stem}.json (a kernel into {item.observed.stem}{KERNEL}), or choose another restorer"
        )


def _check_learner(
    learner: Entry, config: Mapping[str, object], given: frozenset[str], degrader: Entry | None, item: Item
) -> None:
    """What a learner must be told comes from the degrader, files beside the pictures, or settings of its own."""
    known = given | (_told(item) if item.observed is not None else frozenset())
    known |= {name for name, value in config.items() if value}
    known |= {"sigma"} if known & {"gain", "read_noise"} else set()
    if missing := sorted(cast(LearnerSpec, learner.spec).conditions - known):
        source = f"{degrader.id} does not give" if degrader else f"no file beside {item.observed} says"
        raise ConfigError(
            f"{learner.id} needs {', '.join(missing)}, which {source}; give it in training.learner.config, or choose "
            "another learner"
        )


def _told(item: Item) -> frozenset[str]:
    """The conditions that come with an image whose degradation is real."""
    assert item.observed is not None
    return frozenset({*read_known(item.observed).conditions, "scale", *(["kernel"] if item.kernel else [])})


def _takes_clips(degrader: Entry | None) -> bool:
    return degrader is not None and isinstance(degrader.spec, DegraderSpec) and degrader.spec.temporal == "video"


def _scale(spec: RestorerSpec, config: Mapping[str, object]) -> int:
    chosen = config.get("scale")
    return chosen if isinstance(chosen, int) else spec.scale[0]


def _channels(spec: RestorerSpec, config: Mapping[str, object]) -> int:
    chosen = config.get("channels")
    if isinstance(chosen, int):
        return chosen
    return 3 if 3 in spec.channels else spec.channels[0]


def _facts(plan: Plan, hashes: Mapping[str, Mapping[str, str]]) -> dict[str, object]:
    """Of what came later, only what is used is a fact, so that earlier trainings keep theirs."""
    machine, data = plan.machine, plan.recipe.data
    used = {
        "restorer": _identity(plan.restorer, plan.config),
        "degrader": _identity(plan.degrader, plan.degrader_config),
        "learner": _identity(plan.learner, plan.learner_config),
    }
    clean = data.form == "clean"
    facts = {
        **{kind: identity for kind, identity in used.items() if identity},
        "training": plan.recipe.training.model_dump(mode="json", exclude={*UNTOLD, "learner"}, by_alias=True),
        "data": {split: found[""] if clean else dict(found) for split, found in hashes.items()},
        **({} if clean else {"form": {"form": data.form, "match": data.match}}),
        "device": machine.device.type,
        "precision": machine.precision,
        "threads": machine.threads,
        "processes": machine.processes,
        "torch": torch.__version__,
    }
    plain: dict[str, object] = json.loads(json.dumps(facts))
    return plain


def _identity(entry: Entry | None, config: Mapping[str, object]) -> dict[str, object]:
    if entry is None:
        return {}
    return {"id": entry.id, "version": entry.version, "config": earliest(entry.spec, config)}
