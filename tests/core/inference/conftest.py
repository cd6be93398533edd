"""Fixtures for the tests of inference: small networks, and restorers wrapped as the host wraps them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch
from burnish.inference import Restorer
from burnish.plugins.declarations import RestorerSpec
from torch import nn


def _wrap(restorer: Callable[..., Any], config: Mapping[str, Any] | None = None, **declared: Any) -> Restorer:
    if isinstance(restorer, nn.Module):
        restorer = restorer.eval()
    spec = RestorerSpec(**({"name": "tried", "factory": "nowhere:Nothing", "summary": "Under test"} | declared))
    return Restorer(
        id="test/tried",
        spec=spec,
        config=config or {},
        restorer=restorer,
        device=torch.device("cpu"),
        origin="installed",
        distribution="burnish-test",
        version="1.2.3",
    )


class _Net(nn.Module):
    """Zero-padded convolutions: ``levels`` strided ones down and as many up with skips, pixel shuffle by ``scale``."""

    def __init__(self, *, channels: int, depth: int, levels: int, scale: int, width: int = 4) -> None:
        super().__init__()
        self.head = nn.Conv2d(channels, width, 3, padding=1)
        self.down = nn.ModuleList(nn.Conv2d(width, width, 3, stride=2, padding=1) for _ in range(levels))
        self.body = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(depth))
        self.up = nn.ModuleList(nn.ConvTranspose2d(width, width, 2, stride=2) for _ in range(levels))
        self.tail = nn.Sequential(nn.Conv2d(width, channels * scale**2, 3, padding=1), nn.PixelShuffle(scale))
        # Half width: 1 for head and tail; on level l a strided 3×3 adds 2^l, a body layer 2^levels; and the tail
        # may look into the next cell of 2^levels pixels.
        cell = 2**levels
        self.receptive_field = 2 * (2 + sum(2**level for level in range(levels)) + depth * cell + cell) + 1

    def forward(self, degraded: torch.Tensor) -> torch.Tensor:
        x = torch.tanh(self.head(degraded))
        skips = []
        for layer in self.down:
            skips.append(x)
            x = torch.tanh(layer(x))
        for layer in self.body:
            x = torch.tanh(layer(x) + 0.3)
        for layer in self.up:
            x = layer(x) + skips.pop()
        return self.tail(x)


@pytest.fixture(scope="session")
def wrap() -> Callable[..., Restorer]:
    """``wrap(restorer, config, **declared)``: a loaded restorer with that declaration."""
    return _wrap


@pytest.fixture(scope="session")
def make_net() -> Callable[..., nn.Module]:
    """``make_net(channels=, depth=, levels=, scale=)``: a random network with a bias in every layer."""

    def make(*, channels: int = 1, depth: int = 2, levels: int = 0, scale: int = 1, seed: int = 0) -> nn.Module:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return _Net(channels=channels, depth=depth, levels=levels, scale=scale)

    return make


@pytest.fixture
def picture() -> Callable[..., torch.Tensor]:
    """``picture(n, c, h, w)``: random values in [0, 1], the same on every call of the same shape."""

    def make(*shape: int) -> torch.Tensor:
        return torch.rand(shape, generator=torch.Generator().manual_seed(sum(shape)))

    return make
