"""Which pictures are of one scene, by their names: scenes are kept in one split."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from burnish.errors import UsageError

FEWEST = 3
"""Scenes that names must tell apart before they are believed."""
_LAST = re.compile(r"(.*[^_. -])[_. -]+([^_. -]+)")
"""``kitchen_12`` → ``kitchen``, ``fov001_c0`` → ``fov001``: what is before the last separator."""


def scenes_of(names: Sequence[str]) -> Mapping[str, str] | None:
    """Name → scene, where it is clear: the part before the last ``_``, ``-``, ``.`` or space.

    It is clear where there are at least three scenes, none with half of the pictures or more, and at least half of the
    pictures share their scene with another.

    Args:
        names: Relative names of the pictures, without suffix.

    Returns:
        None: the names tell no scenes.
    """
    found = {name: match[1] if (match := _LAST.fullmatch(name)) else name for name in names}
    counts = Counter(found[name] for name in names)
    if len(counts) < FEWEST or 2 * max(counts.values()) > len(names):
        return None
    shared = sum(count for count in counts.values() if count > 1)
    return found if 2 * shared >= len(names) else None


def scenes_by(names: Sequence[str], pattern: str) -> Mapping[str, str]:
    """Name → scene by a regular expression with one group, which is searched in each name.

    Raises:
        UsageError: It is no expression, has not one group, or does not fit a name.
    """
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise UsageError(f"--by {pattern}: is not a regular expression ({error}); give one as '^(.*)_'") from error
    if expression.groups != 1:
        raise UsageError(f"--by {pattern}: has {expression.groups} groups; give one: what names the scene, as '^(.*)_'")
    found = {}
    for name in names:
        match = expression.search(name)
        if match is None or match[1] is None:
            raise UsageError(f"--by {pattern}: does not fit the name {name}; change it so that it fits every name")
        found[name] = match[1]
    return found
