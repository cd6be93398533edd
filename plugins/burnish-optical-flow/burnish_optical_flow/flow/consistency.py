"""Consistency of two flows: forward and back again must lead to the starting point."""

from __future__ import annotations

from torch import Tensor

from burnish_optical_flow.flow.warping import inside, warp


def consistency(forward: Tensor, backward: Tensor, *, tolerance: float = 1.0, share: float = 0.05) -> Tensor:
    """The agreement of forward and backward flow: 1 if perfect, falling smoothly to 0, and 0 outside the picture.

    e(x) = |w(x) + w′(x + w(x))| is compared with t = tolerance + share · |w(x)|: exp(−(e/t)²), so that occlusions and
    wrong matches count little. (N. Sundaram, T. Brox, K. Keutzer, doi:10.1007/978-3-642-15549-9_32, compare likewise.)

    Args:
        forward: N,2,H,W: first(x) ≈ second(x + forward(x)).
        backward: N,2,H,W: second(x) ≈ first(x + backward(x)).
        tolerance: Pixels of disagreement at which the result has fallen to 1/e where nothing moves.
        share: How much the tolerance grows with each pixel of motion.

    Returns:
        N,1,H,W in [0, 1].
    """
    error = (forward + warp(backward, forward)).square().sum(1, keepdim=True)
    limit = tolerance + share * forward.square().sum(1, keepdim=True).sqrt()
    return (-error / limit.square()).exp() * inside(forward)
