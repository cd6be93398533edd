"""Wiener deconvolution with a prior of natural pictures, whose gradients are white."""

from __future__ import annotations

import math
from functools import partial

import torch
from torch import Tensor

from burnish_deconvolution.model.blur import Blur, hermitian_weights, picture, spectrum
from burnish_deconvolution.model.canvas import Boundary, Canvas
from burnish_deconvolution.model.recorded import Recorded
from burnish_deconvolution.model.transfers import TransferName
from burnish_deconvolution.solvers.deconvolver import Deconvolver
from burnish_deconvolution.solvers.quadratic import LEAST_SIGMA, MOST_STEPS

_LEAST_VARIANCE = 1e-6
"""Least g²: a picture without any gradient is taken for one with gradients of 0.001."""
ACCURACY = 0.01
"""Root-mean-square residual of the missing pixels, in units of the noise, at which a problem counts as solved."""
_LEAST_RATIO = 1e-6
"""Least noise-to-signal ratio: that of float32's rounding."""


class Wiener(Deconvolver):
    """The linear estimate of least expected error: x̂ = argmin ‖√M (K x − y)‖² + ν ‖∇x‖², ν = σ²/g² · ``balance``.

    A natural picture's power falls like 1/f²: its gradients are white, with variance g². That is found from y itself:
    ``g² = Σ |K|²|D|² (|Y|² − σ²) / Σ |K|⁴`` over all frequencies, D being the gradient's. Under a circular boundary the
    solution is ``K* Y / (|K|² + ν |D|²)``. Colour is restored as luma and two chroma channels, each with its own g²:
    there is far less in the latter. (Not where light was too much for the sensor, in a channel or more.)

    Reference: N. Wiener, "Extrapolation, Interpolation, and Smoothing of Stationary Time Series", 1949.
    """

    def __init__(
        self,
        *,
        balance: float = 3.0,
        steps: int = 1,
        boundary: Boundary = "unknown",
        transfer: TransferName = "linear",
    ) -> None:
        super().__init__(boundary=boundary, transfer=transfer)
        self.balance = balance
        self.steps = steps

    def _restored(
        self, degraded: Tensor, *, kernel: Tensor, sigma: Tensor, mask: Tensor | None, saturated: Tensor | None
    ) -> Tensor:
        """As ``__call__``, in linear light; colour as luma and chroma where one mask is for all channels."""
        solve = partial(super()._restored, kernel=kernel, sigma=sigma, mask=mask, saturated=saturated)
        lit = saturated is not None and bool(saturated.any())
        if degraded.shape[1] != 3 or lit or (mask is not None and mask.shape[1] != 1):
            return solve(degraded)
        turn = _OPPONENT.to(degraded)
        return mixed(solve(mixed(degraded, turn)), turn.T)

    def _scene(self, recorded: Recorded, blur: Blur, sigma: Tensor) -> Tensor:
        """The scene on the whole canvas."""
        size = recorded.canvas.size
        slope, power = gradient_power(size, recorded.values), blur.power
        known = recorded.start
        found = spectrum(known)
        variance = _gradient_variance(found, power, slope, sigma, recorded.canvas)
        diagonal = power + (self.balance * sigma.square() / variance).clamp_min(_LEAST_RATIO) * slope
        if recorded.weight is not None:
            missing = missing_light(known, found, recorded.weight, power / diagonal, sigma, steps=self.steps)
            found = found + spectrum(missing)
        return picture(blur.otf.conj() * found / diagonal, size)


def missing_light(known: Tensor, found: Tensor, weight: Tensor, gain: Tensor, sigma: Tensor, *, steps: int) -> Tensor:
    """What ``known`` lacks where nothing was recorded, for a solution x that agrees with its own blur there.

    Where all pixels count, H = K (KᵀK + ρ)⁻¹ Kᵀ turns what was recorded into its restored picture's blur, and is
    diagonal in Fourier space. With M = 1 − Q, the blur z that is missing must come back from H: with s = √Q (z − z₀)

        (1 − √Q H √Q) s = √Q (H z₀ − z₀),

    solved by conjugate gradients, where each picture of a batch stops by itself. It is the preconditioned system of
    ``DataTerm``, for the missing pixels alone.

    Args:
        known: The recorded values, continued by z₀; N,1,rows,columns.
        found: Its spectrum.
        weight: M; N,1,rows,columns or 1,1,rows,columns.
        gain: H in Fourier space.
        sigma: The noise, N,1,1,1.
        steps: Least number of steps.
    """
    size, count = (known.shape[-2], known.shape[-1]), len(known)
    where = (weight < 1.0).flatten(1).any(dim=0).nonzero()[:, 0]
    share = (1.0 - weight.flatten(1)[:, where]).clamp_min(0.0).sqrt()
    canvas = torch.zeros_like(known).flatten(1)

    def placed(s: Tensor) -> Tensor:
        return canvas.index_add(1, where, share * s).reshape(known.shape)

    def taken(x: Tensor) -> Tensor:
        return share * x.flatten(1).index_select(1, where)

    residual = taken(picture(gain * found, size) - known)
    missing = torch.zeros_like(residual)
    direction, energy = residual, residual.square().sum(dim=1, keepdim=True)
    missed = (share > 0).sum(dim=1, keepdim=True)
    enough = (ACCURACY * sigma.reshape(count, 1).clamp_min(LEAST_SIGMA)).square() * missed
    for step in range(max(steps, MOST_STEPS)):
        going = (energy > enough) | (step < steps)
        if not bool(going.any()):
            break
        image = direction - taken(picture(gain * spectrum(placed(direction)), size))
        length = going * energy / (direction * image).sum(dim=1, keepdim=True).clamp_min(_TINY)
        missing = missing + length * direction
        residual = residual - length * image
        before, energy = energy, residual.square().sum(dim=1, keepdim=True)
        direction = residual + (energy / before.clamp_min(_TINY)) * direction
    return placed(missing)


def mixed(picture: Tensor, turn: Tensor) -> Tensor:
    """The channels of N,3,H,W multiplied by a matrix."""
    return (turn @ picture.flatten(2)).reshape(picture.shape)


def gradient_power(size: tuple[int, int], like: Tensor) -> Tensor:
    """|D|² of the forward differences, 1,1,rows,columns/2+1: 4 sin²(π f) along each axis."""
    rows, columns = (torch.arange(length, dtype=torch.float64, device=like.device) / length for length in size)
    down, right = (4.0 * torch.sin(math.pi * f).square() for f in (rows, columns[: size[1] // 2 + 1]))
    return (down[:, None] + right).to(like)[None, None]


def _gradient_variance(observed: Tensor, power: Tensor, slope: Tensor, sigma: Tensor, canvas: Canvas) -> Tensor:
    """g² of each picture, N,1,1,1; ``observed`` is its spectrum, ``power`` that of the kernel."""
    weight = hermitian_weights(canvas.columns, slope) * power
    sloping, total = weight * slope, canvas.rows * canvas.columns
    signal = (sloping * (observed.real.square() + observed.imag.square())).sum(dim=(-2, -1), keepdim=True) / total
    signal = signal - sigma.square() * sloping.sum(dim=(-2, -1), keepdim=True)
    return (signal / (weight * power).sum(dim=(-2, -1), keepdim=True)).clamp_min(_LEAST_VARIANCE)


_OPPONENT = torch.tensor([[3**-0.5] * 3, [2**-0.5, 0.0, -(2**-0.5)], [6**-0.5, -2 * 6**-0.5, 6**-0.5]])
"""RGB → luma and two chroma channels: a rotation, so that noise stays as it is."""
_TINY = torch.finfo(torch.float32).tiny
