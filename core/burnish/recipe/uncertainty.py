"""The part ``uncertainty`` of a recipe: intervals for the estimates of the trained restorer."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from burnish.recipe.values import Folder, Number, Part


class UncertaintySettings(Part):
    """How intervals are calibrated after the training, on pictures that neither it nor its validation has seen."""

    pictures: Folder = "calibration"
    """Folder of these pictures below ``data.root``, with the same folders in it as ``data.train``; some dozens of them,
    better a hundred, like those to come."""
    width: Literal["head", "augmentations", "constant"] = "head"
    """``head``: a small network learns the errors on a third of the pictures; ``augmentations``: how much the estimates
    of the flipped picture differ, at four times the cost; ``constant``: the same everywhere."""
    confidence: Number = Field(default=0.9, ge=0, lt=1)
    """With which probability the promise holds whichever pictures were given; 0: on average."""
