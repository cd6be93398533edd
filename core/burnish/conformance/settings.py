"""The values at which a setting is tried: its bounds, its words, and another one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from burnish.conformance.violation import Violation
from burnish.errors import BurnishError
from burnish.plugins.declarations import Spec

MOST = 8
"""Words of one setting that are tried."""
FARTHEST = 2
"""Times its default that a number is tried at most: beyond, networks and windows become too large for a check."""


def variants(spec: Spec, config: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """``("size=3", the whole configuration with it)`` for every setting and each value that is tried, one at a time."""
    for key, schema in spec.config.items():
        tried = [config.get(key)]
        for value in islice(values(schema, config.get(key)), MOST):
            if not any(value == one and type(value) is type(one) for one in tried):
                tried.append(value)
                yield f"{key}={value!r}", {**config, key: value}


def with_every_value(
    spec: Spec,
    config: Mapping[str, Any],
    work: Callable[[dict[str, Any]], None],
    *,
    leave_out: frozenset[str] = frozenset(),
) -> None:
    """Do the work with each configuration of ``variants`` but those of the settings left out.

    An error of burnish is a refusal in words, which is allowed: some values go together only.

    Raises:
        Violation: The work failed, or found a fault; names the setting and its value.
    """
    for words, tried in variants(spec, config):
        if words.partition("=")[0] in leave_out:
            continue
        try:
            work(tried)
        except Violation as violation:
            raise Violation(f"with {words} {violation}") from violation.__cause__
        except BurnishError:
            continue
        except Exception as error:
            fact = f"with {words} it raises {type(error).__name__}: {error}"
            raise Violation(f"{fact}; mend it, or narrow the schema of the setting") from error


def values(schema: Mapping[str, Any], default: Any) -> Iterator[Any]:
    """Values that the schema allows, which may include the default; none of free texts, lists and files."""
    if "enum" in schema:
        yield from schema["enum"]
    elif "const" in schema:
        yield schema["const"]
    elif "anyOf" in schema:
        yield from chain.from_iterable(values(one, default) for one in schema["anyOf"])
    else:
        kinds = schema.get("type", ())
        for kind in [kinds] if isinstance(kinds, str) else kinds:
            yield from _of_type(kind, schema, default)


def _of_type(kind: str, schema: Mapping[str, Any], default: Any) -> Iterator[Any]:
    if kind == "boolean":
        yield from (False, True)
    elif kind in ("integer", "number"):
        yield from _numbers(kind, schema, default)


def _numbers(kind: str, schema: Mapping[str, Any], default: Any) -> Iterator[int | float]:
    """The bounds, of which the upper one is not too far, and one in between."""
    step = 1 if kind == "integer" else 1e-3
    whole = isinstance(default, int | float) and not isinstance(default, bool)
    usual = default if whole else schema.get("minimum", schema.get("exclusiveMinimum", 0) + step)
    multiple = schema.get("multipleOf", step)
    lowest = schema.get("minimum", schema["exclusiveMinimum"] + step if "exclusiveMinimum" in schema else None)
    highest = schema.get("maximum", schema["exclusiveMaximum"] - step if "exclusiveMaximum" in schema else None)
    far = FARTHEST * max(abs(usual), multiple)
    if lowest is not None:
        yield lowest
    if highest is not None and highest <= far:
        yield highest
    another = usual + multiple if kind == "integer" else usual * 1.5 or step
    if highest is None or another <= highest:
        yield another
    elif lowest is not None:
        yield (lowest + usual) / 2 if kind == "number" else (lowest + usual) // 2
