"""The test inputs of the kit: pictures with edges, ramps and texture, and matching conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

if TYPE_CHECKING:
    from burnish.inference import Restorer


def pictures(*shape: int, seed: int = 0) -> Tensor:
    """…,C,H,W in [0, 1]: a ramp, a bright square and noise, different for each picture of a batch."""
    generator = torch.Generator().manual_seed(seed)
    height, width = shape[-2:]
    ramp = torch.linspace(0.1, 0.6, height)[:, None] + torch.linspace(0.0, 0.2, width)
    square = torch.zeros(height, width)
    square[height // 4 : height // 2 + 1, width // 3 : 2 * width // 3 + 1] = 0.2
    return (ramp + square + 0.1 * torch.rand(shape, generator=generator)).clamp(0, 1)


def observed(
    loaded: Restorer,
    height: int,
    width: int,
    *,
    batch: int = 1,
    channels: int | None = None,
    frames: int = 3,
    seed: int = 0,
) -> Tensor:
    """The input of the restorer: N,C,H,W, or N,T,C,H,W for bursts and clips with this number of frames."""
    lead = (batch,) if loaded.spec.temporal == "single" else (batch, frames)
    return pictures(*lead, channels or min(loaded.channels), height, width, seed=seed)


def conditions(loaded: Restorer, degraded: Tensor, *, seed: int = 0, side: int = 5) -> dict[str, Tensor | int]:
    """All known conditions with plausible values, unlike for each picture of a batch, and other ones for another seed.

    Gaussian kernels of ``side`` pixels, σ from 0.1 on, masks with holes; motion is none for the seed 0, else a shift.
    """
    batch, height, width = degraded.shape[0], *degraded.shape[-2:]
    place = torch.arange(batch) + 3.0 * seed
    away = torch.arange(side) - side // 2
    lines = torch.exp(-0.5 * (away / (0.2 * side * (1 + 0.15 * place))[:, None]).square())
    lines = lines / lines.sum(dim=1, keepdim=True)
    mask = torch.ones(batch, 1, height, width)
    for index in range(batch):
        mask[index, :, (index + seed) % 7 :: 7, (index + 2 * seed) % 5 :: 5] = 0
    frames = degraded.shape[:-3] if degraded.ndim == 5 else (batch,)
    flow = torch.zeros(*frames, 2, height, width)
    if degraded.ndim == 5:
        flow[:, 1:] = 1.5 * seed
    return {
        "kernel": lines[:, :, None] * lines[:, None, :],
        "sigma": 0.1 * (1 + 0.25 * place) / (1 + 0.02 * place.square()),
        "scale": loaded.scale,
        "mask": mask,
        "flow": flow,
    }


def needed(loaded: Restorer, degraded: Tensor) -> dict[str, Tensor | int]:
    """Those of ``conditions`` that the restorer needs, as the host hands them to it."""
    return {key: value for key, value in conditions(loaded, degraded).items() if key in loaded.spec.needs}


def compared(of: str, amount: float) -> tuple[Tensor, Tensor]:
    """Two estimates and their references, in the shape that a metric of that kind takes.

    Args:
        of: A word of ``burnish.plugins.declarations.COMPARED``.
        amount: Standard deviation of the noise by which they differ: in [0, 1] units for pictures and clips, ten times
            as many pixels for motion; kernels are blended with a flat one by twice that share. The estimates of
            ``shots``, ``probe`` and ``redegraded`` differ by it from the clean pictures, which these do not hold;
            those of ``enlarged`` by three times that share of the way to the plain enlargement, and noise of a tenth.
    """
    if of in {"shots", "probe", "redegraded"}:
        return _without_clean(of, amount)
    if of == "enlarged":
        return _enlarged(amount)
    generator = torch.Generator().manual_seed(5)
    if of == "kernel":
        line = torch.exp(-0.5 * torch.linspace(-3, 3, 15) ** 2)
        kernel = torch.outer(line, line.roll(2)).expand(2, 1, 15, 15).clone()
        kernel = kernel / kernel.sum(dim=(-2, -1), keepdim=True)
        return (1 - 2 * amount) * kernel + 2 * amount / 225, kernel
    if of == "flow":
        truth = 3 * pictures(2, 2, 48, 56)
        return truth + 10 * amount * torch.randn(truth.shape, generator=generator), truth
    clean = pictures(2, 5, 3, 48, 56) if of == "clip" else pictures(2, 3, 192, 200)
    noise = torch.randn(clean.shape, generator=generator)
    estimate = (clean + amount * noise).clamp(0, 1)
    if of == "interval":
        return torch.stack((estimate - HALF, estimate + HALF), dim=1), clean
    if of != "blind":
        return estimate, clean
    other = (clean + 0.01 * torch.randn(clean.shape, generator=generator)).clamp(0, 1)
    return estimate, torch.stack((clean, other), dim=1)


HALF = 0.05
"""Half the width of sample intervals, in [0, 1] units."""
NOISE = 0.1
"""σ of the noisy pictures that stand in for clean ones, in [0, 1] units."""
FAINT = 0.02
"""The same of pictures that an estimate is compared with after it was degraded again."""
KEPT = 0.1
"""The share of the noise that the probed restorer leaves."""
PROBE = 1e-3
"""σ of the small change of a probed picture, in [0, 1] units."""


def _without_clean(of: str, amount: float) -> tuple[Tensor, Tensor]:
    """Estimates N,C,H,W with N,S,C,H,W, S as ``of`` says; a probed restorer leaves a tenth of the noise."""
    generator = torch.Generator().manual_seed(5)
    clean = pictures(2, 3, 64, 72)
    error, *noise = torch.randn(5, *clean.shape, generator=generator)
    estimate = clean + amount * error
    if of == "shots":
        return estimate, torch.stack([clean + NOISE * field for field in noise], dim=1)
    if of == "redegraded":
        return estimate, torch.stack((clean + FAINT * noise[0], torch.full_like(clean, FAINT)), dim=1)
    noisy, change = clean + NOISE * noise[0], PROBE * noise[1]
    estimate = estimate + KEPT * (noisy - clean)
    variance = torch.full_like(clean, NOISE**2)
    return estimate, torch.stack((noisy, variance, noisy + change, estimate + KEPT * change), dim=1)


def _enlarged(amount: float) -> tuple[Tensor, Tensor]:
    """Estimates N,C,H,W of pictures of half the size, with N,2,C,H,W: the clean ones and their plain enlargement."""
    clean = pictures(2, 3, 64, 72)
    small = functional.avg_pool2d(clean, 2)
    plain = functional.interpolate(small, scale_factor=2, mode="bilinear", align_corners=False)
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(5))
    estimate = clean + 3 * amount * (plain - clean) + 0.1 * amount * noise
    return estimate, torch.stack((clean, plain), dim=1)
