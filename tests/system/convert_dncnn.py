"""Put the published DnCNN-S weights (17 layers, grey, one σ) into a bundle: python convert_dncnn.py IN.pth OUT."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from burnish.restorer.bundle import write_bundle
from burnish_cnn.dncnn import DnCNN
from torch import Tensor, nn

CONFIG = {"channels": 1, "depth": 17, "features": 64, "unshuffle": 1}


def published_network(weights: Path) -> DnCNN:
    """The network of the paper with the weights of a PyTorch state dictionary, layer by layer in its order.

    The published layers have no biases; ours at the two ends are zero.
    """
    stored = list(torch.load(weights, map_location="cpu", weights_only=True).values())
    network = DnCNN(channels=1, depth=17, features=64, norm="batch")
    for layer in network.layers:
        if isinstance(layer, nn.Conv2d):
            _fill(layer, {"weight": stored.pop(0)})
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.BatchNorm2d):
            _fill(layer, {name: stored.pop(0) for name in ("weight", "bias", "running_mean", "running_var")})
    if stored:
        raise SystemExit(f"{weights}: holds {len(stored)} tensors more than DnCNN-S has; give SaoYan_DnCNN-S-*.pth")
    return network.eval()


def convert(weights: Path, folder: Path) -> None:
    """Write the bundle, batch normalisation folded into the convolutions."""
    write_bundle(
        folder,
        restorer="cnn/dncnn",
        config={**CONFIG, "norm": "none"},
        weights=published_network(weights).folded().state_dict(),
        distribution="burnish-cnn",
        version="0.1.0",
        lineage={"weights": weights.name},
    )


def _fill(layer: nn.Module, tensors: dict[str, Tensor]) -> None:
    for name, tensor in tensors.items():
        own = getattr(layer, name)
        if own.shape != tensor.shape:
            raise SystemExit(f"a {type(layer).__name__} of {tuple(own.shape)} meets {name} of {tuple(tensor.shape)}")
        own.data.copy_(tensor)


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
