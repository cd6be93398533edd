"""The kinds of values in a recipe: numbers, texts, names, folders, settings; and a choice by id with settings."""

from __future__ import annotations

import json
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from burnish.schema.yaml_text import CONTROL

T = TypeVar("T")


def _no_switch(value: object) -> object:
    """``yes`` and ``on`` are true in YAML, and true is no number."""
    if isinstance(value, bool):
        raise ValueError(f"must be a number, it is {str(value).lower()}")
    return value


def _of_one_line(value: str) -> str:
    if CONTROL.search(value):
        raise ValueError("contains control characters; remove them")
    return value


def _plain(value: T) -> T:
    """Settings are JSON values: no NaN, no infinity."""
    try:
        json.dumps(value, allow_nan=False)
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError(
            "contains a value that is neither text, finite number, true, false, list nor mapping"
        ) from error
    return value


Whole = Annotated[int, BeforeValidator(_no_switch)]
Number = Annotated[float, BeforeValidator(_no_switch), Field(allow_inf_nan=False)]
Text = Annotated[str, AfterValidator(_of_one_line), Field(max_length=10_000)]
Name = Annotated[str, AfterValidator(_of_one_line), Field(max_length=200)]
"""An id."""
Folder = Annotated[str, AfterValidator(_of_one_line), Field(max_length=1_000)]
Settings = Annotated[dict[str, Any], AfterValidator(_plain)]


class Part(BaseModel):
    """A frozen part of a recipe; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Choice(Part):
    """A restorer, degrader or gate by id, with its configuration."""

    id: Name
    """``cnn/dncnn``, or the short name while it is unique."""
    config: Settings = Field(default_factory=dict)
    """Keywords of its factory."""
