"""An event of each hook that observes, as an example."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from types import ModuleType

from burnish import events
from burnish.plugins import hookspecs

HOOKS = tuple(name for name in vars(hookspecs) if name.startswith("on_"))


def observing(module: ModuleType) -> list[tuple[str, Callable[..., object]]]:
    """Name of the hook and its implementation, for each that the module has."""
    return [(name, getattr(module, name)) for name in HOOKS if callable(getattr(module, name, None))]


def sample(hook: str) -> events.Event:
    """An event of that hook with plausible values."""
    kind = getattr(events, "".join(word.capitalize() for word in hook.split("_")[1:]))
    values = {"str": "an example", "int": 3, "float": 0.5, "bool": True}
    fields = [item for item in dataclasses.fields(kind) if item.default is dataclasses.MISSING]
    required = [item for item in fields if item.default_factory is dataclasses.MISSING]
    found: events.Event = kind(**{item.name: values[str(item.type)] for item in required})
    return found
