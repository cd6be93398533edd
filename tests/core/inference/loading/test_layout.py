"""Channels last: the same values, and no objection to convolutions over time."""

from __future__ import annotations

import torch
from burnish.inference.loading.layout import lay_out
from torch import nn


def test_weights_keep_their_values_and_those_of_pictures_have_channels_last() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Conv3d(4, 4, 3), nn.Linear(4, 2))
    before = {name: value.clone() for name, value in module.state_dict().items()}
    assert lay_out(module) is module
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert module[0].weight.is_contiguous(memory_format=torch.channels_last)
    assert module[2].weight.is_contiguous()
