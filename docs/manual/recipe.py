"""The page on the keys of a recipe, from the models that check it."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from typing import Any, get_args

from burnish.recipe.document import Recipe
from burnish.recipe.values import Choice, Part
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from manual.markdown import code, fields, table

TYPES = {
    "Whole": "whole number",
    "Number": "number",
    "Text": "text",
    "Name": "id",
    "Folder": "folder",
    "Settings": "mapping",
    "Choice": "`{id, config}`",
    "str": "text",
    "int": "whole number",
}
"""Annotation → plain words."""
LIMITS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than", "max_length": "length at most"}


def parts(owner: type[Part] = Recipe, place: str = "") -> Iterator[tuple[str, type[Part]]]:
    """Key → the model of what is below it, the whole recipe first; a choice by id once, at the end."""
    yield place, owner
    for name, info in owner.model_fields.items():
        for below in _models(info.annotation):
            if below is not Choice:
                yield from parts(below, f"{place}.{name}".strip("."))
    if not place:
        yield "id and config", Choice


def keys() -> list[str]:
    """Every key with dots, ``training.budget.steps``."""
    return [
        f"{place}.{name}".strip(".") for place, owner in parts() if owner is not Choice for name in owner.model_fields
    ]


def recipe_page() -> str:
    """Every key with its type, default and meaning."""
    text = [
        "# Keys of a recipe",
        "[Recipes](../recipes.md) explains how they work together. `burnish new-recipe` writes a recipe with a comment "
        "at every key, and `burnish new-recipe --schema` prints the same as a JSON Schema.",
    ]
    for place, owner in parts():
        text += [f"## {place or 'The whole recipe'}", inspect.getdoc(owner) or ""]
        written = fields(owner)
        rows = [
            (code(name), _type(written[name][0], info), _default(info), info.description or "")
            for name, info in owner.model_fields.items()
        ]
        text.append(table(("key", "type", "default", "meaning"), rows))
    return "\n\n".join(text)


def _models(annotation: Any) -> Iterator[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation  # type: ignore[misc]
    for inner in get_args(annotation):
        yield from _models(inner)


def _type(written: str, info: FieldInfo) -> str:
    limits = [
        f"{LIMITS[name]} {value}"
        for item in info.metadata
        for name in LIMITS
        if (value := getattr(item, name, None)) is not None and value not in (200, 1_000, 10_000)
    ]
    return "; ".join([_plain(written), *limits])


def _plain(written: str) -> str:
    written = written.removesuffix(" | None")
    if found := re.fullmatch(r"tuple\[(.*), \.\.\.\]", written):
        return f"list of: {_plain(found[1])}"
    if found := re.fullmatch(r"dict\[(.*), (.*)\]", written):
        return f"mapping of {_plain(found[1])} to {_plain(found[2])}"
    if " | " in written:
        return " or ".join(_plain(piece) for piece in written.split(" | "))
    if found := re.fullmatch(r"Literal\[(.*)\]", written):
        return ", ".join(code(word.strip("'")) if word != "''" else "none" for word in found[1].split(", "))
    return TYPES.get(written, "see below")


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    value = info.get_default(call_default_factory=True)
    if value is None or value in ("", (), {}):
        return "none"
    if isinstance(value, BaseModel):
        return "its defaults"
    return code(value if isinstance(value, str) else json.dumps(value))
