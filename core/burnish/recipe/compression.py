"""The part ``compression`` of a recipe: how the network that it begins with is made smaller."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from burnish.recipe.values import Number, Part, Whole


class CompressionSettings(Part):
    """How a network is compressed before it is trained further, or judged (``training.budget.steps: 0``)."""

    method: Literal["int8", "prune"] = "int8"
    """``int8``: convolutions multiply whole numbers of 8 bits; engines that do so (openvino) need a fraction of the
    time. ``prune``: layers have fewer channels, which further training makes up for."""
    keep: Number = Field(default=0.5, gt=0, lt=1)
    """``prune``: the largest part of the multiplications that is kept."""
    pictures: Whole = Field(default=64, ge=1)
    """``int8``: training patches on which the steps of the whole numbers are chosen."""
    loss: Number = Field(default=0.05, ge=0)
    """``int8``: largest loss in dB of the mean PSNR on the validation's pictures, before further training; as many
    layers as that needs stay in float32. Without such pictures it is measured on the training patches."""
