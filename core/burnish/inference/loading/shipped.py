"""Trained weights that ship with a plugin: bundles among its package's files, with ids ``plugin/name:weights``."""

from __future__ import annotations

from pathlib import Path

from burnish.errors import PluginError, UnknownIdError, UsageError
from burnish.fingerprint.source import package_folders
from burnish.plugins.catalog import Catalog
from burnish.plugins.declarations import RestorerSpec
from burnish.plugins.entry import Entry


def split(name: str) -> tuple[str, str]:
    """``cnn/dncnn:grey-25`` → ``("cnn/dncnn", "grey-25")``; the second is empty without weights."""
    id, _, weights = name.partition(":")
    return id, weights


def shipped_bundle(entry: Entry, weights: str) -> Path:
    """The folder of the bundle that a plugin ships under that name.

    Raises:
        UnknownIdError: The restorer declares no weights of that name; lists those that it does.
        PluginError: They are declared, and the package has no such folder.
    """
    spec = entry.spec
    known = dict(spec.weights) if isinstance(spec, RestorerSpec) else {}
    if weights not in known:
        there = ", ".join(f"{entry.id}:{name}" for name in sorted(known)) or "none"
        raise UnknownIdError(f"{entry.id} ships no weights {weights!r}; it ships {there}")
    package = spec.factory.partition(":")[0].partition(".")[0]
    for place in package_folders(package):
        if (place / known[weights]).is_dir():
            return place / known[weights]
    raise PluginError(
        f"{entry.id}:{weights} ({entry.distribution} {entry.version}): the package {package} has no folder "
        f"{known[weights]}; reinstall {entry.distribution}"
    )


def refuse_untrained(name: str, catalog: Catalog) -> None:
    """Refuse an id whose weights would be random.

    Raises:
        UsageError: It must be trained first; names the weights that ship with it.
        UnknownIdError: The restorer does not exist.
    """
    id, weights = split(name)
    entry = catalog.get("restorers", id)
    if weights or not isinstance(entry.spec, RestorerSpec) or not entry.spec.trainable:
        return
    shipped = " or ".join(f"{entry.id}:{known}" for known in sorted(entry.spec.weights))
    mend = f"use {shipped}, or train it" if shipped else "train it"
    raise UsageError(
        f"{entry.id} must be trained first, because its weights would be random; "
        f"{mend} and pass its bundle or registered model"
    )
