"""Measures of a restorer's output without a reference: its quality, and how sure the restorer is of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

from burnish.drift.measures import INTERVAL_WIDTH, OUTPUT_QUALITY, as_tensor
from burnish.errors import BundleError, EvaluationError, RestorationError, UsageError
from burnish.evaluation.benchmarks.evidence import neighbours
from burnish.ops.measures.noise import noise_sigma
from burnish.ops.measures.pixels import LUMA, central
from burnish.plugins.declarations import MetricSpec
from burnish.protocols import Metric
from burnish.uncertainty import calibration
from burnish.uncertainty.interval import Interval

if TYPE_CHECKING:
    from burnish.inference import Restorer
    from burnish.plugins.catalog import Catalog

METRIC = "metrics/niqe"
"""The default for a restorer that was trained on clean pictures."""
NOISY = "metrics/upsnr"
"""The default for one that was trained on noisy ones: PSNR as estimated from neighbouring pixels."""
SIDE = 384
"""Pixels of the middle are restored: enough blocks for the metric, and bounded time."""
COVERAGES = (0.9, 0.8, 0.5)
"""The promise whose intervals are measured: the first that the calibration can make."""
GUESSED = frozenset({"sigma", "scale"})
"""Conditions known for an arriving picture: σ as estimated, the scale as the restorer's own."""


class OutputMeasures:
    """A restorer, a no-reference metric and calibrated intervals; called with a picture, it restores the middle."""

    def __init__(self, loaded: Restorer, catalog: Catalog, metric: str = METRIC) -> None:
        """Prepare.

        Args:
            loaded: The restorer.
            catalog: What is installed.
            metric: Id of a metric that needs no clean picture; empty: the quality is not scored.

        Raises:
            UsageError: The metric needs one.
        """
        self.id = ""
        self._loaded = loaded
        if metric:
            entry = catalog.get("metrics", metric)
            self.spec = cast(MetricSpec, entry.spec)
            self.id = entry.id
            if self.spec.of != "shots" and (self.spec.needs_reference or self.spec.of != "picture"):
                raise UsageError(
                    f"{entry.id} compares with a clean picture, which arriving pictures lack; give {METRIC} or {NOISY}"
                )
            self._metric = cast(Metric, catalog.create("metrics", entry.id, {}))

    @staticmethod
    def obstacle(loaded: Restorer) -> str:
        """The reason why this restorer's output cannot be measured on arriving pictures; empty if it can."""
        if loaded.spec.temporal != "single":
            return f"{loaded.id} restores a {loaded.spec.temporal}, but only single pictures are scored"
        if unknown := sorted(loaded.spec.needs - GUESSED):
            return f"{loaded.id} needs {', '.join(unknown)}, which is unknown for arriving pictures"
        return ""

    def __call__(self, degraded: Tensor, *, seed: int = 0) -> dict[str, float | None]:
        """Measures of what is made of 1,C,H,W in [0, 1]; None if it cannot be restored, or is too small for the metric.

        A restorer of grey pictures is given BT.601 luma, one of colour pictures a grey one three times.

        Args:
            degraded: The picture.
            seed: Of a restorer that draws random numbers.

        Raises:
            PluginError: The restorer's code fails.
        """
        pixels = central(degraded[0].permute(1, 2, 0).numpy(), SIDE)
        if pixels.shape[2] not in self._loaded.channels:
            pixels = pixels.repeat(3, axis=2) if pixels.shape[2] == 1 else (pixels @ LUMA)[:, :, None]
        conditions = {"sigma": min(1.0, noise_sigma(pixels))} if "sigma" in self._loaded.spec.needs else {}

        def again(picture: Tensor) -> Tensor | None:
            return self._restored(picture, conditions, seed)

        picture, found = as_tensor(pixels), dict[str, float | None]()
        shots = bool(self.id) and self.spec.of == "shots"
        estimate = None if shots and self._promise is None else again(picture)
        if shots:
            seen, others = neighbours(picture)
            found[OUTPUT_QUALITY] = self._quality(again(seen), others)
        elif self.id:
            found[OUTPUT_QUALITY] = self._quality(estimate, None)
        if self._promise is not None:
            found[INTERVAL_WIDTH] = self._width(picture, estimate, again)
        return found

    def _quality(self, estimate: Tensor | None, reference: Tensor | None) -> float | None:
        try:
            return None if estimate is None else float(self._metric(estimate, reference).mean())
        except EvaluationError:
            return None

    def _width(
        self, picture: Tensor, estimate: Tensor | None, again: Callable[[Tensor], Tensor | None]
    ) -> float | None:
        """The mean width of the intervals; where the picture is unlike those of the calibration it is larger."""
        assert self._promise is not None
        known, factor = self._promise

        def shown(other: Tensor) -> Tensor:
            made = again(other)
            return (other if made is None else made).clamp(0.0, 1.0)

        if estimate is None:
            return None
        estimate = estimate.clamp(0.0, 1.0)
        return float(Interval.about(estimate, known.width(picture, estimate, shown), factor).width.mean())

    @cached_property
    def _promise(self) -> tuple[calibration.Calibration, float] | None:
        """The restorer's calibration, and the factor of its promise; None: it has none."""
        try:
            known = calibration.found(self._loaded)
        except BundleError:
            return None
        factors = list(known.promises(COVERAGES).values()) if known is not None else []
        return (known, factors[0]) if known is not None and factors else None

    def _restored(self, picture: Tensor, conditions: Mapping[str, float], seed: int) -> Tensor | None:
        """None if it cannot be."""
        from burnish.inference import restore

        try:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)
                return restore(self._loaded, picture, conditions, transfer="srgb")
        except RestorationError:
            return None
