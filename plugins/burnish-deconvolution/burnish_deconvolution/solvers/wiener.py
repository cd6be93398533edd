"""Wiener deconvolution with a prior of natural pictures, whose gradients are white."""

from __future__ import annotations

from torch import Tensor

from burnish_deconvolution.model.blur import Blur, filter_spectrum, hermitian_weights, picture, spectrum
from burnish_deconvolution.model.canvas import Boundary, Canvas
from burnish_deconvolution.model.recorded import Recorded
from burnish_deconvolution.model.transfers import TransferName
from burnish_deconvolution.solvers.deconvolver import Deconvolver
from burnish_deconvolution.solvers.quadratic import DataTerm

_LEAST_VARIANCE = 1e-6
"""Least g²: a picture without any gradient is taken for one with gradients of 0.001."""
_LEAST_RATIO = 1e-6
"""Least noise-to-signal ratio: that of float32's rounding."""


class Wiener(Deconvolver):
    """The linear estimate of least expected error: x̂ = argmin ‖√M (K x − y)‖² + ν ‖∇x‖², ν = σ²/g² · ``balance``.

    A natural picture's power falls like 1/f²: its gradients are white, with variance g². That is found from y itself:
    ``g² = Σ |K|²|D|² (|Y|² − σ²) / Σ |K|⁴`` over all frequencies, D being the gradient's. Under a circular boundary the
    solution is ``K* Y / (|K|² + ν |D|²)``.

    Reference: N. Wiener, "Extrapolation, Interpolation, and Smoothing of Stationary Time Series", 1949.
    """

    def __init__(
        self,
        *,
        balance: float = 3.0,
        steps: int = 12,
        boundary: Boundary = "unknown",
        transfer: TransferName = "linear",
    ) -> None:
        super().__init__(boundary=boundary, transfer=transfer)
        self.balance = balance
        self.steps = steps

    def _scene(self, recorded: Recorded, blur: Blur, sigma: Tensor) -> Tensor:
        """The scene on the whole canvas."""
        size = recorded.canvas.size
        slope = gradient_power(size, recorded.values)
        found = spectrum(recorded.start)
        variance = _gradient_variance(found, blur.otf, slope, sigma, recorded.canvas)
        ratio = (self.balance * sigma.square() / variance).clamp_min(_LEAST_RATIO)
        return picture(DataTerm(blur, recorded, sigma, steps=self.steps).solve(ratio * slope, None, found), size)


def gradient_power(size: tuple[int, int], like: Tensor) -> Tensor:
    """|D|² of the forward differences, 1,1,rows,columns/2+1."""
    down = filter_spectrum([[-1.0], [1.0]], size, like)
    right = filter_spectrum([[-1.0, 1.0]], size, like)
    return down.abs().square() + right.abs().square()


def _gradient_variance(observed: Tensor, otf: Tensor, slope: Tensor, sigma: Tensor, canvas: Canvas) -> Tensor:
    """g² of each picture, N,1,1,1; ``observed`` is its spectrum."""
    weight, often = otf.abs().square(), hermitian_weights(canvas.columns, slope)
    power = observed.abs().square() / (canvas.rows * canvas.columns)
    signal = (often * weight * slope * (power - sigma.square())).sum(dim=(-2, -1), keepdim=True)
    return (signal / (often * weight.square()).sum(dim=(-2, -1), keepdim=True)).clamp_min(_LEAST_VARIANCE)
