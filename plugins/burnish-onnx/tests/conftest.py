"""Small networks as ONNX files, exported by torch."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

Export = Callable[..., Path]
"""(network, channels) → its ONNX file, of any height and width, or of ``size``."""


Made = Callable[[str], nn.Module]


class Doubler(nn.Module):
    """Four 3×3 convolutions and a pixel shuffle: a receptive field of 9."""

    def __init__(self) -> None:
        super().__init__()
        sides = zip((3, 4, 4, 4), (4, 4, 4, 12), strict=True)
        layers = [each for given, made in sides for each in (nn.Conv2d(given, made, 3, padding=1), nn.ReLU())]
        self.body = nn.Sequential(*layers[:-1], nn.PixelShuffle(2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.body(x)
        return found


class Strided(nn.Module):
    """Works on cells of 4×4 pixels, so that sides must be multiples of 4."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 4, 4, stride=4), nn.Conv2d(4, 4, 3, padding=1), nn.ConvTranspose2d(4, 1, 4, stride=4)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.body(x)


class Means(nn.Module):
    """Divides by the means of the whole picture."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x / (x.mean((2, 3), keepdim=True) + 1.0)


class WithSigma(nn.Module):
    def forward(self, x: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        return x + sigma


@pytest.fixture
def made() -> Made:
    """Makes one of the networks above by its name."""
    known: dict[str, Callable[[], nn.Module]] = {
        "doubler": Doubler, "strided": Strided, "means": Means, "with sigma": WithSigma,
    }  # fmt: skip
    return lambda name: known[name]().eval()


@pytest.fixture
def exported(tmp_path: Path) -> Export:
    pytest.importorskip("onnx", reason="onnx is not installed: make setup")

    def export(network: nn.Module, channels: int = 3, *, size: tuple[int, int] | None = None, inputs: int = 1) -> Path:
        path = tmp_path / f"{type(network).__name__}.onnx"
        given = (torch.rand(1, channels, *(size or (32, 36))), *[torch.zeros(1)] * (inputs - 1))
        sides = {2: "height", 3: "width"}
        with warnings.catch_warnings(action="ignore"):
            torch.onnx.export(
                network.eval(), given, path, input_names=["x", "sigma"][:inputs], output_names=["y"], dynamo=False,
                dynamic_axes=None if size else {"x": sides, "y": {2: "rows", 3: "columns"}},
            )  # fmt: skip
        return path

    return export
