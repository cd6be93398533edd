"""The quality of a restorer's output, without a reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

from burnish.drift.measures import as_tensor
from burnish.errors import EvaluationError, RestorationError, UsageError
from burnish.evaluation.benchmarks.evidence import neighbours
from burnish.ops.measures.noise import noise_sigma
from burnish.ops.measures.pixels import LUMA, central
from burnish.plugins.declarations import MetricSpec
from burnish.protocols import Metric

if TYPE_CHECKING:
    from burnish.inference import Restorer
    from burnish.plugins.catalog import Catalog

METRIC = "metrics/niqe"
"""The default for a restorer that was trained on clean pictures."""
NOISY = "metrics/upsnr"
"""The default for one that was trained on noisy ones: PSNR as estimated from neighbouring pixels."""
SIDE = 384
"""Pixels of the middle are restored: enough blocks for the metric, and bounded time."""
GUESSED = frozenset({"sigma", "scale"})
"""Conditions known for an arriving picture: σ as estimated, the scale as the restorer's own."""


class OutputQuality:
    """A restorer and a no-reference metric; called with a picture, it restores the middle and scores that."""

    def __init__(self, loaded: Restorer, catalog: Catalog, metric: str = METRIC) -> None:
        entry = catalog.get("metrics", metric)
        self.spec = cast(MetricSpec, entry.spec)
        self.id = entry.id
        if self.spec.of != "shots" and (self.spec.needs_reference or self.spec.of != "picture"):
            raise UsageError(
                f"{entry.id} compares with a clean picture, which arriving pictures lack; give {METRIC} or {NOISY}"
            )
        self._loaded = loaded
        self._metric = cast(Metric, catalog.create("metrics", entry.id, {}))

    @staticmethod
    def obstacle(loaded: Restorer) -> str:
        """The reason why this restorer's output cannot be scored on arriving pictures; empty if it can."""
        if loaded.spec.temporal != "single":
            return f"{loaded.id} restores a {loaded.spec.temporal}, but only single pictures are scored"
        if unknown := sorted(loaded.spec.needs - GUESSED):
            return f"{loaded.id} needs {', '.join(unknown)}, which is unknown for arriving pictures"
        return ""

    def __call__(self, degraded: Tensor, *, seed: int = 0) -> float | None:
        """Score 1,C,H,W in [0, 1]; None if it cannot be restored, or the estimate is too small for the metric.

        A restorer of grey pictures is given BT.601 luma, one of colour pictures a grey one three times.

        Args:
            degraded: The picture.
            seed: Of a restorer that draws random numbers.

        Raises:
            PluginError: The restorer's code fails.
        """
        from burnish.inference import restore

        pixels = central(degraded[0].permute(1, 2, 0).numpy(), SIDE)
        if pixels.shape[2] not in self._loaded.channels:
            pixels = pixels.repeat(3, axis=2) if pixels.shape[2] == 1 else (pixels @ LUMA)[:, :, None]
        conditions = {"sigma": min(1.0, noise_sigma(pixels))} if "sigma" in self._loaded.spec.needs else {}
        try:
            picture, reference = as_tensor(pixels), None
            if self.spec.of == "shots":
                picture, reference = neighbours(picture)
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)
                estimate = restore(self._loaded, picture, conditions, transfer="srgb")
            return float(self._metric(estimate, reference).mean())
        except (EvaluationError, RestorationError):
            return None
