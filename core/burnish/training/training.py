"""``train``: recipe → bundle; resumes an interrupted training."""

from __future__ import annotations

import logging
import math
import os
import platform
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from burnish.compression import BEFORE, repeats
from burnish.compression.int8 import stored
from burnish.errors import BundleError, ConfigError, TrainingError
from burnish.events import Event, Notify, TrainingEnded, TrainingStarted
from burnish.io import scratch
from burnish.plugins.catalog import Catalog
from burnish.plugins.catalog import installed as installed_catalog
from burnish.plugins.host import installed
from burnish.recipe.document import Recipe
from burnish.restorer.bundle import Bundle, bundle_weights, read_bundle, write_bundle
from burnish.training.checkpoint import keys
from burnish.training.checkpoint.files import Checkpoint, discard, newest, sweep
from burnish.training.checkpoint.resuming import find, machines, same_training, state
from burnish.training.compressing import recorded
from burnish.training.plan import FitJob, Plan, fingerprint, make_plan
from burnish.training.resources.allocator import kept_pages
from burnish.training.resources.runtime import alone, settled

_log = logging.getLogger("burnish.training")


@dataclass(frozen=True, kw_only=True)
class TrainingFolders:
    """Where a training reads and writes."""

    project: Path
    """The folder against which the recipe's data root is resolved."""
    out: Path
    """The bundle's folder, written whole at the end or not at all."""
    work: Path
    """Folder for checkpoints; one training at a time."""
    elsewhere: Sequence[Path] = ()
    """Folders for checkpoints of the same training on other kinds of machines: where ``work`` holds none, the newest of
    theirs is gone on from. Nothing is written there."""


@dataclass(frozen=True, kw_only=True)
class TrainingOptions:
    """The options of a training, independent of the recipe."""

    device: str = "auto"
    """``auto``, or torch's name of a device."""
    resume: bool = True
    """Go on from the newest whole checkpoint; False removes what is there."""
    quiet: bool = False
    """No bar and no log lines."""


@dataclass(frozen=True, kw_only=True)
class TrainingResult:
    """What came of a training."""

    bundle: Path
    """Its folder."""
    steps: int
    """Optimizer steps in all."""
    seconds: float
    """Wall-clock seconds in all, validations and resumed parts included, reading of pictures excluded."""
    resumed_at: int
    """Step from which this call went on; 0: from the beginning; equal to ``steps``: it was finished already."""
    best_step: int
    """Step of the bundled weights; 0: the initial ones, of a training that diverged before its first validation."""
    validation: float
    """Mean PSNR in dB of the bundled weights on the validation crops; NaN where there are none."""
    manifest: dict[str, Any]
    """What the bundle says under ``training``."""


def train(
    recipe: Recipe,
    folders: TrainingFolders,
    options: TrainingOptions | None = None,
    *,
    lineage: Mapping[str, object] | None = None,
    catalog: Catalog | None = None,
    listen: Notify | None = None,
) -> TrainingResult:
    """Fit the recipe's restorer and write the best weights as a bundle.

    The same recipe, data and seed give the same weights bit for bit on the same kind of machine, whether the training
    was interrupted or not (under a budget in minutes they depend on the machine's speed). One that went on from a
    checkpoint of another kind of machine, or of another number of processes, says so in its manifest
    (``reproducible``, ``machines``). A finished training returns at once.

    Where ``training.devices`` makes several processes of it, they are started here and end with this one. Started by
    ``torchrun``, its own processes train together and the first one writes.

    Args:
        recipe: What to train.
        folders: Where it reads and writes.
        options: How it runs.
        lineage: Stored in the bundle as it is.
        catalog: What names mean; default: what is installed.
        listen: Called with hook and event of all that observers are told of this training, after them.

    Raises:
        TrainingError: Lightning is missing; ``work`` holds another training or is in use; nothing to keep; code or a
            process failed.
        ConfigError, UnknownIdError, DataError, ImagingError, BundleError: From recipe, pictures and bundle.
    """
    _require_lightning()
    notify = _teller(listen)
    catalog = catalog or installed_catalog()
    options, work = options or TrainingOptions(), folders.work
    plan = make_plan(recipe, project=folders.project, device=options.device, catalog=catalog)
    if plan.initial is not None and (
        recipe.initial or recipe.compression
    ):  # whose weights they were, and by which license
        lineage = {**(lineage or {}), "initial": read_bundle(plan.initial).lineage}
    if options.resume and (finished := _finished(folders.out, plan)):
        return finished
    if recipe.compression and plan.initial is not None:
        _refuse_compressed(recipe, read_bundle(plan.initial))
    if recipe.training.budget.steps == 0 and plan.initial is not None:
        return _untrained(plan, folders, options, lineage=lineage or {}, catalog=catalog)
    with alone(work) if plan.rank == 0 else nullcontext():
        if plan.rank == 0:
            sweep(work)
            if not options.resume:
                discard(work)
        found = find(plan, work, folders.elsewhere) if options.resume else None
        resumed_at = state(found[1], keys.LOOP)["step"] if found else 0
        if not found or not state(found[1], keys.LOOP)["ended"]:
            job = FitJob(
                work=work,
                resume_from=found[0] if found else None,
                machines=machines(plan, found[1] if found else None),
                quiet=options.quiet,
            )
            _go_on(plan, job, resumed_at, project=folders.project, catalog=catalog, notify=notify)
            found = newest(work)
        if not found or not state(found[1], keys.LOOP)["ended"]:
            raise TrainingError(
                f"{work}: the training was interrupted; run it again to resume from its last checkpoint"
            )
        return _conclude(plan, found[1], folders, resumed_at=resumed_at, lineage=lineage or {}, notify=notify)


def _refuse_compressed(recipe: Recipe, start: Bundle) -> None:
    """Refuse to compress what has 8 bits already, or was pruned and would be pruned again."""
    assert recipe.compression is not None
    if repeats(recipe.compression.method, start.compression):
        origin = recipe.initial or recipe.restorer.id
        raise ConfigError(f"compression: {origin} is compressed already; begin with what it was made of")


def _untrained(
    plan: Plan, folders: TrainingFolders, options: TrainingOptions, *, lineage: Mapping[str, object], catalog: Catalog
) -> TrainingResult:
    """The bundle of the initial weights, as they are or compressed; nothing is trained."""
    assert plan.initial is not None
    manifest: dict[str, Any] = {
        "model": plan.recipe.model,
        "fingerprint": plan.fingerprint,
        "facts": dict(plan.facts),
        "steps": 0,
        "seconds": 0.0,
        "best_step": 0,
        "validation": None,
        "device": str(plan.device),
    }
    if plan.recipe.compression:
        from burnish.training.fitting import compressed

        with scratch.folder() as work, settled(plan.threads):
            job = FitJob(work=work, resume_from=None, machines=(), quiet=options.quiet)
            weights = compressed(plan, job, catalog=catalog)
            compression = _compression(plan, work)
        manifest["validation"] = compression["psnr_after"]
    else:
        weights, compression = bundle_weights(plan.initial), read_bundle(plan.initial).compression
    if plan.rank == 0:
        _write(plan, folders.out, weights, compression, training=manifest, lineage=lineage)
    return _result(folders.out, manifest, 0)


def _write(
    plan: Plan,
    out: Path,
    weights: Mapping[str, Tensor],
    compression: Mapping[str, object],
    *,
    training: Mapping[str, object],
    lineage: Mapping[str, object],
    figures: Mapping[str, object] | None = None,
) -> None:
    """Write the bundle; of layers of 8 bits the whole numbers."""
    write_bundle(
        out,
        restorer=plan.restorer.id,
        config=plan.config,
        weights=stored(weights),
        distribution=plan.restorer.distribution,
        version=plan.restorer.version,
        training=training,
        figures=figures or {},
        lineage=lineage,
        compression=compression,
    )


def _compression(plan: Plan, work: Path) -> Mapping[str, object]:
    """Of the network that was trained: by the recipe, or as it began."""
    before = read_bundle(plan.initial).compression if plan.initial is not None else {}
    if plan.recipe.compression:
        return {**recorded(work), **({BEFORE: before} if before else {})}
    return before


def _teller(listen: Notify | None) -> Notify:
    """Tells the observers among the plugins, then ``listen``."""

    def notify(hook: str, event: Event) -> None:
        installed().notify(hook, event)
        if listen is not None:
            listen(hook, event)

    return notify


def _go_on(plan: Plan, job: FitJob, resumed_at: int, *, project: Path, catalog: Catalog, notify: Notify) -> None:
    """Train from the checkpoint, or from the beginning; here, or in several processes that are started for it."""
    if plan.rank == 0:
        started = TrainingStarted(
            model=plan.recipe.model, restorer=plan.restorer.id, device=str(plan.device), resumed_at=resumed_at
        )
        notify("on_training_started", started)
    if plan.world > 1 and "WORLD_SIZE" not in os.environ:
        from burnish.training.distributed.processes import fit_together

        fit_together(plan, job, project=project, catalog=catalog, notify=notify)
        return
    from burnish.training.fitting import fit

    with settled(plan.threads), kept_pages():
        fit(plan, replace(job, quiet=job.quiet or plan.rank > 0), catalog=catalog, notify=notify)


def _conclude(
    plan: Plan,
    checkpoint: Checkpoint,
    folders: TrainingFolders,
    *,
    resumed_at: int,
    lineage: Mapping[str, object],
    notify: Notify,
) -> TrainingResult:
    """Make the bundle from a finished training's last checkpoint."""
    manifest = _manifest(plan, checkpoint)
    if manifest["diverged_at"] is not None:
        _log.warning(
            "the loss was not finite from step %d on; the bundle holds the weights of step %d; lower "
            "training.learning_rate",
            manifest["diverged_at"],
            manifest["best_step"],
        )
    if plan.rank == 0:
        figures = {} if manifest["validation"] is None else {"validation": manifest["validation"]}
        compression = _compression(plan, folders.work)
        _write(
            plan, folders.out, _weights(checkpoint), compression, training=manifest, lineage=lineage, figures=figures
        )
        ended = TrainingEnded(
            model=plan.recipe.model, bundle=str(folders.out), steps=manifest["steps"], seconds=manifest["seconds"]
        )
        notify("on_training_ended", ended)
    return _result(folders.out, manifest, resumed_at)


def _weights(checkpoint: Checkpoint) -> dict[str, Tensor]:
    """The best validated weights; without validation the last ones (Lightning's ``state_dict`` holds the average)."""
    if keys.SELECTION in checkpoint["callbacks"]:
        return dict(state(checkpoint, keys.SELECTION)["weights"])
    everything, prefix = checkpoint["state_dict"], "restorer."
    return {name.removeprefix(prefix): value for name, value in everything.items() if name.startswith(prefix)}


def _manifest(plan: Plan, checkpoint: Checkpoint) -> dict[str, Any]:
    pace, divergence = state(checkpoint, keys.LOOP), state(checkpoint, keys.DIVERGENCE)
    chosen = checkpoint["callbacks"].get(keys.SELECTION)
    facts, ran_on = dict(state(checkpoint, keys.CHECKPOINTS)["facts"]), machines(None, checkpoint)
    history = zip(chosen["steps"], chosen["figures"], strict=True) if chosen else ()
    return {
        "model": plan.recipe.model,
        "fingerprint": fingerprint(facts),
        "facts": facts,
        "seed": plan.recipe.training.seed,
        "pictures": {"train": len(plan.train), "validation": len(plan.validation)},
        "steps": pace["step"],
        "seconds": round(pace["seconds"], 3),
        "ended": pace["ended"],
        "diverged_at": divergence["diverged_at"] if pace["ended"] == "diverged" else None,
        "best_step": chosen["best_step"] if chosen else pace["step"],
        "validation": _finite(chosen["best"]) if chosen else None,
        "validation_at_start": _finite(chosen["initial"]) if chosen else None,
        "history": [{"step": step, "psnr": _finite(figure)} for step, figure in history],
        "averaged": plan.recipe.training.ema > 0,
        "device": ran_on[-1].get("name", ran_on[-1]["device"]),
        "precision": ran_on[-1]["precision"],
        "threads": ran_on[-1]["threads"],
        "processes": ran_on[-1]["processes"],
        "deterministic": True,
        "reproducible": len(ran_on) == 1 and plan.recipe.training.budget.minutes is None,
        "machines": ran_on,
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "lightning": version("lightning"),
        },
    }


def _finished(out: Path, plan: Plan) -> TrainingResult | None:
    """The result of this very training where its bundle is there and whole."""
    try:
        manifest = dict(read_bundle(out).training)
    except BundleError:
        return None
    if not same_training(plan, manifest.get("facts", {})):
        return None
    return _result(out, manifest, int(manifest["steps"]))


def _result(out: Path, manifest: dict[str, Any], resumed_at: int) -> TrainingResult:
    validation = manifest["validation"]
    return TrainingResult(
        bundle=out,
        steps=manifest["steps"],
        seconds=manifest["seconds"],
        resumed_at=resumed_at,
        best_step=manifest["best_step"],
        validation=math.nan if validation is None else validation,
        manifest=manifest,
    )


def _finite(figure: float) -> float | None:
    return figure if math.isfinite(figure) else None


def _require_lightning() -> None:
    if find_spec("lightning") is None:
        raise TrainingError("Lightning is not installed; pip install 'burnish[train]'")
