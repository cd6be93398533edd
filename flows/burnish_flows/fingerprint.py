"""What "nothing changed" means: one hash over recipe, data and all code that takes part."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from burnish.catalog import Catalog, Entry
from burnish.recipe import Recipe

FORMAT = 1
"""Raised when the same parts would give another hash."""

LIBRARIES = ("torch",)
"""Libraries whose version changes results by itself."""

HOST_PARTS = ("imaging", "inference", "training", "evaluation", "gates.py", "bundle.py", "recipe.py", "restorers.py")
"""What of burnish itself decides weights, scores and verdicts; the command line, for one, does not."""


def fingerprint(recipe: Recipe, data_md5: str, catalog: Catalog) -> str:
    """sha256, as hex, that is equal for two runs exactly when neither recipe nor data nor code differ."""
    digest = hashlib.sha256(f"{FORMAT}\n{recipe.digest()}\n{data_md5}\n".encode())
    for name in LIBRARIES:
        digest.update(f"{name} {version(name)}\n".encode())
    digest.update(code_digest(participants(recipe, catalog)).encode())
    return digest.hexdigest()


def participants(recipe: Recipe, catalog: Catalog) -> list[Entry]:
    """All that the recipe names, by plugin: restorer, degraders (nested ones too), metrics, baselines, gates.

    Raises:
        UnknownIdError: A name that no plugin declares.
    """
    wanted = [("restorers", recipe.restorer.id), *(("restorers", choice.id) for choice in recipe.baselines)]
    wanted += [("degraders", name) for name in _ids(recipe.degrader.model_dump())]
    wanted += [("gates", choice.id) for choice in recipe.gates]
    for benchmark in recipe.benchmarks:
        metrics, degraders = list(benchmark.metrics), []
        if benchmark.benchmark:
            entry = catalog.get("benchmarks", benchmark.benchmark)
            spec = entry.spec.as_json()
            metrics = metrics or spec["metrics"]
            degraders = [spec["degrader"], *_ids(spec["degrader_config"])]
        if benchmark.degrader is not None:
            degraders = list(_ids(benchmark.degrader.model_dump()))
        wanted += [("metrics", name) for name in metrics] + [("degraders", name) for name in degraders if name]
    entries = {catalog.get(kind, name).id: catalog.get(kind, name) for kind, name in wanted}
    return [entries[name] for name in sorted(entries)]


def code_digest(entries: Iterable[Entry]) -> str:
    """sha256 over the Python files of burnish that take part, and of the packages that implement the entries also the
    descriptions of the weights that ship in them, which name the weights' own sha256.
    """
    packages = {"burnish", *(entry.spec.factory.partition(".")[0].partition(":")[0] for entry in entries)}
    digest = hashlib.sha256()
    for package in sorted(package for package in packages if package):
        for folder in _folders(package):
            for path in _files(package, folder):
                digest.update(f"{package}/{path.relative_to(folder).as_posix()}\n".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def distributions(entries: Iterable[Entry]) -> dict[str, str]:
    """Distribution → version of burnish and of all plugins that take part."""
    return dict(sorted({"burnish": version("burnish"), **{e.distribution: e.version for e in entries}}.items()))


def _files(package: str, folder: Path) -> list[Path]:
    found = sorted([*folder.rglob("*.py"), *folder.rglob("bundle.json")])
    if package != "burnish":
        return found
    return [path for path in found if path.relative_to(folder).parts[0] in HOST_PARTS]


def _folders(package: str) -> list[Path]:
    """Where a top-level package or module is, without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None:
        return []
    if spec.submodule_search_locations:
        return [Path(location) for location in spec.submodule_search_locations]
    return [Path(spec.origin).parent] if spec.origin else []


def _ids(value: Any) -> Iterator[str]:
    """Every ``id`` in a configuration, however deep: a sequence of degraders names its parts so."""
    if isinstance(value, Mapping):
        if isinstance(value.get("id"), str):
            yield value["id"]
        for item in value.values():
            yield from _ids(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _ids(item)
