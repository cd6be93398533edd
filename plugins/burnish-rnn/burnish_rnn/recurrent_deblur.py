"""A clip restored by features that are handed on in both directions of time, along the motion."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from burnish_rnn.registration import register, resized, warp
from burnish_rnn.residual_block import ResidualBlock, zero_convolution

COARSER = 4
"""Side in pixels of the cells on whose grid the network works, their pixels side by side as channels."""


class Propagation(nn.Module):
    """One step of time in one direction: the features of a frame and what came before it → what goes on."""

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
    """estimateₜ = degradedₜ + R(fₜ, aₜ, bₜ): features of the frame, of all before it, of all after it.

    Propagation, alignment and aggregation as in BasicVSR (Chan et al. 2021, arXiv 2012.02181), at the size of the clip
    and on a grid of 4×4 pixels, as deblurring allows (ESTRNN, Zhong et al. 2020, doi:10.1007/978-3-030-58539-6_12):
    aₜ = P(fₜ, aₜ₋₁ moved to frame t), bₜ = Q(fₜ, bₜ₊₁ moved to frame t). The motion is registered and not learned
    (``registration``), so that no other network's weights are needed and training is short. The neighbouring frames,
    moved to frame t pixel by pixel, stand beside it before the grid is coarsened. Where there is no neighbour, the
    frame takes its place; so one frame works, by the same weights and operations.

    ``recurrent=False`` is the single-frame network of the same weights and multiplications: each frame is its own
    neighbours. Takes N,T,C,H,W with any T ≥ 1, sides multiples of 4. A fresh network returns what it is given.
    """

    size_multiple = COARSER

    def __init__(
        self, *, channels: int = 3, width: int = 48, blocks: int = 3, closing_blocks: int = 2, recurrent: bool = True
    ) -> None:
        super().__init__()
        self.recurrent = recurrent
        phases = channels * COARSER**2
        self.opening = nn.Conv2d(3 * phases, width, 3, padding=1)
        self.forwards = Propagation(width, blocks)
        self.backwards = Propagation(width, blocks)
        self.aggregation = nn.Conv2d(3 * width, width, 3, padding=1)
        self.body = nn.Sequential(*(ResidualBlock(width) for _ in range(closing_blocks)), nn.ReLU())
        self.closing = zero_convolution(width, phases)

    def forward(self, degraded: Tensor) -> Tensor:
        """Restore N,T,C,H,W; keeps the shape; unclipped."""
        frames = degraded.shape[1]
        ahead, back = self._flows(degraded)
        features = self._features(degraded, ahead, back)
        past = self._handed_on(self.forwards, features, back, range(frames))
        future = self._handed_on(self.backwards, features, ahead, range(frames - 1, -1, -1))
        seen = torch.cat([torch.stack(part, 1).flatten(0, 1) for part in (features, past, future)], dim=1)
        surplus = self.closing(self.body(functional.relu(self.aggregation(seen))))
        return degraded + functional.pixel_shuffle(surplus, COARSER).reshape(degraded.shape).to(degraded.dtype)

    def _flows(self, degraded: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """From every frame to the one after it and to the one before it, T − 1 times N,2,H,W in pixels each."""
        frames = degraded.shape[1]
        if frames == 1 or not self.recurrent:
            return [], []
        first, second = (part.flatten(0, 1) for part in (degraded[:, :-1], degraded[:, 1:]))
        flow = _motion(torch.cat([first, second]), torch.cat([second, first]))
        ahead, back = (part.reshape(len(degraded), frames - 1, *part.shape[1:]) for part in flow.chunk(2))
        return list(ahead.unbind(1)), list(back.unbind(1))

    def _features(self, degraded: Tensor, ahead: list[Tensor], back: list[Tensor]) -> list[Tensor]:
        """fₜ of each frame with its neighbours moved to it: T times N,W,H/4,W/4."""
        clip = degraded.unbind(1)
        sight = []
        for t, frame in enumerate(clip):
            before = warp(clip[t - 1], back[t - 1], mode="bicubic") if back and t > 0 else frame
            after = warp(clip[t + 1], ahead[t], mode="bicubic") if ahead and t < len(clip) - 1 else frame
            sight.append(functional.pixel_unshuffle(torch.cat([frame, before, after], 1).float(), COARSER))
        opened = functional.relu(self.opening(torch.stack(sight, 1).flatten(0, 1)))
        return list(opened.reshape(len(degraded), len(clip), *opened.shape[1:]).unbind(1))

    def _handed_on(self, step: nn.Module, features: list[Tensor], flows: list[Tensor], order: range) -> list[Tensor]:
        """What each frame gets from those before it in ``order``: T times N,W,H/4,W/4, in the clip's order."""
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


def _motion(reference: Tensor, moving: Tensor) -> Tensor:
    """Flows N,2,H,W in pixels, registered on a grid of half the size, where blur and noise weigh less."""
    first, second = (functional.avg_pool2d(part.float(), 2) for part in (reference, moving))
    flow, _ = register(first, second, levels=5, local_levels=4)
    return 2.0 * resized(flow, (reference.shape[-2], reference.shape[-1]))
