"""The benchmark: data, degrader and metrics, and the digest that says whether two results can be compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from burnish.errors import EvaluationError
from burnish.evaluation.metric_protocol import stated
from burnish.plugins.configuration import complete, earliest
from burnish.plugins.declarations import BenchmarkSpec, MetricSpec

if TYPE_CHECKING:
    from burnish.io.depth import Depth
    from burnish.plugins.catalog import Catalog
    from burnish.recipe.document import BenchmarkSettings

COLOURS = ("rgb", "grey", "y")
"""See ``burnish.io.read_clean``."""

_DIGEST_FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """A fixed set of clean images, where their observations come from, and metrics with their exact convention."""

    name: str
    """How scorecards and gates call it."""
    clean: Path
    """Folder of clean pictures, or one file."""
    metrics: tuple[str, ...]
    """Metric ids; the first one leads."""
    degrader: str | None = None
    """Degrader id; None where ``degraded`` is given."""
    degrader_config: Mapping[str, object] = field(default_factory=dict)
    metric_config: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """Metric id → settings that differ from the declared defaults."""
    colour: str = "rgb"
    """One of ``COLOURS``: how clean pictures are read."""
    seed: int = 0
    """Seeds every image's generator, together with the image's name."""
    degraded: Path | None = None
    """Folder of degraded pictures (or one file), matched with the clean ones by name."""
    kernels: Path | None = None
    """Beside ``degraded``: folder with the kernel of each blur, matched by name, or one file for all."""
    sigma: float | None = None
    """Beside ``degraded``: standard deviation of their noise in [0, 1]."""
    transfer: str = "auto"
    """Beside ``degraded``: how their values stand for light, as ``burnish.io.transfer_of`` takes it. (A degrader's
    observations say it themselves.)"""

    def __post_init__(self) -> None:
        if (self.degrader is None) == (self.degraded is None):
            raise EvaluationError(f"benchmark {self.name}: give either a degrader or a folder of degraded pictures")
        if self.degraded is None and (self.kernels is not None or self.sigma is not None or self.transfer != "auto"):
            raise EvaluationError(
                f"benchmark {self.name}: a degrader gives these itself; remove kernels, sigma and transfer"
            )
        if not self.metrics:
            raise EvaluationError(f"benchmark {self.name}: name at least one metric; see `burnish list metrics`")
        if self.colour not in COLOURS:
            raise EvaluationError(f"benchmark {self.name}: colour {self.colour!r} is not one of {', '.join(COLOURS)}")

    @classmethod
    def from_spec(cls, name: str, clean: Path, catalog: Catalog | None = None) -> Benchmark:
        """The declared benchmark with that id, on the pictures in ``clean``."""
        entry = _catalog(catalog).get("benchmarks", name)
        spec = cast(BenchmarkSpec, entry.spec)
        return cls(
            name=entry.id,
            clean=clean,
            metrics=spec.metrics,
            degrader=spec.degrader or None,
            degrader_config=spec.degrader_config,
            colour=spec.colour,
            seed=spec.seed,
        )

    @classmethod
    def from_settings(cls, settings: BenchmarkSettings, data_root: Path, catalog: Catalog | None = None) -> Benchmark:
        """The benchmark of a recipe; a declared one gives the defaults of missing fields.

        Args:
            settings: The recipe's entry.
            data_root: The folder that ``settings.clean`` is relative to.
            catalog: What is installed.
        """
        spec = BenchmarkSpec(name=settings.name, summary="")
        if settings.benchmark:
            spec = cast(BenchmarkSpec, _catalog(catalog).get("benchmarks", settings.benchmark).spec)
        chosen = settings.degrader
        return cls(
            name=settings.name,
            clean=data_root / settings.clean,
            metrics=settings.metrics or spec.metrics,
            metric_config=settings.metric_config,
            degrader=chosen.id if chosen else spec.degrader or None,
            degrader_config=chosen.config if chosen else spec.degrader_config,
            colour=settings.colour or spec.colour,
            seed=settings.seed if "seed" in settings.model_fields_set else spec.seed,
        )

    def digest(self, catalog: Catalog | None = None, *, clean_hash: str = "") -> str:
        """sha256 that is equal for two benchmarks exactly when their scores may be compared.

        Over the degrader's id, version and whole configuration, seed, colour, the metrics' versions and protocols (in
        the depth of the clean pictures' files), and the bytes of the pictures; not over the benchmark's name.

        Args:
            catalog: What is installed.
            clean_hash: ``data_hash(self.clean)`` where it is known already.
        """
        from burnish.evaluation.dataset import data_depth, data_hash, file_hash

        catalog, depth = _catalog(catalog), data_depth(self.clean)
        content: dict[str, object] = {
            "format": _DIGEST_FORMAT,
            "clean": clean_hash or data_hash(self.clean),
            "colour": self.colour,
            "metrics": dict(self._metric_identity(name, catalog, depth) for name in self.metrics),
        }
        if self.degraded is not None:
            content["degraded"] = data_hash(self.degraded)
            content |= {"kernels": file_hash(self.kernels)} if self.kernels is not None else {}
            content |= {"sigma": self.sigma} if self.sigma is not None else {}
            content |= {"transfer": self.transfer} if self.transfer != "auto" else {}
        if self.degrader is not None:
            entry = catalog.get("degraders", self.degrader)
            config = earliest(entry.spec, complete(entry.spec, self.degrader_config, subject=entry.id))
            version = f"{entry.distribution} {entry.version}"
            content |= {"degrader": entry.id, "config": config, "version": version, "seed": self.seed}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def _metric_identity(self, name: str, catalog: Catalog, depth: Depth) -> tuple[str, dict[str, object]]:
        entry = catalog.get("metrics", name)
        spec = cast(MetricSpec, entry.spec)
        config = complete(spec, self.metric_config.get(name, {}), subject=entry.id)
        return entry.id, {"version": spec.version, "protocol": stated(spec, config, depth)}


def _catalog(catalog: Catalog | None) -> Catalog:
    from burnish.plugins.catalog import installed

    return catalog if catalog is not None else installed()
