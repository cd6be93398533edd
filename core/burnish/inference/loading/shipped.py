"""Trained weights that ship with a plugin: bundles among its package's files, with ids ``plugin/name:weights``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from burnish.errors import PluginError, UnknownIdError, UsageError
from burnish.fingerprint.source import package_folders
from burnish.plugins.catalog import Catalog, is_file
from burnish.plugins.declarations import FILE, RestorerSpec
from burnish.plugins.entry import Entry


def split(name: str) -> tuple[str, str]:
    """``cnn/dncnn:grey-25`` → ``("cnn/dncnn", "grey-25")``; the second is empty without weights, and of files."""
    if is_file(name):
        return name, ""
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


def refuse_untrained(name: str, catalog: Catalog, config: Mapping[str, object] | None = None) -> None:
    """Refuse an id whose weights would be random.

    Args:
        name: Id, with the name of weights or not; or a file that a restorer is made of.
        catalog: What names mean.
        config: Its settings; one that is made of files has the weights of the one that they name.

    Raises:
        UsageError: It must be trained first; names the weights that ship with it.
        UnknownIdError: The restorer does not exist.
    """
    weights = split(name)[1]
    entry = catalog.get("restorers", name)
    spec = entry.spec
    if weights or is_file(name) or not isinstance(spec, RestorerSpec) or spec.made_of_file(config or {}):
        return
    if spec.suffixes:
        kinds = " or ".join(spec.suffixes)
        raise UsageError(f"{entry.id} is made of a file; give one ({kinds}) with --set {FILE}=FILE, or in its place")
    if not spec.trainable:
        return
    shipped = " or ".join(f"{entry.id}:{known}" for known in sorted(spec.weights))
    mend = f"use {shipped}, or train it" if shipped else "train it"
    raise UsageError(
        f"{entry.id} must be trained first, because its weights would be random; "
        f"{mend} and pass its bundle or registered model"
    )
