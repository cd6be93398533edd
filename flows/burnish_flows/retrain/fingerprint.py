"""The meaning of "nothing changed": one hash over recipe, data and all code that takes part."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version

from burnish.fingerprint.code import JUDGING, SCORING, TRAINING, Code, Named, code, involved
from burnish.plugins.catalog import Catalog, Entry
from burnish.recipe.document import Recipe

FORMAT = 2
"""Raised when the same parts would give another hash."""
TRAINING_FORMAT = 3
"""The same of ``training_fingerprint``."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What a run is made of, in hashes and versions."""

    fingerprint: str
    """sha256, as hex, that is equal for two runs exactly when neither recipe nor data nor code differ."""
    training: str
    """See ``training_fingerprint``."""
    code: Code
    """All code that computes weights, scores and verdict."""
    plugins: dict[str, str]
    """Distribution → version of burnish and of all plugins that take part."""


def identify(recipe: Recipe, data_md5: str, files: Mapping[str, str], catalog: Catalog) -> Identity:
    """Hash all that takes part; whatever has no name in the recipe does not.

    Args:
        recipe: Of the run.
        data_md5: Hash of the dataset.
        files: Path below the data root → hash, of every file of the dataset.
        catalog: What is installed.

    Raises:
        UnknownIdError: A name that no plugin declares.
    """
    entries = participants(recipe, catalog)
    made_of = code(entries, {*TRAINING, *SCORING, *JUDGING})
    parts = [FORMAT, recipe.digest(), data_md5, made_of.digest()]
    return Identity(
        fingerprint=hashlib.sha256(json.dumps(parts).encode()).hexdigest(),
        training=training_fingerprint(recipe, files, catalog),
        code=made_of,
        plugins=distributions(entries),
    )


def training_fingerprint(recipe: Recipe, files: Mapping[str, str], catalog: Catalog) -> str:
    """sha256, as hex, over what the weights depend on: restorer, degrader, training, the pictures that are trained on
    and validated with, and the code of these; not over what only judges the weights.

    Args:
        recipe: Of the run.
        files: Path below the data root → hash, of every file of the dataset.
        catalog: What is installed.
    """
    plain = recipe.model_dump(mode="json", include={"model", "restorer", "degrader", "training"})
    plain["data"] = [recipe.data.degraded, recipe.data.clean, recipe.data.shots, recipe.data.match]
    folders = [(folder or "").strip("/") for folder in (recipe.data.train, recipe.data.validation)]
    used = [folder for folder in folders if folder]
    below = {path: md5 for path, md5 in files.items() if any(_is_below(path, folder) for folder in used)}
    named = [("restorers", recipe.restorer.id, recipe.restorer.config), *_trained_with(recipe)]
    parts = [TRAINING_FORMAT, plain, folders, below or files, code(involved(named, catalog), TRAINING).digest()]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _trained_with(recipe: Recipe) -> list[Named]:
    """The degrader and the learner that a recipe names."""
    kinds = {"degraders": recipe.degrader, "learners": recipe.training.learner}
    return [(kind, choice.id, choice.config) for kind, choice in kinds.items() if choice is not None]


def _is_below(path: str, folder: str) -> bool:
    return folder in ("", ".") or path == folder or path.startswith(f"{folder}/")


def participants(recipe: Recipe, catalog: Catalog) -> list[Entry]:
    """All that the recipe names, by plugin: restorer, learner, degraders (nested ones too), metrics, baselines, gates.

    Raises:
        UnknownIdError: A name that no plugin declares.
    """
    named: list[Named] = [
        *(("restorers", choice.id, choice.config) for choice in (recipe.restorer, *recipe.baselines)),
        *_trained_with(recipe),
        *(("gates", choice.id, {}) for choice in recipe.gates),
    ]
    for benchmark in recipe.benchmarks:
        metrics, degrader, config = list(benchmark.metrics), "", {}
        if benchmark.benchmark:
            spec = catalog.get("benchmarks", benchmark.benchmark).spec.as_json()
            metrics, degrader, config = metrics or spec["metrics"], spec["degrader"], spec["degrader_config"]
        if benchmark.degrader is not None:
            degrader, config = benchmark.degrader.id, benchmark.degrader.config
        named += [("degraders", degrader, config)] if degrader else []
        named += [("metrics", metric, {}) for metric in metrics]
    return involved(named, catalog)


def distributions(entries: Iterable[Entry]) -> dict[str, str]:
    """Distribution → version of burnish and of all plugins that take part."""
    return dict(sorted({"burnish": version("burnish"), **{e.distribution: e.version for e in entries}}.items()))
