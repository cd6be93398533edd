"""A bundle with calibrated intervals: the restorer's own, or a new one, of a restorer without weights as well."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.errors import UsageError
from burnish.evaluation.benchmarks.benchmark import Benchmark
from burnish.evaluation.calibrating import calibrate
from burnish.restorer.bundle import bundle_weights, read_bundle, refuse_foreign, write_bundle
from burnish.restorer.options import RestoreOptions
from burnish.uncertainty.calibration import Calibration, settings_of, write
from burnish.uncertainty.widths import refuse_unfit

if TYPE_CHECKING:
    from burnish.inference import Restorer


def refuse_place(loaded: Restorer, out: Path, width: str) -> None:
    """Refuse what could not be measured or written, before anything is measured.

    Args:
        loaded: The restorer.
        out: The bundle that will hold the intervals.
        width: As of ``calibrate``.

    Raises:
        UsageError: ``out`` is the restorer's own bundle, whose settings are others; or as ``refuse_unfit``.
        BundleError: ``out`` holds something else.
    """
    refuse_unfit(width, loaded)
    if not _is_own(loaded, out):
        refuse_foreign(out)
        return
    assert loaded.bundle is not None
    settings = settings_of(loaded)
    if changed := sorted(name for name, value in loaded.bundle.config.items() if settings.get(name) != value):
        raise UsageError(f"{out}: has other settings ({', '.join(changed)}); give --out, for a bundle that has these")


def calibrate_bundle(
    loaded: Restorer,
    benchmark: Benchmark,
    out: Path,
    *,
    width: str = "head",
    confidence: float = 0.9,
    options: RestoreOptions | None = None,
    seed: int = 0,
    quiet: bool = False,
) -> Calibration:
    """Calibrate, and write the intervals into a bundle.

    Args:
        loaded: The restorer.
        benchmark: As of ``calibrate``, and so the others.
        out: Its own bundle, or a new one, which gets its weights and settings.
        width: See there.
        confidence: See there.
        options: See there.
        seed: See there.
        quiet: See there.

    Raises:
        UsageError, BundleError: As ``refuse_place``.
        EvaluationError: As ``calibrate``.
    """
    refuse_place(loaded, out, width)
    made = calibrate(
        loaded, benchmark, width=width, confidence=confidence, options=options, seed=seed, quiet=quiet
    )  # fmt: skip
    if not _is_own(loaded, out):
        _copied(loaded, out)
    made = replace(made, facts=made.facts.model_copy(update={"weights_sha256": read_bundle(out).weights_sha256}))
    write(out, made)
    return made


def _is_own(loaded: Restorer, out: Path) -> bool:
    return loaded.bundle is not None and loaded.folder is not None and out.resolve() == loaded.folder.resolve()


def _copied(loaded: Restorer, out: Path) -> None:
    known = loaded.bundle
    write_bundle(
        out,
        weights=bundle_weights(loaded.folder) if loaded.folder else {},
        restorer=loaded.id,
        config=loaded.config,
        distribution=loaded.distribution,
        version=loaded.version,
        training=known.training if known else {},
        figures=known.figures if known else {},
        lineage=known.lineage if known else {},
        compression=known.compression if known else {},
    )
