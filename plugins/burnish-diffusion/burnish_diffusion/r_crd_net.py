"""R-CRD-net: the frames of a burst fused one after another, then the reverse diffusion of CRD-net."""

from __future__ import annotations

import torch
from burnish.ops.alignment import align, warp
from torch import Tensor, nn
from torch.nn import functional

from burnish_diffusion.crd_net import CRDNet
from burnish_diffusion.fourier_burst import accumulated

COARSER = 4
"""Side in pixels of the cells on whose grid the frames are fused, their pixels side by side as channels."""


class RecurrentFusion(nn.Module):
    """A burst → one picture: the Fourier burst accumulation plus a convolutional GRU's correction from all frames.

    Each frame is registered to frame 0 (``registration``, nothing learned) and moved there pixel by pixel; so they are
    accumulated (``fourier_burst``, nothing learned either), and each is read beside the accumulation:
    ``z, r = σ(W [f, h])``, ``c = tanh(V [f, r h])``, ``h' = (1 − z) h + z c`` (Ballas et al. 2016, arXiv 1511.06432).
    """

    def __init__(self, *, channels: int, features: int) -> None:
        super().__init__()
        phases = channels * COARSER**2
        self.features = features
        self.opening = nn.Sequential(
            nn.Conv2d(2 * phases, features, 3, padding=1), nn.ReLU(), nn.Conv2d(features, features, 3, padding=1)
        )
        self.gates = nn.Conv2d(2 * features, 2 * features, 3, padding=1)
        self.candidate = nn.Conv2d(2 * features, features, 3, padding=1)
        self.closing = nn.Sequential(
            nn.Conv2d(features + phases, features, 3, padding=1), nn.ReLU(), nn.Conv2d(features, phases, 3, padding=1)
        )
        last = self.closing[-1]
        assert isinstance(last, nn.Conv2d)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)  # type: ignore[arg-type]

    def forward(self, degraded: Tensor) -> Tensor:
        """N,T,C,H,W with T ≥ 1 → N,C,H,W."""
        frames = _aligned(degraded)
        merged = accumulated(torch.stack(frames, dim=1)).to(degraded.dtype)
        cells = functional.pixel_unshuffle(merged, COARSER)
        hidden = cells.new_zeros(cells.shape[0], self.features, *cells.shape[-2:])
        for frame in frames:
            seen = torch.cat([cells, functional.pixel_unshuffle(frame, COARSER)], dim=1)
            hidden = self._gathered(self.opening(seen), hidden)
        surplus = self.closing(torch.cat([cells, hidden], dim=1))
        return merged + functional.pixel_shuffle(surplus, COARSER).to(degraded.dtype)

    def _gathered(self, features: Tensor, hidden: Tensor) -> Tensor:
        features = features.to(hidden.dtype)
        update, reset = torch.sigmoid(self.gates(torch.cat([features, hidden], 1))).to(hidden.dtype).chunk(2, dim=1)
        candidate = torch.tanh(self.candidate(torch.cat([features, reset * hidden], 1)))
        return torch.lerp(hidden, candidate.to(hidden.dtype), update)


class RCRDNet(CRDNet):
    """x₁ = the fused burst (``RecurrentFusion``), then CRD-net's steps: N,T,C,H,W → N,C,H,W.

    Frame 0 is the reference; T is free. The diffusion sees the fused picture alone, and not the frames' features: with
    them, x_t would tell F the answer at every t < 1, and it would learn to subtract. An untrained network returns the
    accumulated burst; of one frame, that frame.
    """

    def __init__(
        self,
        *,
        channels: int = 3,
        features: int = 48,
        width: int = 24,
        blocks: int = 1,
        unshuffle: int = 2,
        bands: bool = False,
        steps: int = 1,
        noise: float = 0.0,
        seed: int = 0,
    ) -> None:
        super().__init__(
            channels=channels,
            width=width,
            blocks=blocks,
            unshuffle=unshuffle,
            bands=bands,
            steps=steps,
            noise=noise,
            seed=seed,
        )
        self.fusion = RecurrentFusion(channels=channels, features=features)

    @property
    def receptive_field(self) -> int | None:
        """None: the alignment uses the whole picture."""
        return None

    def start(self, degraded: Tensor) -> Tensor:
        """x₁ without noise: N,T,C,H,W fused to N,C,H,W."""
        fused: Tensor = self.fusion(degraded)
        return fused


def _aligned(degraded: Tensor) -> list[Tensor]:
    """Every frame aligned to frame 0, with its exposure: T times N,C,H,W; frame 0 unchanged."""
    others = degraded[:, 1:]
    if others.shape[1] == 0:
        return [degraded[:, 0]]
    reference, moving = degraded[:, :1].expand_as(others).flatten(0, 1), others.flatten(0, 1)
    flow, gain = align(reference, moving, local_levels=0)
    moved = gain[:, None, None, None] * warp(moving, flow, mode="bicubic")
    return [degraded[:, 0], *moved.reshape(others.shape).unbind(1)]
