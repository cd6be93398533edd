"""Finds out, and undoes, that a plugin has changed pluggy or the host itself: it is named, and not those after it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from operator import is_
from types import ModuleType
from typing import Any

from burnish.errors import PluginError

WATCHED = ("pluggy", "burnish.plugins")
"""What the names of modules begin with that a plugin leaves as they are, with the classes in them."""

_NOT_LOOKED_AT = frozenset({
    "__name__", "__doc__", "__package__", "__loader__", "__spec__", "__file__", "__path__", "__cached__",
    "__builtins__", "__module__", "__dict__", "__weakref__", "__annotations__", "__orig_bases__",
    "__parameters__", "annotations",
})  # fmt: skip
_ABSENT = object()


class Untouched:
    """What the watched modules and their classes hold; new names in them are nobody's business."""

    def __init__(self) -> None:
        self._kept: list[tuple[Any, Mapping[str, Any], tuple[str, ...], tuple[Any, ...]]] = []
        for owner in _owners():
            held = {name: value for name, value in vars(owner).items() if name not in _NOT_LOOKED_AT}
            self._kept.append((owner, vars(owner), tuple(held), tuple(held.values())))

    def undo(self) -> list[str]:
        """Put everything back that was changed; returns its names (``pluggy._hooks.HookCaller.__call__``)."""
        changed = []
        for owner, now, names, values in self._kept:
            if all(map(is_, values, map(now.get, names))):
                continue  # nearly always, so it is asked fast
            for name, value in zip(names, values, strict=True):
                if now.get(name, _ABSENT) is not value:
                    module = f"{owner.__module__}." if isinstance(owner, type) else ""
                    changed.append(f"{module}{owner.__name__}.{name}")
                    setattr(owner, name, value)
        return changed

    def demand(self) -> None:
        """Put everything back, and refuse the plugin that has just been at work, if it changed something.

        Raises:
            PluginError: Names what it changed.
        """
        if changed := self.undo():
            more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
            raise PluginError(f"changes {changed[0]}{more}, which every plugin needs as it is; remove that from it")


def _owners() -> Iterator[Any]:
    """The modules that are watched, and the classes that are defined in them, each once."""
    for name, module in sorted(sys.modules.items()):
        if not name.startswith(WATCHED) or not isinstance(module, ModuleType):
            continue
        yield module
        for value in {id(value): value for value in vars(module).values() if isinstance(value, type)}.values():
            if value.__module__ == name:
                yield value
