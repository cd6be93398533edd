"""Layers whose statistics are known by construction."""

from __future__ import annotations

import pytest
import torch
from burnish.explaining.activations import activations
from torch import nn


class Built(nn.Module):
    """Four features: of the picture, its negative, a constant, and zero; then a ReLU, and a sigmoid as a function."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Conv2d(1, 4, 1)
        self.head.weight.data = torch.tensor([1.0, -1.0, 0.0, 0.0]).view(4, 1, 1, 1)
        self.head.bias.data = torch.tensor([0.0, 0.0, 0.5, 0.0])
        self.cut = nn.ReLU()
        self.gate = nn.Sequential(nn.Conv2d(4, 1, 1))
        self.gate[0].weight.data = torch.tensor([1000.0, 0.0, 0.0, 0.0]).view(1, 4, 1, 1)
        self.gate[0].bias.data = torch.tensor([-500.0])
        self.cap = nn.ReLU6()

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        gated = torch.sigmoid(self.gate(self.cut(self.head(picture))))
        made: torch.Tensor = self.cap(12.0 * gated)
        return made


def test_dead_features_limits_mean_and_deviation_are_those_of_the_layer() -> None:
    network = Built().eval()
    picture = torch.rand(1, 1, 20, 20, generator=torch.Generator().manual_seed(0))
    found = activations(network, lambda: network(picture))
    assert [(one.name, one.kind) for one in found] == [
        ("head", "Conv2d"), ("cut", "ReLU"), ("gate.0", "Conv2d"), ("", "sigmoid"), ("cap", "ReLU6"),
    ]  # fmt: skip
    head, cut, _, gate, cap = found
    assert (head.features, head.dead, head.zero, head.saturated) == (4, 0.5, 0.25, None)
    assert (cut.dead, cut.zero) == (0.75, 0.5)  # the negative of the picture, too
    assert gate.saturated is not None
    assert gate.saturated > 0.95
    assert cap.saturated == pytest.approx(float((12 * torch.sigmoid(1000 * picture - 500) >= 5.94).float().mean()))
    every = torch.stack([picture, -picture, torch.full_like(picture, 0.5), torch.zeros_like(picture)])
    assert (head.mean, head.deviation) == pytest.approx((float(every.mean()), float(every.std(correction=0))), abs=1e-5)


def test_a_layer_that_is_called_twice_is_told_over_both_calls() -> None:
    layer = nn.Sequential(nn.ReLU())

    def run() -> None:
        layer(torch.zeros(1, 2, 3, 3))
        layer(torch.ones(1, 2, 3, 3))

    (found,) = activations(layer, run)
    assert (found.name, found.dead, found.mean) == ("0", 0.0, 0.5)


def test_of_a_linear_layer_the_features_are_the_last_dimension() -> None:
    layer = nn.Linear(3, 5)
    (found,) = activations(nn.Sequential(layer), lambda: layer(torch.rand(1, 7, 3)))
    assert found.features == 5


def test_nothing_is_left_on_the_network() -> None:
    network = nn.Sequential(nn.ReLU())
    with pytest.raises(ZeroDivisionError):
        activations(network, lambda: 1 // 0)
    assert not network._forward_hooks
    assert not network[0]._forward_pre_hooks
