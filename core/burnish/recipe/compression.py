"""The part ``compression`` of a recipe: how the network that it begins with is made smaller."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from burnish.recipe.values import Number, Part, Whole


class CompressionSettings(Part):
    """How a network is compressed before it is trained further, or judged (``training.budget.steps: 0``)."""

    method: Literal["int8"] = "int8"
    """``int8``: convolutions multiply whole numbers of 8 bits; engines that do so (openvino) need a fraction of the
    time."""
    pictures: Whole = Field(default=64, ge=1)
    """Training patches on which the steps of the whole numbers are chosen."""
    loss: Number = Field(default=0.05, ge=0)
    """Largest loss in dB of the mean PSNR on the validation's pictures (without any: on the training patches), before
    further training; as many layers as that needs stay in float32."""
