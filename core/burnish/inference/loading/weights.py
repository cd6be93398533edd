"""Which settings are fixed by trained weights (by their shapes, channels and scale), and which are free."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from burnish.errors import BurnishError, ConfigError
from burnish.inference.loading.shipped import shipped_bundle
from burnish.plugins.catalog import Catalog
from burnish.plugins.configuration import complete
from burnish.plugins.declarations import RestorerSpec
from burnish.plugins.entry import Entry
from burnish.restorer.bundle import Bundle, read_bundle

FIXED = "fixed"
"""Key of a setting's schema: trained weights are valid for one value only, although the shapes do not show it."""

ALWAYS = ("channels", "scale")
"""Settings that every trained network fixes."""


def refuse_misfit(entry: Entry, bundle: Bundle, given: Mapping[str, object], *, catalog: Catalog, origin: str) -> None:
    """Refuse settings that the bundle's weights were not trained for.

    Args:
        entry: The bundle's restorer.
        bundle: What is known about the weights.
        given: Settings that shall replace those of the bundle.
        catalog: Makes the network whose shapes are compared; only where a setting differs from the bundle's.
        origin: How the weights are called, for the message.

    Raises:
        ConfigError: A setting is unknown, out of range, or another than the weights have; names it, the weights' value
            and other weights that ship with that value.
    """
    try:
        own = complete(entry.spec, bundle.config, subject=entry.id)
    except ConfigError:
        return  # the bundle itself does not fit the installed plugin; loading it reports that
    complete(entry.spec, {**own, **given}, subject=entry.id)
    changed = [key for key, value in given.items() if own[key] != value]
    if not changed:
        return
    culprits = [key for key in changed if key in ALWAYS or entry.spec.config[key].get(FIXED) is True]
    culprits = culprits or _reshaping(entry, own, {key: given[key] for key in changed}, catalog)
    if culprits:
        has = ", ".join(f"{key} {_shown(own[key])}" for key in culprits)
        asked = ", ".join(f"{key} {_shown(given[key])}" for key in culprits)
        raise ConfigError(f"{origin}: its weights have {has} and do not match {asked}; {_mend(entry, culprits, given)}")


def _reshaping(entry: Entry, own: Mapping[str, object], changed: Mapping[str, object], catalog: Catalog) -> list[str]:
    """The settings that change shapes, each alone; all of them if they do so only together."""
    shapes = _shapes(entry, own, catalog)
    if shapes is None or _shapes(entry, {**own, **changed}, catalog) == shapes:
        return []
    alone = [key for key, value in changed.items() if _shapes(entry, {**own, key: value}, catalog) != shapes]
    return alone or list(changed)


def _shapes(entry: Entry, config: Mapping[str, object], catalog: Catalog) -> dict[str, tuple[int, ...]] | None:
    """Name → shape of all tensors of the network; None if it cannot be created with these settings."""
    try:
        with torch.random.fork_rng(devices=[]):
            restorer = catalog.create("restorers", entry.id, config)
    except BurnishError:
        return None
    if not isinstance(restorer, torch.nn.Module):
        return {}
    return {name: tuple(value.shape) for name, value in restorer.state_dict().items()}


def _mend(entry: Entry, culprits: list[str], given: Mapping[str, object]) -> str:
    """The fix: leave the settings out, or use shipped weights with these values."""
    spec = entry.spec
    fitting = []
    for name in sorted(spec.weights) if isinstance(spec, RestorerSpec) else ():
        try:
            other = complete(spec, read_bundle(shipped_bundle(entry, name)).config, subject=entry.id)
        except BurnishError:
            continue
        if all(other[key] == given[key] for key in culprits):
            fitting.append(f"{entry.id}:{name}")
    leave = f"remove {' and '.join(culprits)}"
    return f"{leave}, or use {' or '.join(fitting)}" if fitting else f"{leave}, or train again"


def _shown(value: object) -> str:
    return value if isinstance(value, str) else repr(value)
