"""The meaning of "nothing changed": one hash over recipe, data and all code that takes part."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from burnish.fingerprint.code import CALIBRATING, JUDGING, SCORING, TRAINING, Code, Named, code, involved
from burnish.inference.loading.locating import initial_bundle
from burnish.plugins.catalog import Catalog, Entry, is_file
from burnish.plugins.declarations import FILE
from burnish.recipe.document import Recipe
from burnish.restorer.bundle import contents_of, read_bundle

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


def identify(
    recipe: Recipe, data_md5: str, files: Mapping[str, str], catalog: Catalog, project: Path | None = None
) -> Identity:
    """Hash all that takes part; whatever has no name in the recipe does not.

    Args:
        recipe: Of the run.
        data_md5: Hash of the dataset.
        files: Path below the data root → hash, of every file of the dataset.
        catalog: What is installed.
        project: The folder that the recipe's initial bundle is relative to; None: the current one.

    Raises:
        UnknownIdError: A name that no plugin declares.
    """
    entries = participants(recipe, catalog)
    calibrating = CALIBRATING if recipe.uncertainty is not None else ()
    made_of = code(entries, {*TRAINING, *SCORING, *JUDGING, *calibrating})
    initial = _initial(recipe, project or Path())
    parts = [FORMAT, recipe.digest(), data_md5, made_of.digest(), *initial, *_files(recipe)]
    return Identity(
        fingerprint=hashlib.sha256(json.dumps(parts).encode()).hexdigest(),
        training=training_fingerprint(recipe, files, catalog, initial),
        code=made_of,
        plugins=distributions(entries),
    )


def training_fingerprint(
    recipe: Recipe, files: Mapping[str, str], catalog: Catalog, initial: Sequence[str] = ()
) -> str:
    """sha256, as hex, over what the weights depend on: restorer, degrader, training, the pictures that are trained on
    and validated with, and the code of these; not over what only judges the weights.

    Args:
        recipe: Of the run.
        files: Path below the data root → hash, of every file of the dataset.
        catalog: What is installed.
        initial: sha256 of the weights of the recipe's initial bundle, where it names one.
    """
    plain = recipe.model_dump(mode="json", include={"model", "restorer", "degrader", "training"})
    plain |= recipe.model_dump(mode="json", include={"compression"}, exclude_none=True)
    plain["data"] = [recipe.data.degraded, recipe.data.clean, recipe.data.shots, recipe.data.match]
    folders = [(folder or "").strip("/") for folder in (recipe.data.train, recipe.data.validation)]
    used = [folder for folder in folders if folder]
    below = {path: md5 for path, md5 in files.items() if any(_is_below(path, folder) for folder in used)}
    named = [("restorers", recipe.restorer.id, recipe.restorer.config), *_trained_with(recipe)]
    made_of = code(involved(named, catalog), TRAINING).digest()
    parts = [TRAINING_FORMAT, plain, folders, below or files, made_of, *initial]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _initial(recipe: Recipe, project: Path) -> list[str]:
    """The sha256 of the weights of the initial bundle, and of bundles that the learner is given.

    Of a recipe that compresses a champion, the compressed champion stands for what it was made of: run again, the
    recipe has nothing to do.
    """
    taught = contents_of(recipe.training.learner.config) if recipe.training.learner else {}
    if not recipe.initial:
        return list(taught.values())
    bundle = read_bundle(initial_bundle(recipe.initial, project))
    parent = bundle.training.get("facts", {}).get("initial") if recipe.compression and bundle.compression else None
    return [parent or bundle.weights_sha256, *taught.values()]


def _files(recipe: Recipe) -> list[str]:
    """The sha256 of every file that a baseline is made of."""
    named = [one.id if is_file(one.id) else one.config.get(FILE) for one in recipe.baselines]
    paths = [Path(one) for one in named if isinstance(one, str) and Path(one).is_file()]
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]


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
