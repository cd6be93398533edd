"""The fourth stage: bundle, scorecard, card and lineage become a version in the registry, alias challenger."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.compression import METHOD
from burnish.console.redaction import redact, redacted
from burnish.errors import RegistryError
from burnish.io import scratch

from burnish_flows.data import dataset
from burnish_flows.monitor import profiles
from burnish_flows.registry import soundness
from burnish_flows.registry.lineage import DATA, LINEAGE
from burnish_flows.registry.locate import BUNDLE
from burnish_flows.registry.store import Registry, Version
from burnish_flows.retrain import flavours, snapshot
from burnish_flows.retrain.flavours import ONNX, Network
from burnish_flows.retrain.snapshot import Run
from burnish_flows.retrain.stage import Evaluated, Registered, Retraining
from burnish_flows.retrain.tracking import observers, training_run
from burnish_flows.retrain.tracking.card import model_card

if TYPE_CHECKING:
    from burnish.evaluation.scorecard import Scorecard
    from burnish.restorer.bundle import Bundle
    from mlflow.models import ModelSignature
    from mlflow.models.model import ModelInfo

DESCRIPTION_LIMIT = 5000
"""MLflow's limit for a description on every database."""
ENVIRONMENT = ("device", "precision", "threads", "processes", "machines", "reproducible", "versions")
"""The facts of a training about its machine."""


def registered(retraining: Retraining, evaluated: Evaluated) -> Registered:
    """The stage: register the bundle; a version registered by a run that died is used again."""
    run, registry, scores = retraining.run, retraining.registry, evaluated.scores
    version = snapshot.undecided(run, registry.stand(run.model))
    if version is None:
        version = register(
            run,
            registry,
            bundle=evaluated.bundle,
            scorecard=scores.challenger.card if scores.challenger else None,
            baselines={label: scored.card for label, scored in scores.baselines.items()},
        )
        observers.registered(run, version)
    return Registered(version=version, scores=scores)


def register(
    run: Run, registry: Registry, *, bundle: Path, scorecard: Scorecard | None, baselines: Mapping[str, Scorecard]
) -> Version:
    """Log everything in one MLflow run and register it as a pending version, alias ``challenger``.

    Raises:
        RegistryError: The store refuses.
    """
    import mlflow
    from burnish.restorer.bundle import read_bundle
    from mlflow.exceptions import MlflowException

    manifest = read_bundle(bundle)
    fault = soundness.of_bundle(manifest, scorecard)
    mlflow.set_tracking_uri(run.tracking_uri)
    try:
        run_id = training_run.opened(run, registry)
        with training_run.quiet(), mlflow.start_run(run_id=run_id), scratch.folder() as folder:
            network = flavours.write(run.recipe, bundle, folder)
            tags = _tags(run, manifest, network)
            card = model_card(run, manifest, scorecard, baselines, network.verdict if network else "")
            mlflow.set_tags(tags)
            mlflow.log_metrics(_metrics(scorecard, manifest))
            _log_documents(run, manifest, scorecard, baselines, card)
            logged = _log_model(_named(bundle, folder), manifest, network)
            _log_profile(run, bundle)
            return registry.create_version(
                run.model,
                source=logged.model_uri,
                run_id=run_id,
                model_id=logged.model_id,
                tags=tags | ({soundness.FAULT: fault} if fault else {}),
                card=card[:DESCRIPTION_LIMIT],
            )
    except (MlflowException, OSError) as error:
        raise RegistryError(
            f"{run.tracking_uri}: cannot register {run.model}: {' '.join(str(error).split())}"
        ) from error


def _tags(run: Run, bundle: Bundle, network: Network | None) -> dict[str, str]:
    return {
        **training_run.tags(run),
        "restorer": bundle.restorer,
        "weights_sha256": bundle.weights_sha256,
        **({"compression": str(bundle.compression[METHOD])} if bundle.compression else {}),
        **({ONNX: network.verdict} if network else {}),
    }


def _metrics(scorecard: Scorecard | None, bundle: Bundle) -> dict[str, float]:
    figures: dict[str, float] = {}
    for key in ("steps", "seconds"):
        if bundle.training.get(key):  # without steps it is no training: the recipe's initial weights, as they are
            figures[f"training/{key}"] = float(bundle.training[key])
    for name, result in (scorecard.results if scorecard else {}).items():
        for metric, scores in result.scores.items():
            figures[f"{_metric_name(name)}/{_metric_name(metric)}"] = scores.mean
        if (found := result.intervals) is not None and (level := found.at(found.asked)) is not None:
            figures[f"{_metric_name(name)}/intervals/asked"] = level.asked
            figures[f"{_metric_name(name)}/intervals/coverage"] = level.mean_coverage
            figures[f"{_metric_name(name)}/intervals/width"] = level.mean_width
    if scorecard:
        figures["cost/seconds_per_megapixel"] = scorecard.cost.seconds_per_megapixel
        figures["cost/weights_mb"] = scorecard.cost.weights_mb
    return {name: value for name, value in figures.items() if math.isfinite(value)}


def _metric_name(text: str) -> str:
    """The name with only the characters that MLflow allows."""
    return "".join(c if c.isalnum() or c in "_-. /" else "_" for c in text)


def _training(manifest: Bundle) -> dict[str, object]:
    """The facts known only from the training: the machine, and the initial weights."""
    facts = manifest.training.get("facts", {})
    parent = facts.get("initial")
    return {
        "environment": {key: manifest.training.get(key) for key in ENVIRONMENT},
        "parent": {"restorer": manifest.restorer, "weights_sha256": parent} if parent else None,
        **({"compression": manifest.compression} if manifest.compression else {}),
    }


def _log_documents(
    run: Run, manifest: Bundle, scorecard: Scorecard | None, baselines: Mapping[str, Scorecard], card: str
) -> None:
    import mlflow

    with scratch.folder() as folder:
        (folder / "recipe.yaml").write_bytes(redact(run.recipe_path.read_bytes().decode()).encode())
        lineage = redacted({**run.lineage(), **_training(manifest)})
        (folder / LINEAGE).write_text(json.dumps(lineage, indent=2), encoding="utf-8")
        (folder / DATA).write_text(json.dumps(dataset.listing(run.home, run.pin), indent=0), encoding="utf-8")
        (folder / "card.md").write_text(card, encoding="utf-8")
        if scorecard is not None:
            (folder / "scorecard.json").write_text(scorecard.model_dump_json(indent=2), encoding="utf-8")
        for label, baseline in baselines.items():
            path = folder / "baselines" / f"{label.replace('/', '-')}.json"
            path.parent.mkdir(exist_ok=True)
            path.write_text(baseline.model_dump_json(indent=2), encoding="utf-8")
        mlflow.log_artifacts(str(folder))


def _log_profile(run: Run, bundle: Path) -> None:
    """Log the profile of the training, for ``burnish monitor``."""
    import mlflow

    profile = profiles.attempt(run.recipe, run.project, bundle)
    if profile is not None:
        mlflow.log_text(profile.model_dump_json(indent=2), profiles.PROFILE)


def _log_model(bundle: Path, manifest: Bundle, network: Network | None) -> ModelInfo:
    return flavours.log_model(
        network,
        artifacts={"bundle": str(bundle)},
        name="model",
        python_model=str(Path(__file__).with_name("served_model.py")),
        signature=_signature(manifest),
        pip_requirements=_requirements(manifest),
    )


def _named(bundle: Path, folder: Path) -> Path:
    """The bundle under the name by which it is fetched again: MLflow keeps names, and one of the cache has another."""
    name = Path(BUNDLE).name
    return bundle if bundle.name == name else Path(shutil.copytree(bundle, folder / name))


def _signature(manifest: Bundle) -> ModelSignature:
    """The model's signature: N, H and W are free; the number of channels is fixed if only one is possible."""
    import numpy as np
    from burnish.plugins.catalog import installed
    from mlflow.models import ModelSignature
    from mlflow.types.schema import ParamSchema, ParamSpec, Schema, TensorSpec

    spec = installed().get("restorers", manifest.restorer).spec
    channels = manifest.config.get("channels")
    pictures = Schema([TensorSpec(np.dtype("float32"), (-1, channels if isinstance(channels, int) else -1, -1, -1))])
    needs_sigma = "sigma" in getattr(spec, "needs", ())
    params = [ParamSpec("sigma", "double", 0.0)] if needs_sigma else []
    if getattr(spec, "light", "stored") == "linear":
        params.append(ParamSpec("transfer", "string", "linear"))
    return ModelSignature(inputs=pictures, outputs=pictures, params=ParamSchema(params) if params else None)


def _requirements(manifest: Bundle) -> list[str]:
    """The requirements, given explicitly: otherwise MLflow would load the model again to guess them."""
    names = ["burnish", "torch", "numpy", "safetensors", "mlflow"]
    pinned = [f"{name}=={version(name).partition('+')[0]}" for name in names]
    own = f"{manifest.distribution}=={manifest.version}"
    return pinned if own in pinned else [*pinned, own]
