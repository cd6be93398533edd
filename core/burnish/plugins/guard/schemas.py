"""Checks the schema of a setting as far as the host reads it, without jsonschema, whose import alone takes too long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from burnish.plugins.guard.values import UnfitError

TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")


def check_setting(schema: Mapping[str, Any]) -> None:
    """Refuse a schema, of JSON values, in which a keyword has a value without meaning.

    Raises:
        UnfitError: Names keyword, value and mend.
    """
    for keyword, value in schema.items():
        known = _KEYWORDS.get(keyword)
        if known is None or type(value) in known.enough:
            continue
        if not known.holds(value):
            fact = "is no valid value of that keyword of JSON Schema"
            raise UnfitError(value, fact, known.mend).within(f"[{keyword!r}]")
        if keyword in _HOLD_SCHEMAS:
            for inner, one in _within(keyword, value):
                try:
                    check_setting(one)
                except UnfitError as error:
                    raise error.within(f"[{keyword!r}]{inner}") from None


def _within(keyword: str, value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The schemas in the value of a keyword."""
    if keyword in _ALTERNATIVES:
        yield from ((f"[{index}]", one) for index, one in enumerate(value))
    elif keyword == "properties":
        yield from ((f"[{name!r}]", one) for name, one in value.items())
    elif keyword in _NESTED and isinstance(value, Mapping):
        yield "", value


def _is_type(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return bool(value) and all(isinstance(one, str) and one in TYPES for one in value)
    return isinstance(value, str) and value in TYPES


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_positive(value: Any) -> bool:
    return _is_number(value) and value > 0


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool)


def _are_values(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value)


def _are_schemas(value: Any) -> bool:
    return _are_values(value) and all(isinstance(one, Mapping) for one in value)


def _is_schema(value: Any) -> bool:
    return isinstance(value, Mapping | bool)


def _are_named_schemas(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(one, Mapping) for one in value.values())


_ALTERNATIVES = ("anyOf", "oneOf", "allOf")
_NESTED = ("items", "additionalProperties", "not", "contains")
_HOLD_SCHEMAS = (*_ALTERNATIVES, *_NESTED, "properties")


class _Keyword(NamedTuple):
    holds: Callable[[Any], bool]
    mend: str
    enough: frozenset[type] = frozenset()
    """Types whose every value will do."""


_NUMBER = _Keyword(_is_number, "give a number", frozenset({int, float}))
_COUNT = _Keyword(_is_count, "give a whole number from 0")
_TEXT = _Keyword(_is_text, "give a text", frozenset({str}))
_TRUTH = _Keyword(_is_truth, "give True or False", frozenset({bool}))
_KEYWORDS = {
    "type": _Keyword(_is_type, f"give one or several of {', '.join(TYPES)}"),
    "enum": _Keyword(_are_values, "give a list of the values that are allowed"),
    "multipleOf": _Keyword(_is_positive, "give a number above 0"),
    "properties": _Keyword(_are_named_schemas, "give a dict of names to schemas"),
    **dict.fromkeys(("description", "title", "pattern", "format"), _TEXT),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _NUMBER),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _COUNT),
    **dict.fromkeys(("fixed", "later", "uniqueItems"), _TRUTH),
    **dict.fromkeys(_ALTERNATIVES, _Keyword(_are_schemas, "give a list of schemas")),
    **dict.fromkeys(_NESTED, _Keyword(_is_schema, "give a schema")),
}
"""Keyword → what its value must be; others are nobody's business here."""
