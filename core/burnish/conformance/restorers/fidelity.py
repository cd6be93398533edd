"""Does the estimate still show the picture: plain and extreme pictures, range, brightness, colours.

Brightness and colours are asked of what restores as it is installed: methods without training, and networks by the
first of the weights that ship with them; not of what only enhances.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from burnish.conformance.restorers.running import restored
from burnish.conformance.samples import conditions
from burnish.conformance.subject import Questions, Subject
from burnish.conformance.violation import demand
from burnish.inference import Restorer, load_restorer
from burnish.plugins.declarations import RestorerSpec

_SIDE = 48
_MEAN, _DIM = 0.05, 0.2
"""By how much the mean of a channel may change: of ordinary pictures; of dim ones, as part of it."""
_OUTSIDE = 0.5
"""How far beyond [0, 1] an estimate may go: some ringing at edges is usual."""
_FAINT = 1 / 16
"""The brightness of a dim picture: 12 bits in a file of 16."""

_TASKS = frozenset({"denoise", "deblur", "dejpeg", "super-resolve"})


def questions(spec: RestorerSpec) -> Questions:
    """Those that apply."""
    asked: Questions = [restores_flat_and_extreme_pictures]
    if spec.tasks & _TASKS and "enhance" not in spec.tasks and (spec.weights or not spec.trainable):
        asked += [keeps_the_range_of_values, keeps_the_brightness]
        if max(spec.channels) >= 3:
            asked.append(keeps_each_channel_in_its_place)
        asked.append(keeps_the_brightness_of_dim_pictures)
    return asked


def restores_flat_and_extreme_pictures(subject: Subject) -> None:
    """Black, white, grey, half saturated, nearly black, and every second pixel black: the estimate is finite."""
    loaded = subject.loaded
    for name, picture in _extremes():
        degraded = _frames(loaded, picture.expand(1, min(loaded.channels), -1, -1))
        found = restored(loaded, degraded)
        finite = bool(torch.isfinite(found).all())
        demand(finite, f"the estimate of {name} has NaN or infinity; guard divisions, logarithms and roots")


def keeps_the_range_of_values(subject: Subject) -> None:
    """A picture in [0, 1] comes back in [0, 1], but for some ringing."""
    _, found = _ordinary(subject)
    least, most = float(found.min()), float(found.max())
    demand(
        _inside(found),
        f"the values of a picture in [0, 1] come back from {least:.3g} to {most:.3g}; "
        "pictures are in [0, 1], not in [0, 255]",
    )


def keeps_the_brightness(subject: Subject) -> None:
    """The mean of a channel stays within 0.05."""
    degraded, found = _ordinary(subject)
    if not _inside(found):  # the question before this one tells
        return
    before, after = (float(each.mean()) for each in (degraded, found))
    demand(
        abs(after - before) <= _MEAN,
        f"the mean of a picture changes from {before:.3f} to {after:.3f}; restore it without an offset or a factor",
    )


def keeps_each_channel_in_its_place(subject: Subject) -> None:
    """Each channel of the estimate resembles the same channel of the picture most; they are red, green, blue."""
    degraded, found = _ordinary(subject)
    channels = degraded.shape[-3]
    height, width = degraded.shape[-2:]
    small = torch.nn.functional.adaptive_avg_pool2d(found.reshape(-1, *found.shape[-3:])[:1], (height, width))
    first = degraded.reshape(-1, *degraded.shape[-3:])[:1]
    rows = torch.cat((first, small), dim=1).flatten(2)[0]
    likeness = torch.corrcoef(rows.double())[:channels, channels:]
    if bool(likeness.isnan().any()):  # a flat estimate, of which the question of brightness tells
        return
    nearest = likeness.argmax(dim=0).tolist()
    demand(
        nearest == list(range(channels)),
        f"channel {nearest[0] + 1} of the picture is nearest to channel 1 of the estimate, and so on: {nearest}; "
        "channels are red, green, blue, in this order",
    )


def keeps_the_brightness_of_dim_pictures(subject: Subject) -> None:
    """A picture that fills a sixteenth of its range, as 12 bits in a file of 16, keeps its mean within a fifth."""
    ordinary, estimate = _ordinary(subject)
    if abs(float(estimate.mean() - ordinary.mean())) > _MEAN:  # the questions before this one tell
        return
    loaded = _as_installed(subject)
    degraded = _FAINT * ordinary
    told = conditions(loaded, degraded)
    found = restored(loaded, degraded, {**told, "sigma": _FAINT * torch.as_tensor(told["sigma"])})
    before, after = float(degraded.mean()), float(found.mean())
    demand(
        abs(after - before) <= _DIM * before,
        f"the mean of a dim picture changes from {before:.4f} to {after:.4f}: a constant depends on the range of "
        "values; make it relative, or declare learned=True, and the host scales dim pictures",
    )


def _ordinary(subject: Subject) -> tuple[Tensor, Tensor]:
    """A picture whose channels are unlike, the same in all frames, and its estimate."""
    if subject.ordinary is None:
        loaded = _as_installed(subject)
        line = torch.linspace(0, 1, loaded.fitting(_SIDE))
        waves = [0.45 + 0.2 * torch.sin(2 * torch.pi * rate * line) for rate in (1, 2, 3)]
        planes = [waves[0][:, None] + 0 * line, waves[1] + 0 * line[:, None], waves[2][:, None] + 0.1 * waves[0] - 0.04]
        channels = 3 if 3 in loaded.channels else min(loaded.channels)
        degraded = _frames(loaded, torch.stack([planes[index % 3] for index in range(channels)])[None])
        subject.ordinary = degraded, restored(loaded, degraded)
    return subject.ordinary


def _as_installed(subject: Subject) -> Restorer:
    """With the first of its weights, where it has any."""
    weights = sorted(subject.spec.weights)
    if not weights:
        return subject.loaded
    return load_restorer(f"{subject.entry.id}:{weights[0]}", device="cpu", catalog=subject.catalog)


def _frames(loaded: Restorer, picture: Tensor) -> Tensor:
    """1,C,H,W, or three frames alike, 1,3,C,H,W."""
    return picture if loaded.spec.temporal == "single" else picture[:, None].repeat(1, 3, 1, 1, 1)


def _inside(found: Tensor) -> bool:
    return bool(((found >= -_OUTSIDE) & (found <= 1 + _OUTSIDE)).all())


def _extremes() -> Iterator[tuple[str, Tensor]]:
    line = torch.arange(_SIDE)
    yield "a black picture", torch.zeros(_SIDE, _SIDE)
    yield "a white picture", torch.ones(_SIDE, _SIDE)
    yield "a flat grey picture", torch.full((_SIDE, _SIDE), 0.5)
    yield "a picture that is white on one half and black on the other", (line >= _SIDE // 2).float().expand(_SIDE, -1)
    yield "a nearly black picture", 1e-4 * (1 + line[:, None] % 2 * torch.ones(_SIDE))
    yield "a picture of black and white pixels in turn", ((line[:, None] + line) % 2).float()
