"""The events for lifecycle observers: a frozen, picklable, JSON-able record per occasion. Results are ignored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, kw_only=True)
class Event:
    """Fields that all events share."""

    model: str
    """Name in the registry."""
    run: str = ""
    """Fingerprint or run id that binds the events of one retraining; empty outside of one."""

    def as_json(self) -> dict[str, object]:
        """The record as plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class TrainingStarted(Event):
    """A training begins, or resumes from a checkpoint."""

    restorer: str
    """Restorer id."""
    device: str
    """``cpu``, ``cuda:0``."""
    resumed_at: int = 0
    """The step from which it resumes; 0: from the beginning."""


@dataclass(frozen=True, kw_only=True)
class TrainingProgressed(Event):
    """Progress of a training: soon after its start, then at growing intervals of up to half a minute."""

    step: int
    """Optimizer steps so far."""
    total_steps: int
    """Of the budget; 0: the budget is time."""
    fraction: float
    """Part of the budget that is used, in [0, 1]."""
    loss: float
    """Training loss since the last such event, mean; of the first process where there are several."""
    learning_rate: float
    """Of the last step; of the first optimizer's first group where there are more."""
    steps_per_second: float
    """Since the last such event, validations included."""
    seconds_left: float
    """Until the budget is used up, at the mean speed so far; NaN before the first step is done."""


@dataclass(frozen=True, kw_only=True)
class EpochEnded(Event):
    """A validation took place."""

    step: int
    """Optimizer steps so far."""
    loss: float
    """Training loss since the last event, mean."""
    validation: float
    """PSNR in dB on the validation pictures; NaN where there are none."""


@dataclass(frozen=True, kw_only=True)
class TrainingEnded(Event):
    """A bundle was written."""

    bundle: str
    """Its folder."""
    steps: int
    """Optimizer steps."""
    seconds: float
    """Wall-clock time of the training, resumed parts included."""


@dataclass(frozen=True, kw_only=True)
class ModelEvaluated(Event):
    """A scorecard is complete."""

    subject: str
    """Whose it is."""
    means: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Benchmark → metric id → mean."""


@dataclass(frozen=True, kw_only=True)
class ModelRegistered(Event):
    """A version was registered."""

    version: str
    """Version in the registry."""


@dataclass(frozen=True, kw_only=True)
class PromotionDecided(Event):
    """The champion was changed, or kept, by a decision."""

    version: str
    """The version that was judged."""
    promoted: bool
    """Whether it is champion now."""
    champion: str
    """Version of the champion after the decision; empty: none."""
    reason: str
    """One sentence."""
    kind: str = ""
    """``promotion``, ``rejection``, ``rollback``, ``awaiting``, ``held``, ``veto``, ``freeze``, ``thaw``,
    ``abandoned``, ``lost``."""
    who: str = ""
    """Who decided."""


@dataclass(frozen=True, kw_only=True)
class RunFailed(Event):
    """A run has failed."""

    stage: str
    """``snapshot``, ``train``, ``evaluate``, ``register`` or ``decide``."""
    error: str
    """The error in one line."""


Notify = Callable[[str, Event], object]
"""Called with hook and event; the result is ignored."""
