"""What must be known of a version before it may be champion: its data, recipe, plugins and licence."""

from __future__ import annotations

from collections.abc import Mapping

REQUIRED = {
    "data_md5": "data",
    "recipe_digest": "recipe",
    "plugins": "plugins",
    "licence": "licence",
}
"""Tag of a version → what it tells."""

UNKNOWN = {"", "unknown", "none", "unlicensed"}


def unknown(tags: Mapping[str, str]) -> list[str]:
    """What a version's tags do not tell, in words; empty when all is known."""
    return [word for tag, word in REQUIRED.items() if tags.get(tag, "").strip().lower() in UNKNOWN]
