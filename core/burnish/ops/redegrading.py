"""What a picture would look like if it were degraded again, without noise: blurred by a known kernel, made smaller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from burnish.ops.transfer import Transfer

REACH = 2
"""Pixels of the smaller picture that an operator which makes it may look at beyond one pixel: as many as cubic ones."""


def mean_of_cells(picture: Tensor, scale: int) -> Tensor:
    """1,C,H,W → 1,C,⌊H/s⌋,⌊W/s⌋: the mean of every cell of s×s values, float32 on the CPU."""
    if scale == 1:
        return picture
    height, width = (side // scale for side in picture.shape[-2:])
    planes = picture[0, :, : scale * height, : scale * width].detach().float().cpu().numpy()
    small = [cv2.resize(np.ascontiguousarray(one), (width, height), interpolation=cv2.INTER_AREA) for one in planes]
    return torch.from_numpy(np.stack(small))[None]


@dataclass(frozen=True, kw_only=True)
class Redegradation:
    """The part of a known degradation in which nothing is random: y = S k∗x, each part where it is known.

    Without any part it is the identity: what noise alone leaves.
    """

    kernel: Tensor | None = None
    """k,k of a blur, in the orientation of convolution."""
    curve: Transfer | None = None
    """By which values were converted to light before the blur, and back after it; None: the values were blurred."""
    scale: int = 1
    """The factor by which the picture becomes smaller, after the blur."""
    shrink: Callable[[Tensor], Tensor] | None = None
    """What makes it smaller; None: ``mean_of_cells``."""

    @property
    def margin(self) -> int:
        """Values at every side of the result that depend on what is beyond the picture's border."""
        if self.kernel is None:
            return 0
        further = 0 if self.shrink is None else REACH
        return -(-(self.kernel.shape[-1] // 2) // self.scale) + further

    def __call__(self, picture: Tensor) -> Tensor:
        """Degrade 1,C,H,W again: 1,C,H/s,W/s, float32 on the CPU; beyond the border the picture is mirrored."""
        found = picture.detach().float().cpu()
        if self.kernel is not None:
            light = found if self.curve is None else self.curve.to_light(found)
            blurred = _blurred(light, self.kernel)
            found = blurred if self.curve is None else self.curve.from_light(blurred)
        if self.shrink is not None:
            return self.shrink(found)
        return mean_of_cells(found, self.scale)


def _blurred(picture: Tensor, kernel: Tensor) -> Tensor:
    """1,C,H,W convolved with k,k."""
    weights = np.ascontiguousarray(kernel.detach().float().cpu().numpy()[::-1, ::-1])  # OpenCV correlates
    planes = [
        cv2.filter2D(np.ascontiguousarray(plane), -1, weights, borderType=cv2.BORDER_REFLECT_101)
        for plane in picture[0].numpy()
    ]
    return torch.from_numpy(np.stack(planes))[None]
