"""The stage after training, where the recipe has ``uncertainty``: intervals are calibrated and kept in the bundle."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.errors import EvaluationError, PluginError, RestorationError
from burnish.io.atomic import whole_folder

from burnish_flows.registry.locate import BUNDLE
from burnish_flows.retrain.snapshot import Run
from burnish_flows.retrain.stage import Retraining, Trained
from burnish_flows.retrain.tracking.notes import Notes

if TYPE_CHECKING:
    from burnish.evaluation.benchmarks.benchmark import Benchmark
    from burnish.inference import Restorer


def calibrated(retraining: Retraining, trained: Trained) -> Trained:
    """The stage: the same bundle with intervals; one that has them by the same pictures and settings is left as it is,
    and one that was registered already.

    A restorer that breaks on a picture gets none, which the gate ``burnish/coverage`` refuses; it is no failure of the
    run.
    """
    from burnish.evaluation.calibrating import benchmark_of, calibrate
    from burnish.inference import load_bundle
    from burnish.uncertainty.calibration import write

    run, settings = retraining.run, retraining.run.recipe.uncertainty
    assert settings is not None
    loaded = load_bundle(trained.bundle)
    benchmark = benchmark_of(run.recipe, run.project / run.recipe.data.root, loaded.channels)
    if trained.registered or _is_calibrated(run, loaded, benchmark):
        return trained
    try:
        made = calibrate(
            loaded, benchmark, width=settings.width, confidence=settings.confidence, seed=run.recipe.training.seed,
            quiet=run.quiet,
        )  # fmt: skip
    except (EvaluationError, PluginError, RestorationError) as error:
        Notes(run.quiet).say(f"{run.model}: it gets no intervals: {' '.join(str(error).split())}")
        return trained
    folder = _own(run, trained.bundle)
    write(folder, made)
    return replace(trained, bundle=folder)


def _is_calibrated(run: Run, loaded: Restorer, benchmark: Benchmark) -> bool:
    from burnish.uncertainty.calibration import found

    settings, known = run.recipe.uncertainty, found(loaded)
    assert settings is not None
    if known is None:
        return False
    facts = known.facts
    same = (facts.width, facts.confidence, facts.digest)
    return same == (settings.width, settings.confidence, benchmark.digest())


def _own(run: Run, bundle: Path) -> Path:
    """The bundle in this run's work; one that was fetched from the registry is copied, since others use it as it is."""
    if bundle == run.bundle:
        return bundle
    folder = run.work / "calibrated" / Path(BUNDLE).name
    with whole_folder(folder) as fresh:
        shutil.copytree(bundle, fresh, dirs_exist_ok=True)
    return folder
