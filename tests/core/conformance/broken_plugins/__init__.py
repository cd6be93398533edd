"""Plugins that are broken on purpose: each does what authors do by mistake, and names the check that catches it.

`test_matrix.py` runs them all; the manual prints them as a table of what each check is for.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from burnish.plugins.catalog import Catalog, Entry
from burnish.plugins.declarations import Spec

T = TypeVar("T")

MODULE = "burnish_tried_in_a_test"


@dataclass(frozen=True, kw_only=True)
class Broken:
    """One broken plugin."""

    fault: str
    """What is wrong with it, in a sentence."""
    by: str
    """The check that catches it."""
    also: tuple[str, ...]
    """Other checks that fail with good reason."""
    spec: type[Spec]
    implementation: Any
    declared: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """For the test's id."""
        return f"{self.spec.kind}-{self.fault.rstrip('.').replace(' ', '-')}"


ALL: list[Broken] = []


def broken(spec: type[Spec], by: str, *also: str, **declared: Any) -> Callable[[T], T]:
    """Note a class or function as the broken implementation of a declaration; its docstring is the fault."""

    def note(implementation: T) -> T:
        fault = " ".join((implementation.__doc__ or "").split())
        ALL.append(
            Broken(fault=fault, by=by, also=also, spec=spec, implementation=implementation, declared=dict(declared))
        )
        return implementation

    return note


def catalog_of(spec: type[Spec], implementation: Any, patch: Callable[..., None], **declared: Any) -> Catalog:
    """A catalog that has it as ``test/tried``, beside all that is installed."""
    from burnish.plugins.catalog import installed
    from burnish.plugins.declarations import KINDS

    module = types.ModuleType(MODULE)
    module.Tried = implementation  # type: ignore[attr-defined]
    if isinstance(implementation, type) and "<locals>" in implementation.__qualname__:  # so that it can be pickled
        module.__dict__[implementation.__name__] = implementation
        implementation.__module__, implementation.__qualname__ = MODULE, implementation.__name__
    patch(sys.modules, MODULE, module)
    given = {"name": "tried", "factory": f"{MODULE}:Tried", "summary": "Under test"} | declared
    tried = Entry(id="test/tried", spec=spec(**given), distribution="burnish-test", version="1.2.3")
    others = (entry for kind in KINDS for entry in installed().entries(kind).values())
    return Catalog([tried, *others])
