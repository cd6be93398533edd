"""A restorer's estimate for an observation, for every combination of frames: per frame, the reference alone, or all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from burnish.errors import EvaluationError
from burnish.protocols import Observation
from burnish.restorer.options import RestoreOptions

if TYPE_CHECKING:
    from burnish.inference import Restoration, Restorer


def answer(loaded: Restorer, observation: Observation, options: RestoreOptions | None = None) -> Restoration:
    """Restore an observation; the estimate has the target's number of dimensions.

    A restorer of single pictures is given a burst's first frame, which is the reference, and a clip frame by frame. A
    single picture is for a restorer of bursts or clips the only frame.

    What the observation says of its ``transfer`` holds, and nothing else: a degrader that worked on the values as they
    are is undone in the same values.

    Args:
        loaded: The restorer.
        observation: Of a picture, burst or clip.
        options: How it runs; ``transfer`` is the observation's.

    Raises:
        EvaluationError: The restorer makes one picture of several frames, the observation is of a clip.
        RestorationError, PluginError: As ``burnish.inference.restore_detailed``.
    """
    from burnish.inference import restore_detailed

    degraded, kind = observation.degraded, loaded.spec.temporal
    options = options or RestoreOptions()
    engine = "eager" if options.engine == "auto" else options.engine  # figures must not depend on what is installed
    options = replace(options, transfer=observation.transfer, engine=engine)
    clip = observation.target.ndim == 5
    if clip and kind == "burst":
        raise EvaluationError(f"{loaded.label} makes one picture from several frames and cannot be evaluated on clips")
    if clip and kind == "single":
        return _frame_by_frame(loaded, observation, options)
    if kind == "single":
        degraded = reference_frame(degraded)
    elif degraded.ndim == 4:
        degraded = degraded[:, None]
    done = restore_detailed(loaded, degraded, observation.conditions, options)
    if done.estimate.ndim > observation.target.ndim:
        return replace(done, estimate=done.estimate[:, 0])
    return done


def reference_frame(degraded: Tensor) -> Tensor:
    """N,C,H,W: the picture itself, or the first of several frames."""
    return degraded if degraded.ndim == 4 else degraded[:, 0]


def shown(picture: Tensor, *, clip: bool) -> Tensor:
    """N,C,H,W: what stands for a picture, burst (its first frame) or clip (its middle one) where one is looked at."""
    return picture[:, picture.shape[1] // 2] if clip and picture.ndim == 5 else reference_frame(picture)


def _frame_by_frame(loaded: Restorer, observation: Observation, options: RestoreOptions) -> Restoration:
    from burnish.inference import restore_detailed

    frames = observation.degraded.unbind(dim=1)
    done = [restore_detailed(loaded, frame, observation.conditions, options) for frame in frames]
    estimate = torch.stack([one.estimate for one in done], dim=1)
    return replace(done[-1], estimate=estimate, exact=all(one.exact for one in done))
