"""The inputs of a result: the code that computes it, the plugins involved, and the libraries that can change a number.

The code is the import closure of the computing modules (see ``import_closure``), so that a change to a report or to a
progress bar invalidates nothing, and a file may be moved. Decisions of the host's light modules are hashed by value
instead: the recipe's by its digest, a declaration's by its defaults and facts.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import MISSING, Field, dataclass, fields
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution, distributions, packages_distributions, version
from typing import Any

from burnish.errors import PluginError
from burnish.fingerprint.import_closure import Closure, closure
from burnish.fingerprint.source import module_file, package_folders
from burnish.plugins.catalog import Catalog, Entry
from burnish.plugins.configuration import named_in
from burnish.plugins.declarations import RestorerSpec

TRAINING = ("burnish.plugins.configuration", "burnish.training.training")
"""Modules of the host that compute weights, with all that they import."""

RESTORING = ("burnish.plugins.configuration", "burnish.inference.files.folders", "burnish.inference.loading.load")
"""The same for pictures."""

SCORING = ("burnish.plugins.configuration", "burnish.evaluation.evaluate", "burnish.inference.loading.load")
"""The same for scores."""

CALIBRATING = ("burnish.evaluation.calibrating",)
"""The same for intervals."""

JUDGING = ("burnish.builtin.gates",)
"""The same for verdicts."""

LEFT_OUT = frozenset(
    f"burnish.{name}"
    for name in (
        "cli",
        "console",
        "errors",
        "evaluation.lineage",
        "events",
        "fingerprint",
        "installation",
        "io.scratch",
        "lazy",
        "plugins.catalog",
        "plugins.compatibility",
        "plugins.declarations",
        "plugins.discovery",
        "plugins.entry",
        "plugins.hookspecs",
        "plugins.host",
        "plugins.record",
        "preflight",
        "garbage_collection",
        "recipe",
        "schema",
        "training.callbacks.bar",
        "training.callbacks.reporting",
        "training.distributed.messages",
        "version",
    )
)
"""Modules that change no number: they find, name, report, or contain values that are hashed themselves."""

HARMLESS = frozenset(
    {"jsonschema", "packaging", "pluggy", "pydantic", "pyyaml", "rich", "safetensors", "typing-extensions"}
)
"""Libraries that change no number: they check, find, print or store exactly."""

WORDS = frozenset(
    {"name", "factory", "summary", "reference", "license", "config", "weights", "asks", "suffixes", "packages"}
)
"""Fields of a declaration that are for people, or whose target is hashed instead."""

Named = tuple[str, str, Mapping[str, object]]
"""Kind (``restorers``), id or id:weights, and settings."""


@dataclass(frozen=True, kw_only=True)
class Code:
    """The inputs of a result, apart from data and settings."""

    modules: Mapping[str, str]
    """Module → sha256 of its code; its path does not count."""
    declared: Mapping[str, str]
    """Id → sha256 of its defaults, facts and implementation."""
    files: Mapping[str, str]
    """Data files that the code names, and descriptions of shipped weights: package and file → sha256."""
    libraries: Mapping[str, str]
    """Distribution → version."""

    def digest(self) -> str:
        """sha256, as hex; changes with everything that can change a number of the result."""
        parts = (
            sorted(set(self.modules.values())),
            sorted(self.declared.items()),
            sorted(self.files.values()),
            sorted(self.libraries.items()),
        )
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def as_json(self) -> dict[str, dict[str, str]]:
        """As plain JSON values; hashes are cut to 16 digits."""
        short = {name: {key: value[:16] for key, value in getattr(self, name).items()} for name in _HASHES}
        return {**short, "libraries": dict(self.libraries)}


_HASHES = ("modules", "declared", "files")


def code(entries: Iterable[Entry], roots: Iterable[str]) -> Code:
    """The code and libraries that the entries' implementations use.

    Args:
        entries: The entries involved; see ``involved``.
        roots: Modules of the host that compute: ``TRAINING``, ``RESTORING``, ``SCORING``, ``JUDGING``.

    Raises:
        PluginError: A file involved is not valid Python.
    """
    entries = list(entries)
    packages = {"burnish", *(_package(implementation) for entry in entries for implementation in _factories(entry))}
    modules = [*roots, *(name.partition(":")[0] for entry in entries for name in _factories(entry))]
    try:
        found = closure(modules, follow=lambda top: top in packages or _is_source(top), leave_out=LEFT_OUT)
    except SyntaxError as error:
        raise PluginError(f"{error.filename}, line {error.lineno}: {error.msg}") from error
    return Code(
        modules=found.modules,
        declared={entry.id: _declared(entry, found) for entry in entries},
        files={**_data_files(packages, found), **_weights(entries)},
        libraries=_versions(found.libraries),
    )


def differences(before: Mapping[str, Any], after: Mapping[str, Any], most: int = 6) -> list[str]:
    """What differs between two ``Code.as_json``: ``numpy 2.1.0 → 2.2.0``, ``burnish_cnn.dncnn``; at most ``most``."""
    old, new = before.get("libraries", {}), after.get("libraries", {})
    found = [
        f"{name} {old.get(name, 'not used')} → {new.get(name, 'not used')}"
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    ]
    for kind in _HASHES:
        old, new = before.get(kind, {}), after.get(kind, {})
        moved = set(old.values()) & set(new.values()) if kind != "declared" else set[str]()
        found += [
            name
            for name in sorted({*old, *new})
            if old.get(name) != new.get(name) and not {old.get(name), new.get(name)} - {None} <= moved
        ]
    found = list(dict.fromkeys(found))
    return found if len(found) <= most else [*found[: most - 1], f"{len(found) - most + 1} more"]


def involved(named: Iterable[Named], catalog: Catalog) -> list[Entry]:
    """All entries that take part, once each, sorted by id.

    These are the named ones, those of the same kind that their settings name, and those that they may use if installed.

    Raises:
        UnknownIdError: A name that no plugin declares.
    """
    found: dict[tuple[str, str, str], Entry] = {}
    for kind, name, config in named:
        _collect(kind, name, config, catalog, found)
    once = {entry.id: entry for entry in found.values()}
    return [once[id] for id in sorted(once)]


def _factories(entry: Entry) -> list[str]:
    """``module:attribute`` of what the host resolves for an entry."""
    return [name for name in (entry.spec.factory, getattr(entry.spec, "learner", "")) if name]


def _package(factory: str) -> str:
    return factory.partition(":")[0].partition(".")[0]


def _declared(entry: Entry, found: Closure) -> str:
    """Hash of an entry's declaration and implementation.

    It covers the implementation, the defaults of the settings, and the declared facts that differ from their defaults,
    so that a new field of all declarations changes no hash.
    """
    usual = {one.name: _usual(one) for one in fields(entry.spec) if one.name not in WORDS}
    plain = entry.spec.as_json()
    facts = {name: plain[name] for name, value in usual.items() if getattr(entry.spec, name) != value}
    defaults = {key: schema["default"] for key, schema in entry.spec.config.items() if "default" in schema}
    homes = [(found.modules.get(name.partition(":")[0], ""), name.partition(":")[2]) for name in _factories(entry)]
    text = json.dumps([homes, facts, defaults], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _usual(one: Field[object]) -> object:
    return one.default_factory() if one.default_factory is not MISSING else one.default


def _weights(entries: Iterable[Entry]) -> dict[str, str]:
    """The descriptions of the weights that ship with the entries, which contain the weights' sha256."""
    found = {}
    for entry in entries:
        package = _package(entry.spec.factory)
        for folder in getattr(entry.spec, "weights", {}).values():
            for place in package_folders(package):
                if (path := place / folder / "bundle.json").is_file():
                    found[f"{package}/{folder}"] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def _data_files(packages: Iterable[str], found: Closure) -> dict[str, str]:
    """The packages' data files whose names appear in the code, such as the parameters of a metric."""
    files = {}
    for package in packages:
        named = found.texts.get(package, frozenset())
        for place in package_folders(package):
            for path in place.rglob("*.*"):
                if path.suffix not in (".py", ".pyc") and path.name in named and path.is_file():
                    name = f"{package}/{path.relative_to(place).as_posix()}"
                    files[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return files


def _versions(names: Iterable[str]) -> dict[str, str]:
    """Distribution → version of the imported libraries and Python: 3.12, for example, sums floats unlike 3.11."""
    found = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    for name in names:
        known = _distribution(name)
        if known and _plain(known) not in HARMLESS:
            found[known] = version(known)
    return found


@lru_cache(maxsize=512)
def _distribution(name: str) -> str:
    """The distribution of a top-level name; empty if none. Distributions that declare their names come first."""
    with suppress(PackageNotFoundError):
        return distribution(name).name
    for one in distributions():
        if name in (one.read_text("top_level.txt") or "").split():
            return one.name
    return next(iter(sorted(packages_distributions().get(name, ()))), "")


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


@lru_cache(maxsize=512)
def _is_source(top: str) -> bool:
    """Whether a package is hashed as source, since no version identifies it: it has none, or is an editable install."""
    if top in sys.stdlib_module_names or module_file(top) is None:
        return False
    known = _distribution(top)
    if not known:
        return True
    origin = distribution(known).read_text("direct_url.json")
    return bool(origin and json.loads(origin).get("dir_info", {}).get("editable"))


def _collect(
    kind: str, name: str, config: Mapping[str, object], catalog: Catalog, found: dict[tuple[str, str, str], Entry]
) -> None:
    """Add an entry to ``found``, and the entries of the same kind that its settings name, defaults included.

    The key is kind, id and settings: with other settings an entry may name others.

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
