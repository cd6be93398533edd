"""Restoring one picture with all other content of its file kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Unpack

import numpy as np
from torch import Tensor

from burnish.inference.conditions import refuse_other_size, with_mask
from burnish.inference.consistency import Consistency, consistency, known_degradation, slack
from burnish.inference.interval_pictures import IntervalPictures, interval_pictures
from burnish.inference.linear_light import curve_of_model, picture_curve, used_transfer
from burnish.inference.restoring import restore
from burnish.inference.unlike_training import unlike_training
from burnish.inference.value_range import white_in, with_white
from burnish.io import Picture, from_tensor, to_tensor
from burnish.io.metadata_loss import clipped
from burnish.ops.measures.noise import noise_sigma
from burnish.ops.measures.pixels import central
from burnish.ops.transfer import Transfer
from burnish.restorer.notes import hearing
from burnish.restorer.options import RestoreKeywords, RestoreOptions, chosen
from burnish.restorer.restorer import Restorer

MIDDLE = 1024
"""Side in pixels of the middle in which unknown noise is measured."""


@dataclass(frozen=True, kw_only=True)
class RestoredPicture:
    """A restored picture, and notes on it."""

    picture: Picture
    notes: tuple[str, ...] = ()
    """Notes for the user, each in a few words: how it was scaled, what was clipped."""
    transfer: str = ""
    """The curve by which its values were converted to light; empty if they were not."""
    doubtful: bool = False
    """Whether the restorer doubts it; why is in the notes."""
    engine: str = ""
    """What computed it, and in which precision: ``openvino bf16``."""
    interval: IntervalPictures | None = None
    """Between which values the true ones lie, where that was asked for."""
    consistency: Consistency | None = None
    """Where the estimate, degraded again, differs from the input; None where its degradation is not known."""


def restore_picture(
    loaded: Restorer,
    picture: Picture,
    conditions: Mapping[str, object] | None = None,
    options: RestoreOptions | None = None,
    **keywords: Unpack[RestoreKeywords],
) -> Picture:
    """The restored picture: same depth, alpha (resized if the picture grows), orientation and metadata.

    To a restorer of bursts or clips it is the only frame. Pixels are restored as they are stored, whatever the
    orientation tag says. A restorer that changes nothing gives
    back the very pixels. Float pictures are never clipped. Invalid pixels (NaN, no data) are filled for
    the restorer, left out of its ``mask`` where it takes one, and come back as they were. A learned restorer is shown
    a picture that fills little of its range, or more than it, on the scale that it was trained on.

    σ of the noise is estimated where the restorer needs it and nobody gives it.

    Where the degradation is known, the estimate is degraded again, and a note says where it contradicts the picture.

    A restorer whose model holds for light (deconvolution) is given light: by the curve of the picture, or by the one
    that ``transfer`` says (see ``burnish.io.transfer_of``).

    Raises:
        RestorationError, PluginError, UsageError: As ``restore_detailed``.
    """
    return restore_picture_detailed(loaded, picture, conditions, options, **keywords).picture


def restore_picture_detailed(
    loaded: Restorer,
    picture: Picture,
    conditions: Mapping[str, object] | None = None,
    options: RestoreOptions | None = None,
    coverage: float = 0.0,
    **keywords: Unpack[RestoreKeywords],
) -> RestoredPicture:
    """As ``restore_picture``, with notes.

    Args:
        loaded: The restorer.
        picture: What is restored.
        conditions: What is known of it.
        options: How it runs.
        coverage: The part of the values whose true ones lie within the interval that is given as well; 0: none is.
        keywords: Fields of ``RestoreOptions`` one by one.
    """
    options, degraded = chosen(options, keywords), to_tensor(picture)
    given = degraded if loaded.spec.temporal == "single" else degraded[:, None]
    refuse_other_size(loaded, conditions or {}, given)
    conditions, guessed = with_sigma(loaded, degraded, conditions or {})
    known = with_white(loaded, with_mask(conditions, picture.invalid), [picture])
    curve = picture_curve(loaded, picture, options.transfer)
    if curve is not None and options.transfer in (None, "auto"):
        known["curve"] = curve

    def once(picture: Tensor) -> Tensor:
        framed = picture if loaded.spec.temporal == "single" else picture[:, None]
        made = restore(loaded, framed, known, replace(options, transfer=curve))
        return made[:, 0] if made.ndim == 5 else made

    with hearing() as heard:
        estimate = once(degraded)
    agrees = _consistency(loaded, degraded, estimate, known, curve)
    found = None
    if coverage:
        found = interval_pictures(loaded, picture, degraded, estimate, coverage, known=known, again=once)
    notes = guessed + unlike_training(loaded, picture, white_in(known)) + scaled(known) + heard.notes
    notes += found.notes if found is not None else ()
    notes += agrees.note if agrees is not None else ()
    made = from_tensor(estimate, picture)
    if not np.array_equal(made.pixels, picture.pixels):
        notes, picture = notes + clipped(estimate, picture), made
    return RestoredPicture(
        picture=picture, notes=notes, transfer=used_transfer(loaded, curve), doubtful=heard.doubtful,
        engine=heard.engine, interval=found, consistency=agrees,
    )  # fmt: skip


def _consistency(
    loaded: Restorer, degraded: Tensor, estimate: Tensor, known: Mapping[str, object], curve: Transfer | None
) -> Consistency | None:
    again = known_degradation(loaded, known, curve_of_model(loaded, curve))
    return None if again is None else consistency(degraded, estimate, again, known, slack=slack(loaded))


def with_sigma(
    loaded: Restorer, degraded: Tensor, conditions: Mapping[str, object]
) -> tuple[Mapping[str, object], tuple[str, ...]]:
    """The conditions, with an estimate of σ where it is needed and unknown; and the note that says so."""
    if "sigma" not in loaded.spec.needs or conditions.get("sigma") is not None:
        return conditions, ()
    middle = central(degraded[0].nan_to_num(0.0, 0.0, 0.0).permute(1, 2, 0).contiguous().numpy(), MIDDLE)
    sigma = min(1.0, noise_sigma(middle))
    note = f"the noise was estimated, σ {255 * sigma:.1f}/255; give sigma to set it"
    return {**conditions, "sigma": sigma}, (note,)


def scaled(known: Mapping[str, object]) -> tuple[str, ...]:
    """The note that the picture was scaled for the restorer; empty if it was not."""
    white = white_in(known)
    if white is None or white == 1.0:
        return ()
    fact = f"fills 1/{1 / white:g}" if white < 1 else f"goes up to {white:g} times the white"
    return (f"{fact} of its range: scaled to the range of training for the restorer, and back",)
