"""The hooks that a plugin may implement: eight that declare, eight that observe. No argument has a default."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy

from burnish.plugins import deprecations

if TYPE_CHECKING:
    from collections.abc import Callable

    from burnish import events
    from burnish.plugins.declarations import (
        BenchmarkSpec,
        CommandSpec,
        DegraderSpec,
        FormatSpec,
        GateSpec,
        LearnerSpec,
        MetricSpec,
        RestorerSpec,
    )

PROJECT = "burnish"

_F = TypeVar("_F", bound="Callable[..., Any]")

_marker = pluggy.HookimplMarker(PROJECT)
_specmarker = pluggy.HookspecMarker(PROJECT)


def hookimpl(function: _F) -> _F:
    """Mark a function of a plugin as the implementation of the hook of the same name."""
    return _marker(function)


def _hookspec(function: _F) -> _F:
    told = next((one.words() for one in deprecations.of_hooks({function.__name__})), "")
    return _specmarker(warn_on_impl=DeprecationWarning(told) if told else None)(function)


@_hookspec
def register_degraders() -> Iterable[DegraderSpec]:  # type: ignore[empty-body]
    """Declare degraders: forward models, clean → observation."""


@_hookspec
def register_restorers() -> Iterable[RestorerSpec]:  # type: ignore[empty-body]
    """Declare restorers: observation → estimate."""


@_hookspec
def register_metrics() -> Iterable[MetricSpec]:  # type: ignore[empty-body]
    """Declare metrics: estimate and reference → one number per image."""


@_hookspec
def register_learners() -> Iterable[LearnerSpec]:  # type: ignore[empty-body]
    """Declare learners: ways to fit a restorer, independent of which one it is."""


@_hookspec
def register_benchmarks() -> Iterable[BenchmarkSpec]:  # type: ignore[empty-body]
    """Declare benchmarks: a degrader with a fixed seed and metrics with their exact convention."""


@_hookspec
def register_gates() -> Iterable[GateSpec]:  # type: ignore[empty-body]
    """Declare gates: rules that a challenger must pass."""


@_hookspec
def register_formats() -> Iterable[FormatSpec]:  # type: ignore[empty-body]
    """Declare formats of picture files that can be read, and written."""


@_hookspec
def register_commands() -> Iterable[CommandSpec]:  # type: ignore[empty-body]
    """Declare sub-commands of ``burnish``."""


@_hookspec
def on_training_started(event: events.TrainingStarted) -> None:
    """Called when a training begins or resumes."""


@_hookspec
def on_training_progressed(event: events.TrainingProgressed) -> None:
    """Called at intervals with the progress of a training."""


@_hookspec
def on_epoch_ended(event: events.EpochEnded) -> None:
    """Called after a validation during training."""


@_hookspec
def on_training_ended(event: events.TrainingEnded) -> None:
    """Called when a training has written its bundle."""


@_hookspec
def on_model_evaluated(event: events.ModelEvaluated) -> None:
    """Called when a scorecard is complete."""


@_hookspec
def on_model_registered(event: events.ModelRegistered) -> None:
    """Called when a new version is in the registry."""


@_hookspec
def on_promotion_decided(event: events.PromotionDecided) -> None:
    """Called after a decision, for or against promotion."""


@_hookspec
def on_run_failed(event: events.RunFailed) -> None:
    """Called when a run has failed."""
