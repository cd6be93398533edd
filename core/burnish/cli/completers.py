"""The proposals of a shell for an argument: the installed ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Completer = Callable[..., list[str]]
"""(what is typed, …) → what may stand there; argcomplete calls it by keywords."""


def ids(kind: str) -> Completer:
    """Proposes the ids of a kind; of restorers also those with weights that ship: ``cnn/dncnn:grey-25``."""

    def propose(prefix: str = "", **_: Any) -> list[str]:
        return [name for name in _installed(kind) if name.startswith(prefix)]

    return propose


def id_lists(kind: str) -> Completer:
    """Proposes ids where several may be given with commas between them."""

    def propose(prefix: str = "", **_: Any) -> list[str]:
        before, comma, last = prefix.rpartition(",")
        return [before + comma + name for name in _installed(kind) if name.startswith(last)]

    return propose


def any_id(prefix: str = "", **_: Any) -> list[str]:
    """Proposes the ids of every kind."""
    from burnish.plugins.declarations import KINDS

    return [name for kind in KINDS for name in _installed(kind) if name.startswith(prefix)]


def _installed(kind: str) -> list[str]:
    from burnish.plugins.catalog import installed

    found = []
    for entry in installed().entries(kind).values():
        found.append(entry.id)
        found += [f"{entry.id}:{weights}" for weights in getattr(entry.spec, "weights", ())]
    return found
