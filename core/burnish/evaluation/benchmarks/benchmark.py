"""The benchmark: data, degrader and metrics, and the digest that says whether two results can be compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from burnish.errors import EvaluationError
from burnish.evaluation.benchmarks.metric_protocol import stated
from burnish.ops.noise import NoiseModel
from burnish.plugins.configuration import complete, earliest
from burnish.plugins.declarations import BenchmarkSpec, MetricSpec

if TYPE_CHECKING:
    from burnish.data.items import Frames, Item
    from burnish.io.depth import Depth
    from burnish.plugins.catalog import Catalog
    from burnish.recipe.benchmark import BenchmarkSettings

COLOURS = ("rgb", "grey", "y")
"""See ``burnish.io.read_clean``."""

EVIDENCE = {
    "shots": "estimated from other shots of the same scene",
    "probe": "estimated from the response to a small change (SURE), for the stated noise",
}
"""What a metric compares (``MetricSpec.of``) → what its scores rest on, where no clean picture is needed."""
NEIGHBOURS = "estimated from neighbours: the restorer is given every second pixel, the others are compared with; biased"
"""The same of a metric of shots where there are single pictures only."""

_DIGEST_FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """A fixed set of clean images, where their observations come from, and metrics with their exact convention."""

    name: str
    """How scorecards and gates call it."""
    metrics: tuple[str, ...]
    """Metric ids; the first one leads."""
    clean: Path | None = None
    """Folder of clean pictures, or one file; None: scores are estimated from degraded pictures alone."""
    degrader: str | None = None
    """Degrader id; None where ``degraded`` or ``shots`` is given."""
    degrader_config: Mapping[str, object] = field(default_factory=dict)
    metric_config: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """Metric id → settings that differ from the declared defaults."""
    colour: str = "rgb"
    """One of ``COLOURS``: how clean pictures are read."""
    rgb_degrader_config: Mapping[str, object] = field(default_factory=dict)
    """Where it is not empty: the degrader's settings for a restorer that is asked in RGB; see ``for_channels``."""
    seed: int = 0
    """Seeds every image's generator, together with the image's name."""
    degraded: Path | None = None
    """Folder of degraded pictures (or one file), matched with the clean ones by name, where there are any."""
    shots: Path | None = None
    """Folder of folders, one for each scene, of at least two shots of it; the first one in a folder is restored."""
    noise: NoiseModel | None = None
    """Beside ``degraded`` or ``shots``: their noise, where no file beside a picture says it."""
    match: str = "none"
    """Beside ``degraded`` and ``clean``: ``affine`` fits the clean pictures to their brightness."""
    kernels: Path | None = None
    """Beside ``degraded``: folder with the kernel of each blur, matched by name, or one file for all."""
    sigma: float | None = None
    """Beside ``degraded``: standard deviation of their noise in [0, 1]."""
    transfer: str = "auto"
    """Beside ``degraded``: how their values stand for light, as ``burnish.io.transfer_of`` takes it. (A degrader's
    observations say it themselves.)"""

    def __post_init__(self) -> None:
        sources = [self.degrader, self.degraded, self.shots]
        if sum(source is not None for source in sources) != 1:
            raise EvaluationError(
                f"benchmark {self.name}: give a degrader, a folder of degraded pictures, or one of shots"
            )
        if self.degrader is not None and self.clean is None:
            raise EvaluationError(f"benchmark {self.name}: give the clean pictures that {self.degrader} degrades")
        if self.shots is not None and self.clean is not None:
            raise EvaluationError(f"benchmark {self.name}: shots are compared with each other; remove clean")
        if self.match != "none" and (self.clean is None or self.degraded is None):
            raise EvaluationError(f"benchmark {self.name}: match fits pairs; give degraded and clean, or remove it")
        if self.noise is not None and self.degrader is not None:
            raise EvaluationError(f"benchmark {self.name}: noise describes degraded pictures or shots; remove it")
        told = self.kernels is not None or self.sigma is not None or self.transfer != "auto"
        if self.degrader is not None and told:
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
            rgb_degrader_config=spec.rgb_degrader_config,
            seed=spec.seed,
        )

    @classmethod
    def from_settings(cls, settings: BenchmarkSettings, data_root: Path, catalog: Catalog | None = None) -> Benchmark:
        """The benchmark of a recipe; a declared one gives the defaults of missing fields.

        Args:
            settings: The recipe's entry.
            data_root: The folder that its folders are relative to.
            catalog: What is installed.
        """
        spec = BenchmarkSpec(name=settings.name, summary="")
        if settings.benchmark:
            spec = cast(BenchmarkSpec, _catalog(catalog).get("benchmarks", settings.benchmark).spec)
        chosen = settings.degrader
        measured = {name.rpartition("/")[2] for name in spec.metrics}
        own = chosen or settings.colour or {name.rpartition("/")[2] for name in settings.metrics} - measured
        return cls(
            name=settings.name,
            clean=data_root / settings.clean if settings.clean else None,
            degraded=data_root / settings.degraded if settings.degraded else None,
            shots=data_root / settings.shots if settings.shots else None,
            noise=NoiseModel(**settings.noise.model_dump()) if settings.noise else None,
            match=settings.match,
            metrics=settings.metrics or spec.metrics,
            metric_config=settings.metric_config,
            degrader=chosen.id if chosen else spec.degrader or None,
            degrader_config=chosen.config if chosen else spec.degrader_config,
            colour=settings.colour or spec.colour,
            rgb_degrader_config={} if own else spec.rgb_degrader_config,
            seed=settings.seed if "seed" in settings.model_fields_set else spec.seed,
        )

    def for_channels(self, channels: Collection[int]) -> Benchmark:
        """The benchmark in the colours in which a restorer of such pictures is asked.

        Networks for super-resolution are made for RGB or for luma alone, and published figures are of luma either way.
        One that takes RGB and no single channel is given the small RGB picture, rounded to 8 bit; its metrics make luma
        of its estimate and of the clean picture. All others are asked in the benchmark's own colour.

        Args:
            channels: Numbers of channels that the restorer takes.
        """
        if not self.rgb_degrader_config:
            return self
        if 3 not in channels or 1 in channels:
            return replace(self, rgb_degrader_config={})
        config = {**self.degrader_config, **self.rgb_degrader_config}
        return replace(self, colour="rgb", degrader_config=config, rgb_degrader_config={})

    def digest(self, catalog: Catalog | None = None, *, clean_hash: str = "") -> str:
        """sha256 that is equal for two benchmarks exactly when their scores may be compared.

        Over the degrader's id, version and whole configuration, seed, colour, the metrics' versions and protocols (in
        the depth of the clean pictures' files), and the bytes of the pictures; not over the benchmark's name.

        Args:
            catalog: What is installed.
            clean_hash: ``data_hash(self.pictures)`` where it is known already.
        """
        from burnish.data.hashing import data_depth, data_hash, facts_hash, file_hash

        catalog, depth = _catalog(catalog), data_depth(self.pictures)
        content: dict[str, object] = {
            "format": _DIGEST_FORMAT,
            "clean" if self.clean is not None else "pictures": clean_hash or data_hash(self.pictures),
            "colour": self.colour,
            "metrics": dict(self._metric_identity(name, catalog, depth) for name in self.metrics),
        }
        if self.degraded is not None:
            content["degraded"] = data_hash(self.degraded)
            content |= {"match": self.match} if self.match != "none" else {}
            content |= {"kernels": file_hash(self.kernels)} if self.kernels is not None else {}
            content |= {"sigma": self.sigma} if self.sigma is not None else {}
            content |= {"transfer": self.transfer} if self.transfer != "auto" else {}
        if self.shots is not None:
            content["shots"] = True
        if self.degrader is None:
            known = facts_hash(self.items())
            content |= {"known": known} if known else {}
            content |= {"noise": asdict(self.noise)} if self.noise is not None else {}
        if self.degrader is not None:
            entry = catalog.get("degraders", self.degrader)
            config = earliest(entry.spec, complete(entry.spec, self.degrader_config, subject=entry.id))
            version = f"{entry.distribution} {entry.version}"
            content |= {"degrader": entry.id, "config": config, "version": version, "seed": self.seed}
            content |= {"rgb": dict(self.rgb_degrader_config)} if self.rgb_degrader_config else {}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def _metric_identity(self, name: str, catalog: Catalog, depth: Depth) -> tuple[str, dict[str, object]]:
        entry = catalog.get("metrics", name)
        spec = cast(MetricSpec, entry.spec)
        config = complete(spec, self.metric_config.get(name, {}), subject=entry.id)
        return entry.id, {"version": spec.version, "protocol": self.protocol(spec, config, depth)}

    @property
    def pictures(self) -> Path:
        """The folder whose pictures give scores their names and their depth: the clean ones, else the degraded ones."""
        found = self.clean or self.degraded or self.shots
        assert found is not None
        return found

    def items(self, frames: Frames = "none") -> list[Item]:
        """The images, sorted by name, with all files that belong to each.

        Raises:
            DataError: A folder is missing or empty, or files have no partner; names them.
        """
        from burnish.data.items import degraded_items, items, shot_items

        if self.clean is not None:
            return items(self.clean, self.degraded, frames=frames, kernels=self.kernels)
        if self.shots is not None:
            return shot_items(self.shots)
        assert self.degraded is not None
        return degraded_items(self.degraded)

    def protocol(self, spec: MetricSpec, config: Mapping[str, object], depth: Depth) -> dict[str, object]:
        """A metric's protocol as stored with its scores; where no clean picture is needed, with its ``evidence``."""
        if spec.of not in EVIDENCE:
            return stated(spec, config, depth)
        evidence = NEIGHBOURS if spec.of == "shots" and self.shots is None else EVIDENCE[spec.of]
        return {**stated(spec, config, depth), "evidence": evidence}


def _catalog(catalog: Catalog | None) -> Catalog:
    from burnish.plugins.catalog import installed

    return catalog if catalog is not None else installed()
