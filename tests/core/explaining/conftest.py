"""Restorers with tiny networks, as the host wraps them, and pictures for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from burnish.explaining.observation import Observed
from burnish.explaining.subject import Box, Subject, subject
from burnish.inference import Restorer
from burnish.inference.in_memory import restore_kind
from burnish.plugins.declarations import RestorerSpec
from numpy.typing import NDArray
from torch import nn


class Smooth(nn.Module):
    """A linear network: a mean of 3×3 pixels, without bias."""

    def __init__(self, channels: int = 1) -> None:
        super().__init__()
        self.layer = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        nn.init.constant_(self.layer.weight, 1 / 9)

    def forward(self, degraded: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.layer(degraded)
        return made


class Doubling(nn.Module):
    """Makes pictures twice as large; 7 pixels of context."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.head = nn.Conv2d(1, 6, 3, padding=1)
        self.middle = nn.Conv2d(6, 6, 3, padding=1)
        self.tail = nn.Sequential(nn.Conv2d(6, 4, 3, padding=1), nn.PixelShuffle(2))

    def forward(self, degraded: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.tail(torch.relu(self.middle(torch.sigmoid(self.head(degraded)))))
        return made


class Weighted(nn.Module):
    """A clip or burst of which the frames count by given weights."""

    def __init__(self, *weights: float, clip: bool = False) -> None:
        super().__init__()
        self.weights = weights
        self.clip = clip

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        parts = [weight * frame for weight, frame in zip(self.weights, frames.unbind(1), strict=True)]
        mean: torch.Tensor = torch.stack(parts).sum(dim=0)
        return torch.stack([mean] * frames.shape[1], dim=1) if self.clip else mean


@pytest.fixture(scope="session")
def restorer() -> Callable[..., Restorer]:
    """``restorer(network, **declared)``: as the host wraps it."""

    def make(network: Callable[..., Any], **declared: Any) -> Restorer:
        told = {"name": "tried", "factory": "nowhere:Nothing", "summary": "Under test", "channels": (1,)}
        return Restorer(
            id="test/tried", spec=RestorerSpec(**{**told, **declared}), config={},
            restorer=network.eval().requires_grad_(False) if isinstance(network, nn.Module) else network,
            device=torch.device("cpu"), origin="installed", distribution="burnish-test", version="1",
            restores=restore_kind,
        )  # fmt: skip

    return make


@pytest.fixture(scope="session")
def smooth(restorer: Callable[..., Restorer]) -> Restorer:
    return restorer(Smooth(), receptive_field=3)


@pytest.fixture(scope="session")
def doubling(restorer: Callable[..., Restorer]) -> Restorer:
    return restorer(Doubling(), receptive_field=7, scale=(2,))


@pytest.fixture(scope="session")
def grey() -> NDArray[np.float32]:
    """A photograph, H,W in [0, 1]."""
    from skimage import data

    found: NDArray[np.float32] = (data.camera()[180:220, 200:248] / 255).astype(np.float32)
    return found


@pytest.fixture(scope="session")
def asked(grey: NDArray[np.float32]) -> Callable[..., Subject]:
    """``asked(restorer, x, y, width, height)``: that box of the photograph's estimate."""

    def make(loaded: Restorer, *box: int, **more: Any) -> Subject:
        picture = torch.from_numpy(grey)[None, None]
        return subject(loaded, Observed(picture=picture, conditions={}), Box(*box), **more)

    return make
