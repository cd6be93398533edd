"""Prepares pictures for a metric: rounding, luma, border."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import torch
from burnish.errors import EvaluationError
from numpy.typing import NDArray
from torch import Tensor

PEAK = 255.0
"""The data range of every metric here, also of studio luma, whose codes only span 16..235."""

DEEP = 65535.0
"""The largest level of 16 bit."""

Rounding: TypeAlias = Literal["file", "uint8", "uint16", "clip", "none"]
"""See ``Convention.rounding``."""

ONE = 0x3F800000
"""The bits of 1 in float32."""

CHUNK = 1 << 16
"""Values that are rounded at a time."""

Array: TypeAlias = NDArray[np.uint8 | np.float64]
"""H,W,C in 0..255: uint8 where the levels are whole, else float64. A view of contiguous planes (see ``planes``)."""


@dataclass(frozen=True, kw_only=True)
class Convention:
    """The preparation of both pictures before a comparison."""

    luma: bool = False
    """Compare BT.601 studio luma: computed from three channels; a single channel counts as luma."""
    border: int | str = "scale"
    """Pixels cut off at every side. ``scale``: as many as the picture was enlarged by, filled in by the evaluation;
    where there is none, 0."""
    rounding: Rounding = "file"
    """``uint8``, ``uint16``: clipped to [0, 1] and rounded half up to 8 or 16 bit; ``clip``: only clipped; ``none``: as
    it is. ``file``: as the reference's file is stored, filled in by the evaluation; where there is none, ``uint8``."""
    data_range: float = 1.0
    """Part of [0, 1] that counts as the whole range: it becomes 0..255, so that peak and constants belong to it."""

    def pairs(self, metric: str, estimate: Tensor, reference: Tensor | None) -> Iterator[tuple[Array, Array]]:
        """Yield each image's estimate and reference as H,W,C in 0..255, one pair at a time.

        Args:
            metric: Its id, for messages.
            estimate: N,C,H,W in [0, 1], on any device.
            reference: The same shape.

        Raises:
            EvaluationError: No reference, other shapes, other than 1 or 3 channels, a value that is not finite, or
                nothing left inside the border.
        """
        reference = comparable(metric, estimate, reference)
        for index in range(estimate.shape[0]):
            one = self._prepare(metric, "estimate", estimate[index])
            yield one, self._prepare(metric, "reference", reference[index])

    def alone(self, metric: str, estimate: Tensor) -> Iterator[Array]:
        """Yield each image's estimate as ``pairs`` does, for metrics without a reference; errors likewise."""
        if not _is_picture(estimate):
            raise EvaluationError(f"{metric}: the estimate is {_shape(estimate)}; give N×C×H×W with 1 or 3 channels")
        for picture in estimate:
            yield self._prepare(metric, "estimate", picture)

    def _prepare(self, metric: str, role: str, picture: Tensor) -> Array:
        values = picture.detach().cpu()
        pixels: NDArray[Any] = self._levels(metric, role, values).transpose(1, 2, 0)
        if self.data_range != 1.0:
            pixels = pixels / self.data_range
        if self.luma and pixels.shape[2] == 3:
            pixels = studio_luma(pixels)
        cut = self.border if isinstance(self.border, int) else 0
        height, width = pixels.shape[:2]
        if min(height, width) <= 2 * cut:
            raise EvaluationError(
                f"{metric}: nothing is left of {height}×{width} inside a border of {cut}; use larger pictures"
            )
        return pixels[cut : height - cut, cut : width - cut]

    def _levels(self, metric: str, role: str, values: Tensor) -> Array:
        """Finite values C,H,W as 0..255: uint8 if they are rounded to 8 bit, else float64."""
        if self.rounding in ("file", "uint8"):
            pieces = bytes_of(metric, role, values, np.empty(CHUNK, np.float32))
            return np.concatenate([piece.copy() for piece in pieces]).reshape(values.shape)
        values = values if values.dtype == torch.float64 else values.float()
        _finite(metric, role, values.numpy())
        if self.rounding != "none":
            values = values.clamp(0.0, 1.0)
        scale = PEAK
        if self.rounding == "uint16":  # as they would be written
            values, scale = values.float().mul(DEEP).add_(0.5).floor_(), PEAK / DEEP
        levels: Array = np.multiply(values.contiguous().numpy(), scale, dtype=np.float64)
        return levels


def bytes_of(metric: str, role: str, values: Tensor, room: NDArray[np.float32]) -> Iterator[NDArray[np.uint8]]:
    """Yield values of any shape as levels, clipped and rounded half up to 8 bit, flat, in pieces of ``room``'s size.

    Small pieces stay in the processor's cache. They share their memory, so copy what must last; so may the ``room`` of
    several pictures be the same.

    Raises:
        EvaluationError: A value is not finite.
    """
    flat = values.detach().cpu().float().contiguous().numpy().reshape(-1)
    levels = np.empty(room.size, np.uint8)
    for start in range(0, flat.size, room.size):
        part = flat[start : start + room.size]
        scaled, found = np.multiply(part, np.float32(PEAK), out=room[: part.size]), levels[: part.size]
        if part.view(np.uint32).max() > ONE:  # so are, as whole numbers, the bits of all floats beyond [0, 1], and NaN
            _finite(metric, role, part)
            np.minimum(np.maximum(scaled, np.float32(0.0), out=scaled), np.float32(PEAK), out=scaled)
        scaled += np.float32(0.5)
        np.copyto(found, scaled, casting="unsafe")  # cuts off what is behind the point
        yield found


def _finite(metric: str, role: str, values: NDArray[Any]) -> None:
    if not np.isfinite(values).all():
        raise EvaluationError(f"{metric}: the {role} contains NaN or infinite values; mask or fill them")


def planes(pixels: Array) -> Array:
    """The channels C,H,W of H,W,C: a view."""
    return pixels.transpose(2, 0, 1)


def studio_luma(pixels: Array) -> NDArray[np.float64]:
    """BT.601 studio luma ``Y = 16 + (65.481 R + 128.553 G + 24.966 B)/255`` of H,W,3 in 0..255, unrounded, H,W,1.

    Source: ITU-R BT.601-7, section 2.5; the coefficients as MATLAB's ``rgb2ycbcr`` has them.
    """
    y: NDArray[np.float64] = 16.0 + pixels @ (np.array([[65.481], [128.553], [24.966]]) / 255.0)
    return y


def full_luma(pixels: Array) -> NDArray[np.float64]:
    """BT.601 luma over the full range, ``Y = 0.299 R + 0.587 G + 0.114 B``, of H,W,C in 0..255: H,W, unrounded.

    A single channel is taken to be it already. Source: ITU-R BT.601-7, as JPEG (ITU-T T.871) uses it.
    """
    if pixels.shape[2] == 1:
        return pixels[..., 0].astype(np.float64)
    y: NDArray[np.float64] = pixels @ np.array([0.299, 0.587, 0.114])
    return y


def comparable(metric: str, estimate: Tensor, reference: Tensor | None) -> Tensor:
    """The reference, if it can be compared with the estimate.

    Raises:
        EvaluationError: There is none, shapes differ, or there are other than 1 or 3 channels.
    """
    if reference is None:
        raise EvaluationError(f"{metric}: there is no reference; give the clean picture")
    if estimate.shape != reference.shape or not _is_picture(estimate):
        raise EvaluationError(
            f"{metric}: the estimate is {_shape(estimate)} and the reference {_shape(reference)}; "
            "both must be N×C×H×W of the same size with 1 or 3 channels"
        )
    return reference


def _is_picture(estimate: Tensor) -> bool:
    return estimate.ndim == 4 and estimate.shape[1] in (1, 3)


def _shape(picture: Any) -> str:
    return "×".join(str(side) for side in picture.shape)
