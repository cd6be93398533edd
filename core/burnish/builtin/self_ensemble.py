"""Self-ensemble: the mean of a restorer's results for flipped and rotated copies of a picture.

Timofte, Rothe and Van Gool 2016, section 3.2, doi:10.1109/CVPR.2016.206; the "+" behind a method's name in tables.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from burnish.errors import ConfigError
from burnish.inference import load_named
from burnish.inference.calling import adapted


class SelfEnsemble(nn.Module):
    """estimate = mean over views v of v⁻¹(R(v(degraded))): R's errors depend on the view, and average out.

    It runs R once for each view, in sequence, so that it needs no more memory than R. Its traits for inference
    (enlargement, channels, receptive field, sizes, precision) are those of R.

    Args:
        restorer: The restorer R of single pictures: id, id:weights, or a bundle's folder.
        views: 2: mirrored left to right; 4: mirrored both ways; 8: turned by quarters, too.

    Raises:
        ConfigError: The restorer does not restore single pictures without conditions.
        UnknownIdError, BundleError, UsageError: It does not exist, or must be trained first.
    """

    def __init__(self, *, restorer: str = "burnish/identity", views: int = 8) -> None:
        super().__init__()
        self.views = views
        self.asked = asked = load_named(restorer, device="cpu")
        if asked.spec.temporal != "single" or asked.spec.needs or not asked.spec.deterministic:
            raise ConfigError(
                f"self-ensemble cannot use {asked.label}: it needs a deterministic restorer of single pictures "
                "without conditions; set `restorer` to such a restorer"
            )
        if isinstance(asked.restorer, nn.Module):
            self.network = asked.restorer  # a submodule: its device and parameters follow
        self.scale, self.channels, self.learned = asked.scale, asked.channels, asked.learned
        self.receptive_field, self.tiling = asked.receptive_field, asked.tiling
        self.size_multiple, self.min_size = asked.size_multiple, asked.min_size
        self.precision_tolerance, self.light = asked.precision_tolerance, asked.light

    def forward(self, degraded: Tensor) -> Tensor:
        """N,C,H,W in [0, 1] → N,C,sH,sW, unclipped."""
        total: Tensor | None = None
        for quarters, mirrored in views(self.views):
            view = torch.rot90(degraded.flip(-1) if mirrored else degraded, quarters, (-2, -1))
            estimate = torch.rot90(adapted(self.asked, view.contiguous(), {}).float(), -quarters, (-2, -1))
            estimate = estimate.flip(-1) if mirrored else estimate
            total = estimate if total is None else total + estimate
        assert total is not None
        return total / self.views


def views(count: int) -> Iterator[tuple[int, bool]]:
    """The first ``count`` (1, 2, 4 or 8) views as (quarter turns, mirrored first); the first is the picture itself."""
    turns = range(4) if count == 8 else range(0, count, 2)
    for quarters in turns:
        yield quarters, False
        yield quarters, True
