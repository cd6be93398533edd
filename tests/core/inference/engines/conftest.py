"""Restorers with fixed weights, and a cache of their own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from burnish.inference import Restorer
from burnish.inference.engines import choosing, machine
from burnish.restorer.bundle import Bundle
from torch import nn

Wrap = Callable[..., Restorer]
Fixed = Callable[..., Restorer]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a process that has raced nothing yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(choosing, "_runners", {})
    return machine.cache()


@pytest.fixture
def fixed(wrap: Wrap) -> Fixed:
    """A wrapped network whose weights are those of a bundle."""

    def make(network: nn.Module, **declared: object) -> Restorer:
        state = b"".join(value.numpy().tobytes() for value in network.state_dict().values())
        digest = hashlib.sha256(state + type(network).__name__.encode()).hexdigest()
        bundle = Bundle(restorer="test/tried", distribution="burnish-test", version="1", weights_sha256=digest)
        return replace(wrap(network, **declared), bundle=bundle)

    return make


class Told(nn.Module):
    """A network that is told σ, and makes pictures twice as large."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Conv2d(4, 8, 3, padding=1)
        self.tail = nn.Sequential(nn.Conv2d(8, 12, 3, padding=1), nn.PixelShuffle(2))

    def forward(self, degraded: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        level = sigma.view(-1, 1, 1, 1).expand(-1, 1, *degraded.shape[-2:])
        made: torch.Tensor = self.tail(torch.relu(self.head(torch.cat([degraded, level], dim=1))))
        return made
