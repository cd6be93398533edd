"""From ``NAME@ALIAS`` to a bundle's folder, through the installed model registry (burnish-flows has one)."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

from burnish.errors import BurnishError, PluginError, UsageError

GROUP = "burnish.models"
"""Entry points that name a function ``(reference: str) -> pathlib.Path`` of a bundle."""


def initial_bundle(named: str, project: Path) -> Path:
    """The bundle that a recipe's ``initial`` names: a folder relative to the project, or a registered model.

    Raises:
        UsageError, PluginError: As ``locate_model``.
    """
    folder = project / named
    return locate_model(named) if "@" in named and not folder.exists() else folder


def locate_model(reference: str) -> Path:
    """The bundle of a registered model, from the first registry that is installed.

    Args:
        reference: ``NAME@ALIAS`` or ``NAME/VERSION``, in the registry's own words.

    Raises:
        UsageError: No registry is installed.
        PluginError: The registry's code failed. (What it raises on purpose passes as it is.)
    """
    found = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    if not found:
        raise UsageError(f"{reference}: no model registry is installed; install burnish-flows, or give --bundle FOLDER")
    point = found[0]
    try:
        return Path(point.load()(reference))
    except BurnishError:
        raise
    except Exception as error:
        fact = " ".join(str(error).split())
        owner = f"{point.dist.name} {point.dist.version}" if point.dist else point.value
        raise PluginError(f"{reference}: the registry of {owner} failed: {type(error).__name__}: {fact}") from error
