"""Decisions in tags of versions and models, as the first burnish stored them; they were deleted with these.

They are read from there, and the next decision about the model copies them into the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import ValidationError

from burnish_flows.registry.decision import Decision

PENDING = "burnish.pending"
"""Tag of a registered model with the decision in progress."""
HISTORY = "burnish.history."
"""Prefixes of tags with a decision, of versions and registered models."""


def decisions(places: Iterable[tuple[str, Mapping[str, str]]]) -> tuple[list[Decision], list[str]]:
    """The decisions in the tags of several objects, and the places of unreadable ones.

    Args:
        places: What it is called, and its tags.
    """
    found: list[Decision] = []
    spoilt: list[str] = []
    for place, tags in places:
        for key, text in tags.items():
            if key.startswith(HISTORY):
                made = parsed(text)
                if made is None:
                    spoilt.append(f"tag {key} of {place}")
                else:
                    found.append(made)
    return found, spoilt


def parsed(text: str) -> Decision | None:
    """The decision in a tag; None if it contains something else."""
    try:
        return Decision.model_validate_json(text)
    except ValidationError:
        return None
