"""Broken metrics."""

from __future__ import annotations

from typing import Any

import torch
from burnish.plugins.declarations import MetricSpec
from torch import Tensor

from broken_plugins import broken

PSNR: dict[str, Any] = {"unit": "dB", "protocol": {"border": 0, "rounding": "none", "data_range": 1}}
BORDER = {"border": {"type": "integer", "minimum": 0, "maximum": 8, "default": 0, "description": "pixels cut off"}}


class Psnr:
    """A sound one."""

    def __init__(self, border: int = 0) -> None:
        self.border = border

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        assert reference is not None
        if estimate.shape != reference.shape:
            raise ValueError("the shapes differ")
        estimate, reference = (self.cut(each.double()) for each in (estimate, reference))
        error = (estimate - reference).square().flatten(1).mean(dim=1)
        return -10 * error.clamp_min(1e-12).log10()

    def cut(self, picture: Tensor) -> Tensor:
        b = self.border
        return picture[..., b : picture.shape[-2] - b, b : picture.shape[-1] - b]


@broken(MetricSpec, "is made from its settings", **PSNR)
class NotAMetric:
    """What the factory makes cannot be called."""


@broken(MetricSpec, "gives one number per image", **PSNR)
class OneForAll(Psnr):
    """It gives the mean over the batch."""

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        return super().__call__(estimate, reference).mean()


@broken(MetricSpec, "gives one number per image", **PSNR)
class Single(Psnr):
    """Its scores are float32."""

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        return super().__call__(estimate, reference).float()


@broken(MetricSpec, "states its protocol", unit="dB")
class Unstated(Psnr):
    """Its protocol is empty."""


@broken(MetricSpec, "scores each image by itself", **PSNR)
class Relative(Psnr):
    """It scores a picture relative to the others of its batch."""

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        scores = super().__call__(estimate, reference)
        return scores + 0.01 * (scores - scores.mean())


@broken(MetricSpec, "gives the same number twice", **PSNR)
class Drifts(Psnr):
    """Every instance scores a little higher than the one before."""

    made = 0

    def __init__(self) -> None:
        super().__init__()
        Drifts.made += 1
        self.bonus = 1e-3 * Drifts.made

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        return super().__call__(estimate, reference) + self.bonus


@broken(MetricSpec, "leaves its input as it is", **PSNR)
class ClipsInPlace(Psnr):
    """It clips the estimate in place."""

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        scores = super().__call__(estimate, reference)
        estimate.clamp_(0.1, 0.9)
        return scores


@broken(MetricSpec, "scores nearer estimates better", **PSNR, higher_is_better=False)
class WrongWay(Psnr):
    """It declares that less is better, and more is."""


@broken(MetricSpec, "refuses pictures of different sizes", **PSNR)
class CropsInSilence(Psnr):
    """It crops both pictures to what they share."""

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        assert reference is not None
        height, width = (min(estimate.shape[i], reference.shape[i]) for i in (-2, -1))
        return super().__call__(estimate[..., :height, :width], reference[..., :height, :width])


@broken(MetricSpec, "scores grey small and odd pictures", **PSNR)
class ColourOnly(Psnr):
    """It takes the luma of three channels, and grey has one."""

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        assert reference is not None
        _ = 0.299 * estimate[:, 0] + 0.587 * estimate[:, 1] + 0.114 * estimate[:, 2]
        return super().__call__(estimate, reference)


@broken(MetricSpec, "scores grey small and odd pictures", **PSNR)
class LargeOnly(Psnr):
    """It crashes on pictures smaller than its window."""

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        estimate.unfold(-1, 11, 1).unfold(-2, 11, 1)
        return super().__call__(estimate, reference)


@broken(MetricSpec, "scores grey small and odd pictures", **PSNR)
class EvenOnly(Psnr):
    """It halves the picture, which needs even sides."""

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        estimate.reshape(*estimate.shape[:-2], estimate.shape[-2] // 2, 2, estimate.shape[-1] // 2, 2)
        return super().__call__(estimate, reference)


@broken(MetricSpec, "counts the border as stated", **PSNR)
class CutsFour(Psnr):
    """It leaves four pixels out at every side and does not state it."""

    def __init__(self) -> None:
        super().__init__(4)

    def cut(self, picture: Tensor) -> Tensor:
        return super().cut(picture) if min(picture.shape[-2:]) > 8 else picture


@broken(MetricSpec, "counts the border as stated", **PSNR, config=BORDER)
class IgnoresTheBorder(Psnr):
    """It has a setting for the border and counts all pixels."""

    def __init__(self, border: int) -> None:
        super().__init__(0)


@broken(MetricSpec, "rounds as stated", unit="dB", protocol={"border": 0, "rounding": "uint8"})
class DoesNotRound(Psnr):
    """It states rounding to 8 bits and does not round."""


@broken(MetricSpec, "rounds as stated", **PSNR)
class RoundsInSilence(Psnr):
    """It rounds to 8 bits, and states that it does not."""

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        return super().__call__((255 * estimate).round() / 255, reference)


@broken(
    MetricSpec,
    "works with every value of its settings",
    **PSNR,
    config={"window": {"type": "integer", "minimum": 0, "default": 3, "description": "side in pixels"}},
)
class NoWindow(Psnr):
    """A window of nothing is allowed, and gives NaN."""

    def __init__(self, window: int) -> None:
        super().__init__()
        self.window = window

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        return super().__call__(estimate, reference) * (torch.tensor(self.window) / self.window)
