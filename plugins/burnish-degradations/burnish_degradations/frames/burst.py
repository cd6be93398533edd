"""A burst: several frames of one scene by a hand-held camera, each displaced, shaken, exposed differently and noisy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from burnish.protocols import Observation
from torch import Tensor
from torch.nn import functional

from burnish_degradations.blur.camera_shake import CameraShake
from burnish_degradations.blur.convolution import fast_length
from burnish_degradations.drawing import Range, bounds
from burnish_degradations.frames.burst_window import SPOILT, Window
from burnish_degradations.frames.interpolation import REACH, rotate, rotation_margin, shift_transfer
from burnish_degradations.gaussian_noise import add_noise, draw_noise
from burnish_degradations.replayable import Parameters, Replayable


class Burst(Replayable):
    """yₜ = gₜ · D (kₜ ∗ Wₜ x) + σ n for t = 0 … T−1, the reference being frame 0.

    Wₜ turns by at most ``rotation`` degrees about the centre and moves by at most ``shift`` pixels of the clean
    picture, in any direction; frame 0 does neither. kₜ is a hand's shake (see ``CameraShake``) of ``length`` pixels,
    centred on its mean, for frame 0 too. D is MATLAB's bicubic downscaling by ``scale`` without quantisation. gₜ is the
    exposure, uniform in 1 ± ``exposure``; 1 for frame 0.

    Every pixel is made of true ones: the frames, and the target with them, are the inner part of the clean picture,
    smaller by ``margin`` pixels at every side. ``flow`` is in pixels of the frames:
    reference(p) ≈ frameₜ(p + flowₜ(p)).
    """

    def __init__(
        self,
        *,
        frames: int = 8,
        shift: float = 2.0,
        rotation: float = 0.0,
        exposure: float = 0.0,
        length: Range = (0.0, 8.0),
        anxiety: Range = (0.001, 0.01),
        noise: Range = (0.0, 0.05),
        scale: int = 1,
    ) -> None:
        self.frames, self.scale = frames, scale
        self.shift, self.rotation, self.exposure, self.noise = shift, rotation, exposure, noise
        self.shake = CameraShake(length=length, anxiety=anxiety) if bounds(length)[1] > 0.0 else None
        self.radius = self.shake.side // 2 if self.shake else 0
        self._nominal: dict[str, Any] | None = None

    def draw(self, shape: tuple[int, ...], generator: torch.Generator) -> dict[str, Any]:
        """Of every frame ``shift`` ([dx, dy] in pixels), ``angle`` (degrees, counter-clockwise), ``gain``, ``shake``.

        They are lists of N lists of T; those of ``shake`` are ``CameraShake``'s, None without one. ``noise`` is as in
        ``GaussianNoise``, one for each burst.
        """
        count, many = shape[0], shape[0] * self.frames
        drawn = torch.rand(many, 4, generator=generator, dtype=torch.float64)
        distance, direction = self.shift * drawn[:, 0].sqrt(), 2.0 * math.pi * drawn[:, 1]
        shift = torch.stack([distance * direction.cos(), distance * direction.sin()], dim=-1)
        angle = self.rotation * (2.0 * drawn[:, 2] - 1.0)
        gain = 1.0 + self.exposure * (2.0 * drawn[:, 3] - 1.0)
        shift[:: self.frames], angle[:: self.frames], gain[:: self.frames] = 0.0, 0.0, 1.0
        shake = self.shake.draw_kernels(many, generator) if self.shake else None
        return {
            "shift": self._by_picture(shift.tolist()),
            "angle": self._by_picture(angle.tolist()),
            "gain": self._by_picture(gain.tolist()),
            "shake": {key: self._by_picture(values) for key, values in shake.items()} if shake else None,
            "noise": draw_noise(self.noise, count, generator),
        }

    def apply(self, clean: Tensor, parameters: Parameters) -> Observation:
        """N,C,H,W → degraded N,T,C,h,w, target N,C,s·h,s·w; conditions ``flow`` N,T,2,h,w, ``sigma`` N, ``scale``."""
        frames = self.A(clean, parameters)
        degraded, sigma = add_noise(frames.flatten(1, 2), parameters["noise"])
        window = self.window(clean.shape[2], clean.shape[3])
        shift, angle = _numbers(parameters["shift"], clean), _numbers(parameters["angle"], clean).deg2rad()
        flow = window.flow(angle, shift).to(clean.dtype)
        return Observation(
            degraded=degraded.reshape(frames.shape),
            target=window.target(clean),
            conditions={"flow": flow, "sigma": sigma, "scale": self.scale},
            parameters=dict(parameters),
        )

    def A(self, x: Tensor, parameters: Parameters | None = None) -> Tensor:  # noqa: N802
        """The frames without noise, N,C,H,W → N,T,C,h,w; by default with parameters drawn with seed 0."""
        parameters = parameters or self._usual(len(x))
        window = self.window(x.shape[2], x.shape[3])
        moved = x[:, None]
        if self.rotation:
            angle = _numbers(parameters["angle"], x).deg2rad()
            moved = rotate(moved.expand(-1, self.frames, -1, -1, -1), angle)
        size = _transform_size(window)
        spectrum = torch.fft.rfft2(moved, s=size) * self._transfer(parameters, size, x)
        start = window.margin - window.rim + self.radius
        stop = start + window.height + 2 * window.rim, start + window.width + 2 * window.rim
        frames: Tensor = torch.fft.irfft2(spectrum, s=size)[..., start : stop[0], start : stop[1]]
        if self.scale > 1:
            rows, columns = window.shrinking(x)
            frames = rows @ frames @ columns.mT
        return frames.contiguous()

    def A_adjoint(  # noqa: N802
        self, y: Tensor, parameters: Parameters | None = None, size: tuple[int, int] | None = None
    ) -> Tensor:
        """The transpose of ``A`` with the same parameters, N,T,C,h,w → N,C,H,W.

        ``size`` is that of the clean pictures (H, W); by default the smallest that gives such frames.
        """
        parameters = parameters or self._usual(len(y))
        window = self.window(*(size or self._smallest(y)))
        height, width = window.height + 2 * window.rim, window.width + 2 * window.rim
        if self.scale > 1:
            rows, columns = window.shrinking(y)
            y = rows.mT @ y @ columns
        whole = _transform_size(window)
        start = window.margin - window.rim + self.radius
        room = (start, whole[1] - start - width, start, whole[0] - start - height)
        spectrum = torch.fft.rfft2(functional.pad(y, room)) * self._transfer(parameters, whole, y).conj()
        kept = (..., slice(window.size[0]), slice(window.size[1]))
        if not self.rotation:
            total: Tensor = torch.fft.irfft2(spectrum.sum(dim=1), s=whole)[kept]
            return total.contiguous()
        angle = _numbers(parameters["angle"], y).deg2rad()
        return rotate(torch.fft.irfft2(spectrum, s=whole)[kept], angle, adjoint=True).sum(dim=1)

    def window(self, height: int, width: int) -> Window:
        """The part of clean pictures of that size that appears in frames and target."""
        return Window.inside((height, width), self.margin(height, width), self.scale)

    def margin(self, height: int, width: int) -> int:
        """Pixels that the frames need on every side of the clean picture, a multiple of the scale."""
        need = self.radius + rotation_margin(math.radians(self.rotation), height, width)
        need += math.ceil(self.shift) + REACH if self.shift else 0
        need += SPOILT * self.scale if self.scale > 1 else 0
        return -(-need // self.scale) * self.scale

    def _smallest(self, frames: Tensor) -> tuple[int, int]:
        height, width = (side * self.scale for side in frames.shape[-2:])
        margin = 0
        while (wanted := self.margin(height + 2 * margin, width + 2 * margin)) > margin:
            margin = wanted
        return height + 2 * margin, width + 2 * margin

    def _transfer(self, parameters: Parameters, size: tuple[int, int], like: Tensor) -> Tensor:
        """The transfer function of exposure, shift and shake for ``size``: N,T,1,rows,⌊columns/2⌋+1.

        The picture comes out ``radius`` pixels lower and farther right, since the kernels begin at 0.
        """
        shift, gain = _numbers(parameters["shift"], like), _numbers(parameters["gain"], like).to(like.dtype)
        rows = shift_transfer(shift[..., 1], size[0], half=False, like=like)
        columns = shift_transfer(shift[..., 0], size[1], half=True, like=like)
        transfer = (gain[..., None] * rows)[..., None] * columns[..., None, :]
        if self.shake is not None:
            flat = {key: [value for part in parts for value in part] for key, parts in parameters["shake"].items()}
            kernels = torch.from_numpy(self.shake.kernels(flat)).to(like)
            transfer = transfer * torch.fft.rfft2(kernels, s=size).reshape(transfer.shape)
        return transfer[:, :, None]

    def _usual(self, count: int) -> Parameters:
        """Parameters for ``count`` pictures, the same for each, drawn with seed 0."""
        if self._nominal is None:
            self._nominal = self.draw((1,), torch.Generator().manual_seed(0))
        return _repeated(self._nominal, count)

    def _by_picture(self, values: list[Any]) -> list[list[Any]]:
        return [values[start : start + self.frames] for start in range(0, len(values), self.frames)]


def _numbers(values: Any, like: Tensor) -> Tensor:
    return torch.tensor(values, dtype=torch.float64, device=like.device)


def _transform_size(window: Window) -> tuple[int, int]:
    return fast_length(window.size[0]), fast_length(window.size[1])


def _repeated(parameters: Parameters, count: int) -> dict[str, Any]:
    """The parameters of one picture, repeated for ``count`` pictures."""
    return {
        key: _repeated(value, count) if isinstance(value, Mapping) else value and value * count
        for key, value in parameters.items()
    }
