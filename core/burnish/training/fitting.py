"""Runs Lightning's Trainer over a plan, from the beginning or from a checkpoint."""
# ruff: noqa: TID253  (imported only when a training starts)

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from burnish.data.items import Item
from burnish.errors import BurnishError, ConfigError, PluginError, TrainingError
from burnish.events import Notify
from burnish.inference.loading.layout import lay_out
from burnish.inference.loading.load import fill
from burnish.plugins.catalog import Catalog, Entry
from burnish.restorer.bundle import read_bundle
from burnish.training.budget import Clock, clock_for
from burnish.training.callbacks.averaging import Averaging
from burnish.training.callbacks.batch_statistics import share_statistics
from burnish.training.callbacks.checkpoints import AtomicCheckpoints, Checkpoints
from burnish.training.callbacks.divergence import Divergence
from burnish.training.callbacks.loop import TrainingLoop
from burnish.training.callbacks.reporting import Reporting
from burnish.training.callbacks.selection import Selection
from burnish.training.callbacks.stopping import Stopping
from burnish.training.checkpoint.resuming import tell_interrupted
from burnish.training.compressing import compress
from burnish.training.data.observed import Observations, read_observations
from burnish.training.data.observed_patches import ObservedCrops, ObservedPatches
from burnish.training.data.patches import StepSampler, TrainingPatches, ValidationCrops
from burnish.training.data.pictures import Pictures, Store, read_clips, read_pictures
from burnish.training.learner import SupervisedLearner
from burnish.training.plan import FitJob, Plan
from burnish.training.randomness import derive


def fit(plan: Plan, job: FitJob, *, catalog: Catalog, notify: Notify) -> None:
    """Train until the budget, patience or the loss ends it; the result is the last checkpoint in ``job.work``.

    Args:
        plan: What to train, and as which of how many processes.
        job: Where it goes on.
        catalog: What names mean.
        notify: Called with hook and event.

    Raises:
        TrainingError: It diverged with nothing to keep, or the restorer or degrader failed.
    """
    settings = plan.recipe.training
    spill = job.work / f"pictures-{plan.rank}"
    patches, area = _patches(plan, spill, job.quiet)
    clock = clock_for(settings.budget, area=area, batch=settings.batch * settings.frames, patch=settings.patch)
    validation = _validation_loader(plan, job.quiet)
    learner = make_learner(plan, catalog)
    learner.clock = clock
    if plan.recipe.compression:
        _compress(learner, plan, patches, validation, job)
    training = DataLoader(patches, sampler=StepSampler(clock), batch_size=None)
    stopping = Stopping(clock, validate_every=settings.validate_every)
    callbacks = _callbacks(plan, clock, job, notify, ranked=getattr(learner, "ranks_weights", True))
    trainer = _trainer(plan, [*callbacks, stopping])
    try:
        with _explained(plan, clock, stopping, job.work):
            start = str(job.resume_from) if job.resume_from else None
            trainer.fit(learner, training, validation, ckpt_path=start, weights_only=True)
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def compressed(plan: Plan, job: FitJob, *, catalog: Catalog) -> dict[str, Tensor]:
    """The weights that a training begins with, compressed as the recipe says; nothing is trained.

    Raises:
        ConfigError: As ``compressing.compress``.
    """
    spill = job.work / f"pictures-{plan.rank}"
    try:
        patches, _ = _patches(plan, spill, job.quiet)
        learner = make_learner(plan, catalog)
        _compress(learner, plan, patches, _validation_loader(plan, job.quiet), job)
    finally:
        shutil.rmtree(spill, ignore_errors=True)
    return dict(learner.restorer.state_dict())


def _compress(
    learner: Any, plan: Plan, patches: TrainingPatches | ObservedPatches, crops: Iterable[Any] | None, job: FitJob
) -> None:
    settings = plan.recipe.compression
    assert settings is not None
    steps = (patches[step] for step in itertools.count())
    given: dict[str, Any] = {
        "patches": steps,
        "crops": crops or (),
        "work": job.work,
        "resumed": job.resume_from,
        "quiet": job.quiet,
    }
    try:
        compress(learner, settings, **given)
    except BurnishError:
        raise
    except Exception as error:
        fact = " ".join(str(error).split())
        raise TrainingError(
            f"{plan.restorer.id} with {plan.source} failed while it was compressed: {type(error).__name__}: {fact}"
        ) from error


@contextlib.contextmanager
def _explained(plan: Plan, clock: Clock, stopping: Stopping, work: Path) -> Iterator[None]:
    """Turn Lightning's exceptions into one line with the error and its step; pass on interruptions."""
    try:
        yield
        stopping.deliver()
    except BurnishError:
        raise
    except KeyboardInterrupt:  # the step took too long, or it was said twice
        tell_interrupted(work, clock.step)
        raise
    except SystemExit as leave:  # Lightning's way to end when it is told to
        tell_interrupted(work, clock.step)
        if isinstance(leave.__context__, KeyboardInterrupt):
            raise leave.__context__ from None
        stopping.deliver()
        raise TrainingError(f"received a termination signal at step {clock.step}; run it again to resume") from leave
    except Exception as error:
        fact = " ".join(str(error).split())
        raise TrainingError(
            f"{plan.restorer.id} with {plan.source} failed at step {clock.step}: {type(error).__name__}: {fact}"
        ) from error
    finally:
        stopping.put_back()


def make_learner(plan: Plan, catalog: Catalog) -> Any:
    """The restorer's own learner, or the supervised one; initial weights depend on the seed alone."""
    torch.manual_seed(derive(plan.recipe.training.seed, "weights"))
    restorer = catalog.create("restorers", plan.restorer.id, plan.config)
    if plan.initial:
        fill(restorer, plan.initial, read_bundle(plan.initial), plan.restorer)
    if not isinstance(restorer, torch.nn.Module):
        raise PluginError(
            f"{_origin(plan.restorer)} is declared trainable, but its factory does not return a torch.nn.Module"
        )
    restorer = lay_out(restorer.train().requires_grad_(True))
    degrader = catalog.create("degraders", plan.degrader.id, plan.degrader_config) if plan.degrader else None
    made, config, origin = _learner_class(plan, catalog)
    learner = made(restorer, degrader, plan.recipe.training, plan.spec, **config)
    if not isinstance(getattr(learner, "restorer", None), torch.nn.Module):
        raise PluginError(f"{origin}: its learner keeps no module `restorer`; see SupervisedLearner")
    return share_statistics(learner, device=plan.device, name=_origin(plan.restorer)) if plan.world > 1 else learner


def _learner_class(plan: Plan, catalog: Catalog) -> tuple[Any, Mapping[str, object], str]:
    """The class, its configuration, and whose it is: of the recipe's learner, else of the restorer's own, else the
    supervised one.
    """
    if plan.learner is not None:
        entry, origin = plan.learner, _origin(plan.learner)
    elif plan.spec.learner:
        entry = replace(plan.restorer, spec=replace(plan.spec, factory=plan.spec.learner))
        origin = _origin(plan.restorer)
    else:
        return SupervisedLearner, {}, ""
    found: Any = catalog.resolve(entry)
    if not (isinstance(found, type) and issubclass(found, LightningModule)):
        raise PluginError(f"{origin}: its learner {entry.spec.factory} is not a LightningModule; see SupervisedLearner")
    return found, plan.learner_config, origin


def _origin(entry: Entry) -> str:
    return f"{entry.id} ({entry.distribution} {entry.version})"


def _patches(plan: Plan, spill: Path, quiet: bool) -> tuple[TrainingPatches | ObservedPatches, int]:
    """What is trained on, step by step, and the area of its pictures in pixels."""
    settings = plan.recipe.training
    if plan.recipe.data.form != "clean":
        observations = _observations(plan, plan.train, smallest=settings.patch, spill=spill, quiet=quiet)
        return ObservedPatches(observations, settings, rank=plan.rank, world=plan.world), observations.area
    pictures = _pictures(plan, plan.train, smallest=settings.patch, spill=spill, quiet=quiet)
    return TrainingPatches(pictures, settings, rank=plan.rank, world=plan.world), pictures.area


def _validation_loader(plan: Plan, quiet: bool) -> DataLoader[tuple[int, Any]] | None:
    if not plan.validation:
        return None
    crops: Dataset[Any]
    if plan.recipe.data.form != "clean":
        crops = ObservedCrops(_observations(plan, plan.validation, smallest=1, spill=None, quiet=quiet))
    else:
        pictures = _pictures(plan, plan.validation, smallest=1, spill=None, quiet=quiet)
        crops = ValidationCrops(pictures, frames=plan.recipe.training.frames)
    # without any picture of its own, Lightning would skip the validation in a process
    mine = range(plan.rank, len(plan.validation), plan.world) or range(1)
    return DataLoader(crops, sampler=mine, batch_size=None)


def _pictures(plan: Plan, items: Sequence[Item], *, smallest: int, spill: Path | None, quiet: bool) -> Pictures:
    read = partial(read_clips, frames=plan.recipe.training.frames) if plan.clips else read_pictures
    paths = [item.clean for item in items if item.clean is not None]
    return read(paths, channels=plan.channels, smallest=smallest, spill=spill, quiet=quiet, readers=_here(plan))


def _observations(plan: Plan, items: Sequence[Item], *, smallest: int, spill: Path | None, quiet: bool) -> Observations:
    return read_observations(
        items,
        data=plan.recipe.data,
        channels=plan.channels,
        scale=plan.scale,
        smallest=smallest,
        store=Store(spill, readers=_here(plan)),
        quiet=quiet,
    )


def _callbacks(plan: Plan, clock: Clock, job: FitJob, notify: Notify, *, ranked: bool) -> list[Callback]:
    """In the order that they rely on: the clock, then who reads it, the average after who keeps it, saving."""
    settings = plan.recipe.training
    count = len(plan.validation)
    if settings.patience and not ranked:
        raise ConfigError(
            "training.patience: the learner's figure of the validation does not say which weights are better; remove it"
        )
    selection = Selection(clock, pictures=count, patience=settings.patience, ranked=ranked) if count else None
    divergence = Divergence(clock, validated=selection is not None)
    reporting = Reporting(
        clock,
        model=plan.recipe.model,
        divergence=divergence,
        selection=selection,
        every=settings.validate_every,
        quiet=job.quiet,
        notify=notify,
    )
    callbacks: list[Callback] = [TrainingLoop(clock, settings), divergence]
    callbacks += [selection] if selection else []
    callbacks += [Averaging(settings.ema, device=plan.device)] if settings.ema > 0 else []
    callbacks.append(reporting)
    callbacks.append(
        Checkpoints(
            clock,
            folder=job.work,
            every=settings.checkpoint_every,
            validate_every=settings.validate_every,
            facts=dict(plan.facts),
            machines=job.machines,
        )
    )
    return callbacks


def _trainer(plan: Plan, callbacks: list[Callback]) -> Trainer:
    validated = bool(plan.validation)
    several = plan.world > 1
    return Trainer(
        accelerator="gpu" if plan.device.type == "cuda" else plan.device.type,
        devices=_devices(plan),
        strategy="ddp_find_unused_parameters_true" if several else "auto",  # also keeps its buckets: resume is exact
        num_nodes=_nodes(plan),
        precision="bf16-mixed" if plan.precision == "bf16" else "32-true",
        max_epochs=-1,
        max_steps=-1,
        check_val_every_n_epoch=None,
        val_check_interval=plan.recipe.training.validate_every if validated else None,
        limit_val_batches=None if validated else 0,
        num_sanity_val_steps=-1 if validated else 0,
        deterministic="warn",
        callbacks=callbacks,
        plugins=[AtomicCheckpoints()],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        use_distributed_sampler=False,
    )


def _devices(plan: Plan) -> int | list[int]:
    if plan.world > 1:
        return _here(plan)
    return [plan.device.index] if plan.device.index is not None else 1


def _nodes(plan: Plan) -> int:
    return plan.world // _here(plan)


def _here(plan: Plan) -> int:
    """Processes of this training on this machine."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", plan.world)) if plan.world > 1 else 1
