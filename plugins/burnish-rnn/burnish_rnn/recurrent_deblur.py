"""Restores a clip by features propagated in both directions of time, along the motion."""

from __future__ import annotations

import torch
from burnish.ops.alignment import warp
from torch import Tensor, nn
from torch.nn import functional

from burnish_rnn.motion_taps import TAPS, along, flows_between, streaks, velocities
from burnish_rnn.residual_block import ResidualBlock, zero_convolution

COARSER = 4
"""Side in pixels of the cells on whose grid the network works, with their pixels as channels."""


class Propagation(nn.Module):
    """One time step in one direction: the features of a frame and the previous state → the next state."""

    def __init__(self, width: int, blocks: int) -> None:
        super().__init__()
        self.joining = nn.Conv2d(2 * width, width, 3, padding=1)
        self.blocks = nn.Sequential(*(ResidualBlock(width) for _ in range(blocks)))

    def forward(self, features: Tensor, before: Tensor) -> Tensor:
        """N,W,H,W twice → N,W,H,W."""
        joined = torch.cat([features, before.to(features.dtype)], dim=1)
        handed: Tensor = self.blocks(functional.relu(self.joining(joined)))
        return handed


class RecurrentDeblur(nn.Module):
    """estimateₜ = yₜ + Σ_τ wτ ∘ sτ + r: filtered along its motion, and corrected; w and r by a recurrent network.

    Propagation, alignment and aggregation as in BasicVSR (Chan et al. 2021, arXiv 2012.02181), at the size of the clip
    and on a grid of 4×4 pixels, as deblurring allows (ESTRNN, Zhong et al. 2020, doi:10.1007/978-3-030-58539-6_12):
    aₜ = P(fₜ, aₜ₋₁ moved to frame t), bₜ = Q(fₜ, bₜ₊₁ moved to frame t), (w, r) = R(fₜ, aₜ, bₜ). The motion is
    registered and not learned (``registration``), so that no other network's weights are needed and training is short.
    What f sees: the frame, its neighbours moved to it, and sτ, the frame's samples along its own motion
    (``motion_taps``), of which w predicts a filter for every pixel (kernel prediction, Mildenhall et al. 2018,
    arXiv 1712.02327). Where there is no neighbour, the frame takes its place; so one frame works, by the same weights
    and operations.

    ``recurrent=False`` is the single-frame network of the same weights and multiplications: each frame is its own
    neighbours and nothing moves. Takes N,T,C,H,W with any T ≥ 1, sides multiples of 4. An untrained network returns
    what it is given.
    """

    size_multiple = COARSER

    def __init__(
        self, *, channels: int = 3, width: int = 48, blocks: int = 3, closing_blocks: int = 1, recurrent: bool = True
    ) -> None:
        super().__init__()
        self.recurrent = recurrent
        cells = COARSER**2
        self.opening = nn.Conv2d((3 + len(TAPS)) * channels * cells + 3, width, 3, padding=1)
        self.forwards = Propagation(width, blocks)
        self.backwards = Propagation(width, blocks)
        self.aggregation = nn.Conv2d(3 * width, width, 3, padding=1)
        self.body = nn.Sequential(*(ResidualBlock(width) for _ in range(closing_blocks)), nn.ReLU())
        self.closing = zero_convolution(width, (len(TAPS) + channels) * cells)

    def forward(self, degraded: Tensor) -> Tensor:
        """Restore N,T,C,H,W; keeps the shape; unclipped."""
        frames = degraded.shape[1]
        moving = self.recurrent and frames > 1
        ahead, back = flows_between(degraded) if moving else ([], [])
        still = torch.zeros_like(degraded[:, 0, :1]).expand(-1, 2, -1, -1)
        motion = velocities(ahead, back) if moving else [still] * frames
        samples = [along(frame, velocity) for frame, velocity in zip(degraded.unbind(1), motion, strict=True)]
        features = self._features(degraded, ahead, back, samples, motion)
        past = self._handed_on(self.forwards, features, back, range(frames))
        future = self._handed_on(self.backwards, features, ahead, range(frames - 1, -1, -1))
        seen = zip(degraded.unbind(1), samples, zip(features, past, future, strict=True), strict=True)
        return torch.stack([self._estimate(frame, taps, torch.cat(parts, dim=1)) for frame, taps, parts in seen], dim=1)

    def _features(
        self, degraded: Tensor, ahead: list[Tensor], back: list[Tensor], samples: list[Tensor], motion: list[Tensor]
    ) -> list[Tensor]:
        """fₜ of each frame: T times N,W,H/4,W/4."""
        clip, found = degraded.unbind(1), []
        for t, frame in enumerate(clip):
            before = warp(clip[t - 1], back[t - 1], mode="bicubic") if back and t > 0 else frame
            after = warp(clip[t + 1], ahead[t], mode="bicubic") if ahead and t < len(clip) - 1 else frame
            sight = torch.cat([frame.float(), before.float(), after.float(), samples[t].flatten(1, 2)], dim=1)
            cells = functional.pixel_unshuffle(sight, COARSER)
            lines = functional.avg_pool2d(streaks(motion[t].float()), COARSER)
            found.append(functional.relu(self.opening(torch.cat([cells, lines], dim=1))))
        return found

    def _handed_on(self, step: nn.Module, features: list[Tensor], flows: list[Tensor], order: range) -> list[Tensor]:
        """The features that each frame receives from those before it in ``order``: T times N,W,H/4,W/4, clip order."""
        found: dict[int, Tensor] = {}
        previous: int | None = None
        for t in order:
            before = features[t]
            if flows and previous is not None:
                flow = flows[min(t, previous)]
                before = warp(found[previous], functional.avg_pool2d(flow, COARSER) / COARSER)
            found[t] = step(features[t], before)
            previous = t
        return [found[t] for t in range(len(features))]

    def _estimate(self, frame: Tensor, samples: Tensor, seen: Tensor) -> Tensor:
        """N,C,H,W from the frame, its samples N,τ,C,H,W and all features N,3W,H/4,W/4."""
        closed = self.closing(self.body(functional.relu(self.aggregation(seen))))
        told = functional.pixel_shuffle(closed, COARSER).to(frame.dtype)
        weights, correction = told[:, : len(TAPS)], told[:, len(TAPS) :]
        return frame + correction + (weights[:, :, None] * samples).sum(1)
