"""One thing that was looked at, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

__all__ = ["Finding"]

GROUP = "burnish.checks"
"""Entry points of distributions that examine what belongs to them: functions without arguments that yield findings."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    name: str
    good: bool
    fact: str
    mend: str = ""
    """What to do where it is not good; a command where there is one."""
    optional: bool = False
    """Something that is not there, and need not be."""
    note: bool = False
    """Something that works, and could be better."""


Check = Callable[[], Iterator[Finding]]
