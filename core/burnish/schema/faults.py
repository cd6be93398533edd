"""pydantic's errors about an invalid record, in plain words: key, fact and fix."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from burnish.schema.yaml_text import Path, nearest, quoted, said

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

KINDS = {
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "string": "a text",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list",
    "dict": "a mapping (key: value)",
    "model": "a mapping (key: value)",
    "finite": "a finite number",
}
"""Prefix of pydantic's error types → the expected kind of value."""
BOUNDS = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "below"),
    "less_than_equal": ("le", "at most"),
}
LENGTHS = {
    "string_too_long": ("max_length", "at most {} characters"),
    "string_too_short": ("min_length", "at least {} characters"),
    "too_long": ("max_length", "at most {} items"),
    "too_short": ("min_length", "at least {} items"),
}


def facts(error: ValidationError, model: type[BaseModel]) -> Iterator[tuple[Path, str, bool]]:
    """For every fault: its path, a sentence that begins with the dotted path, and whether the key itself is at fault.

    Args:
        error: Of validating ``model``.
        model: Whose keys are suggested for unknown ones.
    """
    for one in error.errors(include_url=False):
        path: Path = tuple(one["loc"])
        unknown = one["type"] == "extra_forbidden"
        if unknown:
            yield path, said(path, f"unknown key; {_mend(model, path)}"), True
        else:
            yield path, said(path, _fact(one)), False


def one_line(error: ValidationError, model: type[BaseModel]) -> str:
    """All faults in one line, without positions."""
    return "; ".join(sentence for _, sentence, _ in facts(error, model))


def _fact(one: ErrorDetails) -> str:
    kind, given, context = one["type"], one.get("input"), one.get("ctx") or {}
    if kind == "missing":
        return "is missing"
    if kind in BOUNDS:
        name, word = BOUNDS[kind]
        return f"must be {word} {context[name]:g}, it is {quoted(given)}"
    if kind in LENGTHS:
        name, words = LENGTHS[kind]
        return f"must have {words.format(context[name])}"
    if kind == "literal_error":
        known = [word.strip(" '") for word in context["expected"].replace(" or ", ",").split(",")]
        mend = nearest(str(given), known)
        rest = f" (one of {', '.join(known)})" if mend.startswith("did") and len(known) <= 12 else ""
        return f"{quoted(given)} is not known; {mend}{rest}"
    if kind == "value_error":
        return str(context["error"])
    begin = kind.split("_")[0]
    if begin in KINDS:
        return f"must be {KINDS[begin]}, it is {quoted(given)}"
    return " ".join(str(one["msg"]).split())


def _mend(model: type[BaseModel], path: Path) -> str:
    """Where an unknown key belongs, or the nearest known one."""
    owner, key = _model_at(model, path[:-1]), str(path[-1])
    if owner is None:
        return "remove it"
    parts = {name: _model_in(field.annotation) for name, field in model.model_fields.items()}
    homes = [name for name, part in parts.items() if part and part is not owner and key in part.model_fields]
    return f"it belongs into {homes[0]}" if len(homes) == 1 else nearest(key, owner.model_fields)


def _model_at(model: type[BaseModel] | None, path: Path) -> type[BaseModel] | None:
    """The model class at that path; None if there is none."""
    for part in path:
        if model is None:
            return None
        if isinstance(part, str):
            field = model.model_fields.get(part)
            model = _model_in(field.annotation) if field else None
    return model


def _model_in(annotation: object) -> type[BaseModel] | None:
    """The model class in an annotation such as ``tuple[Choice, ...]`` or ``Choice | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in typing.get_args(annotation) if (found := _model_in(part))), None)
