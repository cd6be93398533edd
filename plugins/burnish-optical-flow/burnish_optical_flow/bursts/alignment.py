"""Aligns the frames of a burst to the reference frame."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from burnish_optical_flow.estimators.by_name import Estimator
from burnish_optical_flow.estimators.pyramid import enlarged
from burnish_optical_flow.flow.consistency import consistency
from burnish_optical_flow.flow.warping import warp


def aligned(reference: Tensor, frame: Tensor, estimator: Estimator, *, shrink: int) -> Tensor:
    """The frame warped to the reference.

    Flow is estimated both ways on pictures ``shrink`` times smaller: camera shake moves the scene smoothly, and what
    blur does to fine details shall not be taken for motion. Where the two flows contradict each other (occlusions,
    moving things, what one frame does not show), the reference takes the frame's place, so that it is not disturbed.

    Reference: M. Delbracio, G. Sapiro, doi:10.1109/TCI.2015.2501245 (consistent registration).

    Args:
        reference: 1,C,H,W in [0, 1].
        frame: 1,C,H,W in [0, 1].
        estimator: Of the flow.
        shrink: How many times smaller the pictures are on which the flow is estimated; 1: not.
    """
    size = (reference.shape[-2], reference.shape[-1])
    small, other = (_shrunk(picture, shrink) for picture in (reference, frame))
    forward, backward = estimator(small, other), estimator(other, small)
    trust = consistency(forward, backward, tolerance=1 / shrink)
    trust = functional.interpolate(trust, size=size, mode="bilinear", align_corners=False)
    return reference.lerp(warp(frame, enlarged(forward, size)), trust)


def _shrunk(picture: Tensor, factor: int) -> Tensor:
    if factor == 1 or min(picture.shape[-2:]) < 2 * factor:
        return picture
    size = [round(side / factor) for side in picture.shape[-2:]]
    return functional.interpolate(picture, size=size, mode="area")
