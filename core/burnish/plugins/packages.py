"""Whether the modules that a restorer imports, and its distribution does not require, are there and whole."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from burnish.plugins.guard.importing import STOPS, asked_for


@dataclass(frozen=True, kw_only=True)
class Lacking:
    """A module that cannot be imported."""

    name: str
    absent: bool
    """Not installed; else it is there, but broken."""
    fact: str
    mend: str


def lacking(packages: Mapping[str, str]) -> Lacking | None:
    """The one of ``RestorerSpec.packages`` to be told of: the last that is not installed, since the others come for it;
    else the first that cannot be imported. None: all can.
    """
    for name, mend in reversed(list(packages.items())):
        if sys.modules.get(name) is None and find_spec(name) is None:
            return Lacking(name=name, absent=True, fact="is not installed", mend=mend)
    for name, mend in packages.items():
        try:
            importlib.import_module(name)
        except STOPS as error:
            if asked_for(error):
                raise
            fact = f"cannot be imported ({' '.join(str(error).split())})"
            return Lacking(name=name, absent=False, fact=fact, mend=mend)
    return None
