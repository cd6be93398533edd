"""Burst super-resolution: alignment, merging on the fine grid, and recurrent convolutional fusion of the frames."""

from __future__ import annotations

import torch
from burnish.ops.alignment import align
from burnish.ops.resampling import resize
from torch import Tensor, nn
from torch.nn import functional

from burnish_super_resolution.burst_sr_splatting import splatted

DOUBT = 0.05
"""Weight of frame 0's enlargement relative to the merged samples (one sample at its own place weighs 1)."""


class ConvGRU(nn.Module):
    """The gated recurrent unit with convolutions (Ballas et al. 2016, arXiv 1511.06432), biases included.

    ``z, r = σ(W [x, h])``, ``c = tanh(V [x, r h])``, ``h' = (1 − z) h + z c``: N,I,H,W and N,F,H,W → N,F,H,W.
    """

    def __init__(self, inputs: int, features: int) -> None:
        super().__init__()
        self.gates = nn.Conv2d(inputs + features, 2 * features, 3, padding=1)
        self.candidate = nn.Conv2d(inputs + features, features, 3, padding=1)

    def forward(self, x: Tensor, hidden: Tensor) -> Tensor:
        """One step."""
        update, reset = torch.sigmoid(self.gates(torch.cat([x, hidden], 1))).chunk(2, dim=1)
        candidate = torch.tanh(self.candidate(torch.cat([x, reset * hidden], 1)))
        return torch.lerp(hidden, candidate.to(hidden.dtype), update.to(hidden.dtype))


class ResidualBlock(nn.Module):
    """``x + W₂ max(W₁ x, 0)``; W₂ starts at a tenth of the usual size."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        with torch.no_grad():
            self.second.weight.mul_(0.1)

    def forward(self, x: Tensor) -> Tensor:
        """Refine N,W,H,W; keeps the shape."""
        refined: Tensor = x + self.second(functional.relu(self.first(x)))
        return refined


class BurstSR(nn.Module):
    """estimate = bicubic enlargement of frame 0 + a correction from all frames together.

    Every frame is registered to frame 0 to a fraction of a pixel (``burnish.ops.alignment``, not learned), its
    exposure matched, and its samples put where they belong on the fine grid (``burst_sr_splatting``). What they add to
    the enlargement is summed over the frames, and also read frame by frame by a convolutional GRU, as Arefin et al.
    2020 (doi:10.1109/CVPRW50498.2020.00111) fuse satellite pictures, which can leave out what does not fit. Residual
    blocks on the grid of the frames make the estimate of both; the sub-pixel places of the samples need not be
    learned, since they are the channels into which the fine grid is unshuffled.

    Takes N,T,C,H,W with any T ≥ 1; one frame gives single-picture super-resolution by the same weights. An untrained
    network returns the bicubic enlargement of frame 0.
    """

    def __init__(
        self,
        *,
        channels: int = 3,
        scale: int = 2,
        width: int = 48,
        blocks: int = 6,
        hidden: int = 24,
        local_motion: bool = False,
    ) -> None:
        super().__init__()
        self.scale, self.hidden, self.local_levels = scale, hidden, 2 if local_motion else 0
        phases = scale * scale * (channels + 1)
        self.cell = ConvGRU(phases, hidden)
        self.opening = nn.Conv2d(phases + hidden + channels, width, 3, padding=1)
        self.body = nn.Sequential(*(ResidualBlock(width) for _ in range(blocks)), nn.ReLU())
        self.closing = nn.Conv2d(width, scale * scale * channels, 3, padding=1)
        self.direct = nn.Conv2d(phases, scale * scale * channels, 7, padding=3)
        for layer in (self.closing, self.direct):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def forward(self, degraded: Tensor) -> Tensor:
        """N,T,C,H,W → N,C,sH,sW, unclipped; frame 0 is the reference."""
        reference = degraded[:, 0]
        enlarged = resize(reference, float(self.scale))
        hidden = reference.new_zeros(reference.shape[0], self.hidden, *reference.shape[-2:])
        total = count = None
        for frame, flow in zip(*self._registered(degraded), strict=True):
            values, weights = splatted(frame, flow, self.scale)
            surplus = values - weights * enlarged
            total, count = (surplus, weights) if total is None or count is None else (total + surplus, count + weights)
            hidden = self.cell(self._phases(surplus, weights), hidden)
        assert total is not None and count is not None
        fused = self._phases(total / (count + DOUBT), count / (count + 1.0))
        features = self.body(functional.relu(self.opening(torch.cat([fused, hidden, reference], 1))))
        gain = functional.pixel_shuffle(self.closing(features) + self.direct(fused), self.scale)
        return enlarged + gain.to(enlarged.dtype)

    def _registered(self, degraded: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """The frames, exposed like frame 0, and their flows, zero for frame 0: T times N,C,H,W and N,2,H,W."""
        batch, frames, _, height, width = degraded.shape
        still = degraded.new_zeros(batch, 1, 2, height, width, dtype=torch.float32)
        if frames == 1:
            return [degraded[:, 0].float()], [still[:, 0]]
        first = degraded.float()[:, :1].expand(-1, frames - 1, -1, -1, -1).flatten(0, 1)
        flow, gain = align(first, degraded[:, 1:].flatten(0, 1), local_levels=self.local_levels)
        others = gain.reshape(batch, frames - 1, 1, 1, 1) * degraded[:, 1:].float()
        flows = torch.cat([still, flow.reshape(batch, frames - 1, 2, height, width)], dim=1)
        return [degraded[:, 0].float(), *others.unbind(1)], list(flows.unbind(1))

    def _phases(self, picture: Tensor, weights: Tensor) -> Tensor:
        return functional.pixel_unshuffle(torch.cat([picture, weights], 1), self.scale)
