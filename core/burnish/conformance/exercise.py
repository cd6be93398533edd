"""The ordinary work of one thing of each kind, once: what the checks of its behaviour watch."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import torch

from burnish.conformance.samples import compared, needed, observed, pictures

if TYPE_CHECKING:
    from burnish.conformance.subject import Subject


def run(subject: Subject, instance: Any) -> None:
    """Let it do what it is for."""
    _WORK[subject.spec.kind](subject, instance)


def _restore(subject: Subject, restorer: Any) -> None:
    loaded = subject.loaded
    side = loaded.fitting(24)
    degraded = observed(loaded, side, side)
    told = needed(loaded, degraded)
    if isinstance(restorer, torch.nn.Module):
        restorer.eval()
    restorer(degraded.requires_grad_(False), **told)


def _degrade(subject: Subject, degrader: Any) -> None:
    shape = (1, 9, 3, 96, 84) if subject.spec.temporal == "video" else (1, 3, 96, 84)
    degrader(pictures(*shape), torch.Generator().manual_seed(0))


def _score(subject: Subject, metric: Any) -> None:
    estimate, reference = compared(subject.spec.of, 0.1)
    metric(estimate, reference if subject.spec.needs_reference else None)


def _judge(_: Subject, gate: Any) -> None:
    from burnish.conformance.scorecards import challenger, champion

    gate(challenger(gain=1.0), champion())


def _learn(subject: Subject, _: Any) -> None:
    from burnish.conformance.learners import one_step

    one_step(subject)


def _code(subject: Subject, codec: Any) -> None:
    from burnish.conformance.formats import sample

    if subject.spec.writes:
        content = codec.write(sample(subject.spec), quality=95)
        codec.read(io.BytesIO(content), max_pixels=10**6, allow_damaged=False)


def _observe(_: Subject, module: Any) -> None:
    from burnish.conformance.sample_events import observing, sample

    for name, observer in observing(module):
        with contextlib.suppress(OSError):  # no network here
            observer(event=sample(name))


_WORK: Mapping[str, Callable[[Subject, Any], None]] = {
    "restorers": _restore,
    "degraders": _degrade,
    "metrics": _score,
    "gates": _judge,
    "learners": _learn,
    "formats": _code,
    "observers": _observe,
}
