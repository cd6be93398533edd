"""The valid names of models: they become part of files, folders, addresses and queries of the registry."""

from __future__ import annotations

import re

from burnish.errors import UsageError

MODEL = r"[a-z0-9][a-z0-9-]*"
"""Regular expression of a model's whole name."""
LONGEST = 100
"""Largest length of a model's name: file names, limited to 255 characters, contain more than it."""

_MODEL = re.compile(MODEL)


def is_model_name(text: str) -> bool:
    """Whether the text is a valid name of a model."""
    return len(text) <= LONGEST and _MODEL.fullmatch(text) is not None


def model_name(text: str) -> str:
    """Check and return the name; also usable as a type for argparse.

    Raises:
        UsageError: No model may be called so.
    """
    if not is_model_name(text):
        shown = text if len(text) <= LONGEST else f"{text[:20]}…{text[-8:]} ({len(text)} characters)"
        raise UsageError(
            f"{shown!r} is not a valid model name; use at most {LONGEST} lower-case letters, digits and hyphens"
        )
    return text
