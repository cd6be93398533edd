"""What code takes part: the packages behind what is named, and one hash over their files."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from burnish.catalog import Catalog, Entry
from burnish.declarations import RestorerSpec

HOST_PARTS = ("imaging", "inference", "training", "evaluation", "gates.py", "bundle.py", "recipe.py", "restorers")
"""What of burnish itself decides weights, scores and verdicts; the command line, for one, does not."""

TRAINING_PARTS = ("imaging", "inference", "training", "bundle.py", "restorers")
"""What of burnish itself decides weights."""

LIBRARIES = ("torch",)
"""Libraries whose version changes results by itself."""

Named = tuple[str, str, Mapping[str, Any]]
"""Kind (``restorers``), id or id:weights, and settings."""


def involved(named: Iterable[Named], catalog: Catalog) -> list[Entry]:
    """Everyone who takes part, once, by id: what is named, all of the same kind that its settings name, and what they
    may ask besides where it is installed.

    Raises:
        UnknownIdError: A name that no plugin declares.
    """
    found: dict[tuple[str, str, str], Entry] = {}
    for kind, name, config in named:
        _collect(kind, name, config, catalog, found)
    once = {entry.id: entry for entry in found.values()}
    return [once[id] for id in sorted(once)]


def library_versions() -> dict[str, str]:
    """Name → version of the libraries that change results by themselves."""
    return {name: version(name) for name in LIBRARIES}


def code_digest(entries: Iterable[Entry], parts: Collection[str] = HOST_PARTS) -> str:
    """sha256 over the Python files of burnish that take part, and of the packages that implement the entries also the
    descriptions of the weights that ship in them, which name the weights' own sha256.

    Args:
        entries: Whose code takes part.
        parts: What of burnish itself does.
    """
    packages = {"burnish", *(entry.spec.factory.partition(".")[0].partition(":")[0] for entry in entries)}
    digest = hashlib.sha256()
    for package in sorted(package for package in packages if package):
        for name, path in _files(package, parts):
            digest.update(f"{package}/{name}\n".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _files(package: str, parts: Collection[str]) -> list[tuple[str, Path]]:
    """Name and place of the files of a top-level package, or of a module that is one, without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None:
        return []
    if not spec.submodule_search_locations:
        return [(Path(spec.origin).name, Path(spec.origin))] if spec.has_location and spec.origin else []
    found = [
        (path.relative_to(folder).as_posix(), path)
        for folder in map(Path, spec.submodule_search_locations)
        for path in sorted([*folder.rglob("*.py"), *folder.rglob("bundle.json")])
    ]
    return [(name, path) for name, path in found if package != "burnish" or name.partition("/")[0] in parts]


def _collect(
    kind: str, name: str, config: Mapping[str, Any], catalog: Catalog, found: dict[tuple[str, str, str], Entry]
) -> None:
    """Put what is named into ``found``, by kind, id and settings, and what its settings, defaults included, name of the
    same kind; the same one with other settings may name others.

    A sequence of degraders names its parts so, a plug-and-play solver its denoiser.
    """
    entry = catalog.get(kind, name)
    key = kind, entry.id, json.dumps(config, sort_keys=True, default=str)
    if key in found:
        return
    found[key] = entry
    defaults = {key: schema.get("default") for key, schema in entry.spec.config.items()}
    asks = entry.spec.asks if isinstance(entry.spec, RestorerSpec) else ()
    for other, settings in named_in([{**defaults, **config}, asks], set(catalog.entries(kind))):
        _collect(kind, other, settings, catalog, found)


def named_in(value: Any, ids: set[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Name and settings of every ``{id: …, config: …}`` in a configuration, and every whole id, however deep."""
    if isinstance(value, str) and value.partition(":")[0] in ids:
        yield value, {}
    elif isinstance(value, Mapping):
        if isinstance(value.get("id"), str):
            yield value["id"], value.get("config") or {}
        for item in value.values():
            yield from named_in(item, ids)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from named_in(item, ids)
