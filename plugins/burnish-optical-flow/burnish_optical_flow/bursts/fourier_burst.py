"""Weighted Fourier burst accumulation: a frame's weight at a frequency grows with its magnitude there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

SMOOTHING = 50
"""k of the paper: the spectra's magnitudes are smoothed by a Gaussian with σ = side/k frequencies."""
LEAST = 1e-12
"""Magnitudes count as this at least, so that frames share a frequency that none of them has."""
GROUP = 8
"""Windows that are transformed at a time."""


def accumulate(frames: Sequence[Tensor], *, exponent: float, window: int) -> Tensor:
    """Fuse aligned frames into one picture, window by window.

    Camera shake only ever takes away from a spectrum, and at each frequency from another frame. In windows of
    ``window`` pixels that overlap by half:

        û = Σ w_i v̂_i,   w_i = |v̂_i|^p / Σ_j |v̂_j|^p,

    |v̂| being the mean magnitude over the channels, smoothed over neighbouring frequencies. p = 0 averages the frames,
    a large p takes the largest.

    References: M. Delbracio, G. Sapiro, "Burst Deblurring: Removing Camera Shake through Fourier Burst Accumulation",
    doi:10.1109/CVPR.2015.7298852; in windows: "Hand-held Video Deblurring via Efficient Fourier Aggregation",
    doi:10.1109/TCI.2015.2501245.

    Args:
        frames: T frames C,H,W that show the same scene in the same place.
        exponent: p.
        window: Side of the windows in pixels, even.

    Returns:
        C,H,W.
    """
    channels, height, width = frames[0].shape
    taper = _taper(window).to(frames[0])
    step = window // 2
    rows, columns = (-(-side // step) + 1 for side in (height, width))
    canvas = frames[0].new_zeros(channels, (rows + 1) * step, (columns + 1) * step)
    for row in range(rows):
        for some in _groups(columns):
            stack = torch.stack([_cut(frame, row, some, step) for frame in frames], dim=1)
            fused = _fused(stack * taper, exponent) * taper
            for column, piece in zip(some, fused, strict=True):
                y, x = row * step, column * step
                canvas[:, y : y + window, x : x + window] += piece
    return canvas[:, step : step + height, step : step + width].contiguous()


def _fused(stack: Tensor, exponent: float) -> Tensor:
    """Windows B,T,C,S,S → B,C,S,S."""
    side = stack.shape[-1]
    spectra = torch.fft.rfft2(stack)
    magnitude = _smoothed(spectra.abs().mean(dim=2, keepdim=True), side)
    shares = (magnitude / magnitude.amax(dim=1, keepdim=True)).pow_(exponent)
    shares /= shares.sum(dim=1, keepdim=True)
    fused: Tensor = torch.fft.irfft2((spectra * shares).sum(dim=1), s=(side, side))
    return fused


def _smoothed(magnitude: Tensor, side: int) -> Tensor:
    """Half spectra …,S,S/2+1, real and even, convolved with a Gaussian by a product of their transforms."""
    sigma = side / SMOOTHING
    frequency = torch.fft.fftfreq(side, device=magnitude.device, dtype=torch.float64)
    bell = torch.exp(-2 * (torch.pi * sigma * frequency) ** 2).to(magnitude)
    correlation = torch.fft.irfft2(magnitude, s=(side, side)) * (bell[:, None] * bell)
    smoothed: Tensor = torch.fft.rfft2(correlation).real
    return smoothed.clamp_min(LEAST)


def _taper(window: int) -> Tensor:
    """The sine window S,S: applied twice, windows that overlap by half sum to 1."""
    x = torch.sin(torch.pi * (torch.arange(window, dtype=torch.float64) + 0.5) / window)
    return x[:, None] * x


def _groups(columns: int) -> Iterator[range]:
    for first in range(0, columns, GROUP):
        yield range(first, min(first + GROUP, columns))


def _cut(frame: Tensor, row: int, columns: range, step: int) -> Tensor:
    """Windows B,C,S,S of one frame, which begins ``step`` pixels after the first window; mirrored outside."""
    y = _mirrored(torch.arange((row - 1) * step, (row + 1) * step, device=frame.device), frame.shape[1])
    lines = frame[:, y]
    windows = []
    for column in columns:
        x = _mirrored(torch.arange((column - 1) * step, (column + 1) * step, device=frame.device), frame.shape[2])
        windows.append(lines[:, :, x])
    return torch.stack(windows)


def _mirrored(index: Tensor, length: int) -> Tensor:
    """Indices outside 0…length−1 mirrored at the border, as often as necessary."""
    folded = index.remainder(2 * length)
    return torch.minimum(folded, 2 * length - 1 - folded)
