"""A declaration together with its origin."""

from __future__ import annotations

from burnish.plugins.declarations import Spec
from burnish.plugins.record import Record


class Entry(Record):
    """A declaration with its id and the distribution that it comes from."""

    id: str
    """``namespace/name``."""
    spec: Spec
    distribution: str
    version: str
