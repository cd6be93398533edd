"""Any restorer over a picture of any size: padded, tiled if memory requires it, assembled, cropped."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Unpack

import torch
from torch import Tensor

from burnish.errors import RestorationError
from burnish.inference.calling import NotFiniteError, TooLargeError
from burnish.inference.conditions import refuse_other_size
from burnish.inference.eager import FP32, Eager
from burnish.inference.engine import UnfitError
from burnish.inference.engines.choosing import choose, give_up
from burnish.inference.linear_light import curve_for, into_light, without_gaps
from burnish.inference.precision import settle
from burnish.inference.tiling.assembling import assemble
from burnish.inference.tiling.cutting import first_cut, smaller_cut
from burnish.inference.tiling.job import make_job
from burnish.inference.tiling.windows import slide
from burnish.inference.value_range import levels_for
from burnish.restorer.notes import computed
from burnish.restorer.options import RestoreKeywords, RestoreOptions, chosen
from burnish.restorer.restorer import Restorer

_log = logging.getLogger("burnish.inference")


@dataclass(frozen=True, kw_only=True)
class Restoration:
    """An estimate, and how it was made."""

    estimate: Tensor
    """N,C,sH,sW (of a clip: N,T,C,sH,sW), float32 on the CPU, not clipped."""
    engine: str
    """What computed it: ``eager``, ``compile``, ``onnx-runtime`` or ``openvino``."""
    precision: str
    """``fp32`` or ``bf16``."""
    tile: int
    """Side in input pixels of what a piece contributed; 0: the picture was not cut."""
    exact: bool = True
    """Whether it equals the uncut estimate to float32's rounding; False where pieces were feathered."""


def restore(
    loaded: Restorer,
    degraded: Tensor,
    conditions: Mapping[str, object] | None = None,
    options: RestoreOptions | None = None,
    **keywords: Unpack[RestoreKeywords],
) -> Tensor:
    """Restore pictures of any size; arguments and errors as ``restore_detailed``, returns only the estimate."""
    return restore_detailed(loaded, degraded, conditions, options, **keywords).estimate


def restore_detailed(
    loaded: Restorer,
    degraded: Tensor,
    conditions: Mapping[str, object] | None = None,
    options: RestoreOptions | None = None,
    **keywords: Unpack[RestoreKeywords],
) -> Restoration:
    """Restore pictures of any size, and report how.

    A piece consists of ``tile`` pixels and, around them, what the receptive field needs: with a finite receptive field
    the estimate equals the uncut one to float32's rounding. When memory runs out, pieces are halved and the
    restoration starts again. A clip that is longer than the restorer's window is restored in windows.

    Args:
        loaded: The restorer.
        degraded: N,C,H,W, or N,T,C,H,W for a restorer of bursts or clips; float32. NaN and infinity are for restorers
            that accept ``mask``, to which they are unknown values; others refuse them.
        conditions: What is known: ``kernel``, ``sigma``, ``scale``, ``mask``, ``saturated``, ``flow``; those that the
            restorer needs or accepts pass.
            ``white``: the value that is white, where it is not 1; learned restorers receive the picture and σ divided
            by it; values far beyond it are clipped before, and added again after the restoration.
        options: How it runs. For a restorer that works on light (``RestorerSpec.light``) the values are converted to
            light by the curve ``transfer``, ``sigma`` is converted, saturated pixels are marked, and the estimate is
            converted back. Without a curve: unchanged values, none saturated.
        keywords: Fields of ``RestoreOptions`` one by one.

    Raises:
        RestorationError: No picture, a missing need, not enough memory, an estimate that is not a picture, or one of
            another size with a ``strength`` below 1.
        PluginError: The restorer raised.
        UsageError: As ``RestoreOptions``.
    """
    options = chosen(options, keywords)
    if isinstance(degraded, Tensor) and degraded.ndim > 3:
        refuse_other_size(loaded, conditions or {}, degraded)
    degraded, conditions = without_gaps(loaded, degraded, conditions or {})
    curve, options = curve_for(loaded, options.transfer), replace(options, transfer=None)
    if curve is not None:
        light, told = into_light(degraded, conditions, curve, accepts=loaded.spec.accepts)
        done = restore_detailed(loaded, light, told, options)
        return replace(done, estimate=curve.from_light(done.estimate))
    levels = levels_for(loaded, conditions, degraded)
    if levels is not None:
        told = {**levels.told(loaded, conditions), "white": None}
        done = restore_detailed(loaded, levels.shown(degraded), told, options)
        return replace(done, estimate=levels.taken_back(done.estimate, degraded.detach().float().cpu()))
    if _is_long(loaded, degraded):
        return _in_windows(loaded, degraded, conditions, options)
    job = make_job(loaded, degraded, conditions)
    precision = settle(job, options.precision)
    cut = first_cut(job, options.tile, options.memory)
    engine = choose(job, cut, precision, options.engine)
    while True:
        try:
            estimate = assemble(job, cut, engine)
            break
        except UnfitError as error:
            give_up(job, engine, error)
            engine = Eager(precision)
        except NotFiniteError as error:
            if engine.name != "eager":
                give_up(job, engine, error)
                engine = Eager(precision)
            elif engine.precision == "fp32" or options.precision != "auto":
                raise
            else:
                engine = FP32
        except TooLargeError as error:
            cut = smaller_cut(job, cut, error)
    if cut.feathered and loaded.tiling == "overlap":
        _log.warning(
            "%s has a receptive field of %s pixels, too large for %d MiB: feathered tiles of %d approximate it; "
            "for the exact result give more memory (--memory MIB), or turn tiling off (--tile 0)",
            loaded.id, loaded.receptive_field, options.memory, cut.keep,
        )  # fmt: skip
    computed(f"{engine.name} {engine.precision}")
    estimate = _blended(loaded, degraded, estimate, options.strength)
    return Restoration(
        estimate=estimate, engine=engine.name, precision=engine.precision, tile=cut.keep, exact=not cut.feathered
    )


def _blended(loaded: Restorer, degraded: Tensor, estimate: Tensor, strength: float) -> Tensor:
    """The estimate, or part of the way to it; of a burst from its first frame."""
    if strength == 1.0:
        return estimate
    before = degraded if degraded.ndim == estimate.ndim else degraded[:, 0]
    if before.shape != estimate.shape:
        raise RestorationError(
            f"{loaded.label}: strength {strength:g} would blend the input with an estimate of another size; leave "
            "strength out, or use a restorer that keeps the size"
        )
    return before.detach().float().cpu().lerp(estimate, strength)


def _is_long(loaded: Restorer, degraded: Tensor) -> bool:
    video = loaded.spec.temporal == "video" and isinstance(degraded, Tensor) and degraded.ndim == 5
    return video and 0 < loaded.window < degraded.shape[1]


def _in_windows(
    loaded: Restorer, degraded: Tensor, conditions: Mapping[str, object], options: RestoreOptions
) -> Restoration:
    made: list[Restoration] = []

    def once(window: Tensor) -> Tensor:
        made.append(restore_detailed(loaded, window, conditions, options))
        return made[-1].estimate

    frames = (degraded[:, index] for index in range(degraded.shape[1]))
    estimates = slide(frames, once, window=loaded.window, overlap=loaded.window_overlap)
    estimate = torch.stack(list(estimates), dim=1)
    return replace(made[-1], estimate=estimate, exact=all(one.exact for one in made))
