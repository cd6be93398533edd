"""Finds out, and undoes, that a plugin has changed pluggy or the host itself: it is named, and not those after it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from operator import is_
from types import ModuleType
from typing import Any

from burnish.errors import PluginError

WATCHED = ("pluggy", "burnish.plugins")
"""Packages whose modules, and the classes in them, a plugin leaves as they are."""

_ABSENT = object()


class Untouched:
    """What the watched modules and their classes hold; new names in them are nobody's business."""

    def __init__(self) -> None:
        self._kept = [(owner, dict(vars(owner))) for owner in _owners()]

    def undo(self) -> list[str]:
        """Put everything back that was changed; returns its names (``pluggy._hooks.HookCaller.__call__``)."""
        changed = []
        for owner, kept in self._kept:
            now = vars(owner)
            if all(map(is_, kept.values(), map(now.get, kept))):
                continue  # nearly always, so it is asked fast
            for name, value in kept.items():
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
    for name, module in sorted(sys.modules.items()):
        if not isinstance(module, ModuleType) or not any(name == one or name.startswith(f"{one}.") for one in WATCHED):
            continue
        yield module
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == name:
                yield value
