"""What scores rest on without clean pictures: other shots, neighbouring pixels, or the response to a small change."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from burnish.data.items import Item
from burnish.data.known import Known, read_known
from burnish.errors import EvaluationError
from burnish.evaluation.benchmarks.benchmark import Benchmark
from burnish.evaluation.benchmarks.degraded_inputs import image_seed, read_shots
from burnish.ops.measures.correlation import CORRELATED, CORRELATED_ALONE, Plane, channel_correlation, noise_correlation
from burnish.ops.measures.pixels import LUMA
from burnish.ops.noise import NoiseModel
from burnish.plugins.declarations import MetricSpec
from burnish.protocols import Observation

PROBE = 2e-3
"""Standard deviation of the change, in [0, 1]: small beside any noise, large beside float32's rounding."""

Restore = Callable[[Observation], Tensor]
"""Restores an observation, N,C,H,W, in float32."""


def shots(
    item: Item, observation: Observation, estimate: Tensor, restore: Restore, *, colour: str
) -> tuple[Tensor, Tensor, Tensor]:
    """The input, its estimate, and the independent noisy pictures to compare with, 1,S,C,H,W.

    Of a scene, the other shots. Of a single picture, its pixels are split by the four places of a 2×2 cell: the first
    is restored and the other three are compared with. Their content is shifted by half a cell, so that the scores are
    biased, the more the finer the picture.

    Args:
        item: The image.
        observation: Of its degraded picture.
        estimate: Of that.
        restore: For the smaller picture.
        colour: How files are read.

    Raises:
        DataError: Shots differ in size.
        EvaluationError: The picture is too small to be split.
    """
    if item.shots:
        return observation.degraded, estimate, read_shots(item, colour)
    try:
        first, others = neighbours(observation.degraded)
    except EvaluationError as error:
        raise EvaluationError(f"{item.name}: {error}") from error
    return first, restore(replace(observation, degraded=first, target=first)), others


def neighbours(noisy: Tensor) -> tuple[Tensor, Tensor]:
    """A noisy picture N,C,H,W split by the four places of a 2×2 cell.

    Returns:
        The first place, N,C,H/2,W/2, and the other three, N,3,C,H/2,W/2.

    Raises:
        EvaluationError: It is smaller than a cell.
    """
    height, width = noisy.shape[-2] // 2 * 2, noisy.shape[-1] // 2 * 2
    if min(height, width) < 2:
        raise EvaluationError("the picture is too small to be split into neighbouring pixels; remove it")
    whole = noisy[..., :height, :width]
    first, *others = (whole[..., top::2, left::2] for top, left in ((0, 0), (1, 1), (0, 1), (1, 0)))
    return first.contiguous(), torch.stack(others, dim=1)


def probe(
    item: Item, observation: Observation, restore: Restore, *, noise: NoiseModel | None, seed: int
) -> tuple[Tensor, Tensor]:
    """For SURE: noisy picture, variance of its noise, and a slightly changed picture, 1,3,C,H,W; and its estimate.

    The change is independent between pixels and channels, as SURE takes the noise to be. A grey picture that is read as
    RGB has the same noise in all channels, so its change is the same in all, too.

    Args:
        item: The image.
        observation: Of its degraded picture.
        restore: For the changed picture.
        noise: Of pictures that no file says it of.
        seed: The benchmark's.

    Raises:
        EvaluationError: The noise is not known.
    """
    noisy = observation.degraded
    variance = model_of(item, noise).variance(noisy)
    change = torch.randn(noisy.shape, generator=torch.Generator().manual_seed(image_seed(seed, f"probe {item.name}")))
    if bool((noisy == noisy[:, :1]).all()):
        change = change[:, :1]
    changed = noisy + PROBE * change
    return torch.stack([noisy, variance, changed], dim=1), restore(replace(observation, degraded=changed))


def model_of(item: Item, noise: NoiseModel | None) -> NoiseModel:
    """The noise of an image: of the file beside it, else the benchmark's.

    Raises:
        EvaluationError: Neither says it.
        DataError: The file beside it is wrong.
    """
    assert item.observed is not None
    known = read_known(item.observed)
    if known.gain is not None or known.read_noise is not None or known.sigma is not None:
        return _as_model(known)
    if noise is None:
        raise EvaluationError(
            f"{item.name}: its noise is not known; give noise in the benchmark, or write it into "
            f"{item.observed.stem}.json (`burnish noise calibrate` finds it)"
        )
    return noise


def correlations(degraded: Tensor, others: Tensor | None) -> list[float]:
    """How alike the noise of neighbouring pixels, or of channels, of a picture 1,C,H,W is, −1..1; nothing: unknown.

    Of a grey picture that is read as RGB the channels do not count: their noise is the same, and ``probe`` knows.

    Args:
        degraded: The picture.
        others: Other shots of its scene, 1,S,C,H,W: then from the difference of the first, which is noise alone.
    """
    channels, guide = _channels(degraded), None if others is None else _channels(others[:, 0])
    noise = channels if guide is None else channels - guide
    luma = noise_correlation(_luma(noise), None if guide is None else _luma(guide))
    found = [] if luma is None else [luma.largest]
    if not (channels == channels[:1]).all() and (between := channel_correlation(noise, guide)) is not None:
        found.append(between)
    return [max(found)] if found else []


def doubt(spec: MetricSpec, benchmark: Benchmark, found: Sequence[float]) -> str:
    """Why a difference of scores of this metric proves nothing, with the mend; empty: it does, or is not known to fail.

    Measured with ``benchmarks/without_clean.py`` on BSD68 with noise of σ = 25/255: of 110 verdicts by neighbouring
    pixels 7 promote a restorer that is truly worse, and the difference of two restorers is off by up to 2.7 dB; none
    of those by SURE does. SURE itself takes the noise of neighbours for independent.

    Args:
        spec: The metric.
        benchmark: On which it was asked.
        found: The ``correlations`` of its images.
    """
    if not spec.ranks:
        return "its figure ranks nothing; name the metric that should be better"
    if spec.of == "shots" and benchmark.shots is None:
        return (
            "neighbouring pixels show other places, which favours some restorers by more than they gain; "
            "give shots of each scene, clean pictures, or the noise for metrics/sure (`burnish noise calibrate`)"
        )
    limit = CORRELATED if benchmark.shots is not None else CORRELATED_ALONE
    if spec.of == "probe" and found and (middle := statistics.median(found)) > limit:
        return (
            f"SURE assumes independent noise, and that of neighbouring pixels or of channels is correlated by "
            f"{middle:.2f} (median of {len(found)} images); give shots of each scene, or clean pictures"
        )
    return ""


def _channels(picture: Tensor) -> Plane:
    """C,H,W of 1,C,H,W."""
    channels: Plane = picture[0].float().cpu().numpy()
    return channels


def _luma(channels: Plane) -> Plane:
    """Luma H,W of 3,H,W; of another number of channels their mean."""
    weights = LUMA if len(channels) == len(LUMA) else np.full(len(channels), 1 / len(channels), np.float32)
    return np.tensordot(weights, channels, axes=1)


def _as_model(known: Known) -> NoiseModel:
    read_noise = known.read_noise if known.read_noise is not None else known.sigma
    return NoiseModel(gain=known.gain or 0.0, read_noise=read_noise or 0.0, offset=known.offset or 0.0)
