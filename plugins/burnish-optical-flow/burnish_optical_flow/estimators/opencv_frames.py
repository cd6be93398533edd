"""Converts tensors for OpenCV's estimators: one 8-bit plane per picture, of at least their smallest size."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from burnish_optical_flow.estimators.brightness import brightness

LEAST = 64
"""Sides in pixels below which a plane is grown by its replicated border: OpenCV's pyramids refuse smaller ones."""

Plane = NDArray[np.uint8]


def each_pair(first: Tensor, second: Tensor, calc: Callable[[Plane, Plane], NDArray[np.float32]]) -> Tensor:
    """N,C,H,W in [0, 1], twice → N,2,H,W, by ``calc`` of two planes H,W (0..255), which gives H,W,2."""
    height, width = first.shape[-2:]
    flows = []
    for one, two in zip(_planes(first), _planes(second), strict=True):
        found = calc(_grown(one), _grown(two))[:height, :width]
        flows.append(torch.from_numpy(np.ascontiguousarray(found.transpose(2, 0, 1))))
    return torch.stack(flows).to(device=first.device, dtype=torch.float32)


def _planes(frames: Tensor) -> Plane:
    levels = brightness(frames.detach()).cpu().clamp(0, 1).mul(255).add_(0.5).to(torch.uint8)
    found: Plane = levels[:, 0].numpy()
    return found


def _grown(plane: Plane) -> Plane:
    bottom, right = (max(0, LEAST - side) for side in plane.shape)
    grown: Plane = cv2.copyMakeBorder(plane, 0, bottom, 0, right, cv2.BORDER_REPLICATE)
    return grown
