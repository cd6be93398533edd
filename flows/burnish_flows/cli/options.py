"""The options that several commands of the flows share; those of the host are in ``burnish.cli.options``."""

from __future__ import annotations

from argparse import Action
from pathlib import Path
from typing import Any

from burnish.cli.options import Taker, add_option
from burnish.cli.values import period
from burnish.schema.names import model_name

from burnish_flows import runners
from burnish_flows.services.standard import POOL

REFERENCE = "a registered model: NAME@ALIAS (denoise@champion) or NAME:VERSION (denoise:3)"
NAME = "the model's name in its recipe"


def add_recipe(taker: Taker) -> None:
    """RECIPE."""
    add_option(taker, "recipe", "the recipe, a YAML file (see `burnish new-recipe`)", metavar="RECIPE", type=Path)


def add_name(taker: Taker) -> None:
    """NAME of a model as a whole."""
    add_option(taker, "model", NAME, metavar="NAME", type=model_name)


def add_reference(taker: Taker, **changes: Any) -> None:
    """NAME@ALIAS or NAME:VERSION."""
    add_option(taker, "model", REFERENCE, metavar="NAME@ALIAS", **changes)


def add_runner(taker: Taker, note: str = "") -> None:
    """``--runner``: the kind of workers and their number."""
    told = f"the workers: {runners.FORMS} (default: {runners.VARIABLE}, otherwise threads)"
    add_option(taker, "--runner", told + (f"; {note}" if note else ""), metavar="WHO", default="")


def add_allow_dirty_data(taker: Taker) -> None:
    """``--allow-dirty-data``."""
    add_option(taker, "--allow-dirty-data", "use data that differ from their .dvc file", action="store_true")


def add_work_pool(taker: Taker) -> None:
    """``--work-pool``."""
    add_option(taker, "--work-pool", "Prefect's work pool for the runs", metavar="NAME", default=POOL)


def add_interval(taker: Taker, note: str, *, default: str | None = None) -> Action:
    """``--interval``: again and again with this time between."""
    told = f"interval, e.g. 90s, 30m, 6h, 1d, or seconds; {note}"
    return add_option(taker, "--interval", told, metavar="TIME", type=period, default=default)
