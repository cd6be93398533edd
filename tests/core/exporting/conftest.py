"""Restorers with tiny networks, as the host wraps them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch
from burnish.inference import Restorer
from burnish.plugins.declarations import RestorerSpec
from burnish.restorer.bundle import Bundle
from torch import nn


class Told(nn.Module):
    """Is told σ, and makes pictures twice as large; 3 pixels of context."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Conv2d(4, 6, 3, padding=1)
        self.tail = nn.Sequential(nn.Conv2d(6, 12, 3, padding=1), nn.PixelShuffle(2))

    def forward(self, degraded: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        level = sigma.view(-1, 1, 1, 1).expand(-1, 1, *degraded.shape[-2:])
        made: torch.Tensor = self.tail(torch.relu(self.head(torch.cat([degraded, level], dim=1))))
        return made


class Frames(nn.Module):
    """A burst to a picture: the mean of what a convolution makes of each frame."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, burst: torch.Tensor) -> torch.Tensor:
        return torch.stack([self.layer(frame) for frame in burst.unbind(1)]).mean(dim=0)


class Masked(nn.Module):
    """A clip to a clip, told the blur and the valid pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, clip: torch.Tensor, kernel: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        level = kernel.amax(dim=(1, 2)).view(-1, 1, 1, 1)
        return torch.stack([frame + level * mask * self.layer(frame) for frame in clip.unbind(1)], dim=1)


class OneAtATime(nn.Module):
    """Its code fixes the number of pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.layer(x) + torch.zeros(len(x), 3, 1, 1)
        return made


class Looking(nn.Module):
    """What it computes depends on the picture's values."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.layer(x)
        return made if bool((x.mean() > 0.5).item()) else x


@pytest.fixture(scope="session")
def restorer() -> Callable[..., Restorer]:
    """``restorer(network, **declared)``: loaded with weights of a bundle."""

    def make(network: Callable[..., Any], lineage: Mapping[str, Any] | None = None, **declared: Any) -> Restorer:
        told = {"name": "tried", "factory": "nowhere:Nothing", "summary": "Under test", "trainable": True}
        bundle = Bundle(
            restorer="test/tried", distribution="burnish-test", version="1", weights_sha256="0" * 64,
            lineage=dict(lineage or {}), training={"facts": {"degrader": {"config": {"frames": 3}}}},
        )  # fmt: skip
        return Restorer(
            id="test/tried", spec=RestorerSpec(**{"channels": (3,), **told, **declared}), config={}, bundle=bundle,
            restorer=network.eval() if isinstance(network, nn.Module) else network, device=torch.device("cpu"),
            origin="test/tried:small", distribution="burnish-test", version="1",
        )  # fmt: skip

    return make
