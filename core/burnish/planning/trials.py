"""How good a restorer is for this very picture, told from the picture alone, on its middle."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from burnish.inference import Restorer, restore
from burnish.ops.resampling import resize
from burnish.planning.plan import MOST

SIDE = 256
"""Pixels of the middle that is tried, at most."""
MOST_ALIKE = 0.7
"""Correlation with the next pixel that an average of three pixels can make."""
SMALLEST = 8
"""Pixels of the shorter side of a reduced picture on which enlarging is tried."""
STEP = 2e-3
"""Size of the change by which Stein's estimate probes a restorer, in [0, 1]."""
LEAST = 1e-9
"""Errors below this count as this."""
CLEAR = 2.0
"""Standard deviations of noise from black and white, where they cut off little of it."""
REACH = 3
"""Pixels on each side over which the brightness is averaged that tells where noise is cut off."""
FEWEST = 0.02
"""Share of the samples that must be clear of black and white; otherwise all count."""


def gain_by_stein(loaded: Restorer, noisy: Tensor, sigma: float, told: dict[str, object]) -> float:
    """By how many dB the restored picture is nearer to the clean one than the noisy one is.

    Stein's unbiased estimate of the error, for independent Gaussian noise; a random ±1 probes the divergence
    (Ramani et al. 2008, doi:10.1109/TIP.2008.2001404). Near black and white, which cut off noise, samples do not count.

    From ``MOST`` on, only the order of restorers holds: the difference of two large figures then depends on how well σ
    is known, which is the same for all of them.

    Args:
        loaded: The restorer.
        noisy: N,C,H,W.
        sigma: Standard deviation of its noise.
        told: Conditions.
    """
    counts = _clear_of_black_and_white(noisy, CLEAR * sigma)
    sign = torch.randint(0, 2, noisy.shape, generator=torch.Generator().manual_seed(0)).to(noisy) * 2.0 - 1.0
    estimate = restore(loaded, noisy, told, precision="fp32")
    moved = restore(loaded, noisy + STEP * sign, told, precision="fp32") - estimate
    divergence = float((sign * moved)[counts].double().mean()) / STEP
    share = float((estimate - noisy)[counts].double().square().mean()) / sigma**2 + 2.0 * divergence - 1.0
    least = 10.0 ** (-MOST / 10.0)
    return -10.0 * math.log10(share) if share > least else MOST + least - share


def _clear_of_black_and_white(noisy: Tensor, distance: float) -> Tensor:
    """Which samples have a mean around them that is so far from both; all, where they are few."""
    around = functional.pad(noisy, (REACH, REACH, REACH, REACH), mode="replicate")
    mean = functional.avg_pool2d(around, 2 * REACH + 1, 1)
    clear = (mean > distance) & (mean < 1.0 - distance)
    return clear if float(clear.float().mean()) >= FEWEST else torch.ones_like(clear)


def gain_by_adding(
    loaded: Restorer,
    picture: Tensor,
    sigma: float,
    told: dict[str, object],
    neighbours: float | None = None,
    between_channels: float | None = None,
) -> float:
    """By how many dB it undoes Gaussian noise that is added to the picture at half the size, where its own is weaker.

    Args:
        loaded: The restorer.
        picture: 1,C,H,W.
        sigma: Standard deviation of the noise.
        told: Conditions.
        neighbours: Correlation of the noise with the next pixel, −1..1; below 0, and None: independent.
        between_channels: Of two channels, likewise.
    """
    small = resize(picture, 0.5).clamp(0.0, 1.0)
    noisy = Faults(sigma=sigma, neighbours=neighbours, between_channels=between_channels).on(small)
    return _psnr(restore(loaded, noisy, told), small) - _psnr(noisy, small)


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What was done to a picture: noise, then JPEG."""

    sigma: float = 0.0
    """Standard deviation of the noise; 0: there is none."""
    neighbours: float | None = None
    """Correlation of the noise with the next pixel, −1..1; below 0, and None: independent."""
    between_channels: float | None = None
    """Of two channels, likewise."""
    quality: int | None = None
    """Of the JPEG; None: it was not compressed."""

    def on(self, picture: Tensor) -> Tensor:
        """The same done to 1,C,H,W; the noise is always the same."""
        draw, common = torch.Generator().manual_seed(0), max(0.0, self.between_channels or 0.0)
        own, shared = (torch.randn((1, count, *picture.shape[-2:]), generator=draw) for count in (picture.shape[1], 1))
        noise = (1.0 - common) ** 0.5 * own + common**0.5 * shared
        noisy = picture + self.sigma * _correlated(noise, min(max(self.neighbours or 0.0, 0.0), MOST_ALIKE))
        return noisy if self.quality is None else _compressed(noisy.clamp(0.0, 1.0), self.quality)


def _correlated(noise: Tensor, neighbours: float) -> Tensor:
    """White noise N,C,H,W of deviation 1, averaged so that the next pixel's is as much alike."""
    if neighbours == 0.0:
        return noise
    side = (1.0 - math.sqrt(1.0 - 2.0 * neighbours**2)) / (2.0 * neighbours)
    taps = torch.tensor([side, 1.0, side]) / math.sqrt(1.0 + 2.0 * side**2)
    weight = torch.outer(taps, taps).expand(noise.shape[1], 1, 3, 3)
    padded = functional.pad(noise, (1, 1, 1, 1), mode="replicate")
    return functional.conv2d(padded, weight, groups=noise.shape[1])


def gain_by_compressing(loaded: Restorer, picture: Tensor, quality: int, told: dict[str, object]) -> float:
    """By how many dB it undoes the same compression of the picture at half the size, where its own artefacts are mostly
    averaged away.

    Args:
        loaded: The restorer.
        picture: 1,C,H,W, compressed.
        quality: Of its compression.
        told: Conditions.
    """
    small = resize(picture, 0.5).clamp(0.0, 1.0)
    coded = _compressed(small, quality)
    return _psnr(restore(loaded, coded, told), small) - _psnr(coded, small)


def gain_by_reducing(loaded: Restorer, picture: Tensor, scale: int, told: dict[str, object]) -> float:
    """By how many dB it enlarges a reduced version of the picture better than bicubic interpolation does; 0 where the
    picture is too small to tell.
    """
    height, width = (side // scale * scale for side in picture.shape[-2:])
    if min(height, width) < SMALLEST * scale:
        return 0.0
    whole = picture[..., :height, :width]
    small = resize(whole, 1.0 / scale)
    inner = (..., slice(scale, height - scale), slice(scale, width - scale))
    enlarged = restore(loaded, small, told)
    return _psnr(enlarged[inner], whole[inner]) - _psnr(resize(small, float(scale))[inner], whole[inner])


def reduced_with(picture: Tensor, scale: int, faults: Faults) -> tuple[Tensor, Tensor] | None:
    """The picture at half the size, where its own faults are mostly averaged away, and that made smaller, with faults.

    None: it is too small.

    Args:
        picture: 1,C,H,W.
        scale: By how much the second is smaller than the first.
        faults: What is wrong with the second.
    """
    height, width = (side // (2 * scale) * 2 * scale for side in picture.shape[-2:])
    if min(height, width) < 2 * SMALLEST * scale:
        return None
    whole = resize(picture[..., :height, :width], 0.5).clamp(0.0, 1.0)
    return whole, faults.on(resize(whole, 1.0 / scale).clamp(0.0, 1.0))


def inner_psnr(estimate: Tensor, whole: Tensor, border: int) -> float:
    """PSNR in dB without the border."""
    inner = (..., slice(border, -border), slice(border, -border))
    return _psnr(estimate[inner], whole[inner])


def _compressed(picture: Tensor, quality: int) -> Tensor:
    """1,C,H,W as JPEG in memory makes it."""
    pixels = (picture[0] * 255.0).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy()
    code = cv2.COLOR_RGB2BGR if pixels.shape[2] == 3 else None
    stored = pixels if code is None else cv2.cvtColor(pixels, code)
    coded = cv2.imencode(".jpg", stored, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    decoded = np.asarray(cv2.imdecode(coded, cv2.IMREAD_UNCHANGED))
    decoded = decoded[:, :, None] if code is None else cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)
    return torch.from_numpy(decoded).permute(2, 0, 1)[None].float() / 255.0


def _psnr(one: Tensor, other: Tensor) -> float:
    return _decibels(float((one.clamp(0.0, 1.0) - other.clamp(0.0, 1.0)).double().square().mean()))


def _decibels(error: float) -> float:
    return -10.0 * math.log10(max(error, LEAST))
