"""The facts that a version needs to become champion: its data, recipe, plugins and license."""

from __future__ import annotations

from collections.abc import Mapping

REQUIRED = {
    "data_md5": "data",
    "recipe_digest": "recipe",
    "plugins": "plugins",
    "licence": "licence",
}
"""Tag of a version → its meaning."""

UNKNOWN = {"", "unknown", "none", "unlicensed"}


def unknown(tags: Mapping[str, str]) -> list[str]:
    """The facts that a version's tags lack, in words; empty if none is missing."""
    return [word for tag, word in REQUIRED.items() if tags.get(tag, "").strip().lower() in UNKNOWN]
