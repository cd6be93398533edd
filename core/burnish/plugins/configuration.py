"""Configurations of declared ids: defaults filled in, checked against the declared schema, parsed from text."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from burnish.errors import ConfigError
from burnish.plugins.declarations import Spec

FRACTION = re.compile(r"(\d+(?:\.\d+)?)/(\d+(?:\.\d+)?)")


def complete(spec: Spec, given: Mapping[str, object], *, subject: str = "") -> dict[str, Any]:
    """``given`` with the declared defaults filled in, every value checked; a number may be text of a fraction: 25/255.

    Raises:
        ConfigError: An unknown key (with the nearest known one), a missing one, or a value that does not fit.
    """
    subject = subject or spec.name
    for key in given:
        if key not in spec.config:
            import difflib

            near = difflib.get_close_matches(key, spec.config, n=1)
            mend = f"did you mean {near[0]}?" if near else f"it takes {', '.join(spec.config) or 'no settings'}"
            raise ConfigError(f"{subject} has no setting {key!r}; {mend}")
    config = {key: given.get(key, schema.get("default")) for key, schema in spec.config.items()}
    for key, schema in spec.config.items():
        if key not in given and "default" not in schema:
            raise ConfigError(f"{subject} must be given {key!r} ({schema.get('description', 'no description')})")
        if key in given:
            config[key] = _checked(subject, key, given[key], schema)
    return config


def earliest(spec: Spec, config: Mapping[str, object]) -> dict[str, Any]:
    """A complete configuration without those settings at their default that were added later.

    The key ``later`` of a setting's schema marks them. The result is the configuration as it was before they existed,
    so that hashes of it stay the same.
    """
    later = {key for key, schema in spec.config.items() if schema.get("later")}
    return {key: value for key, value in config.items() if key not in later or value != spec.config[key].get("default")}


def parse_settings(settings: Iterable[str]) -> dict[str, Any]:
    """``["depth=8", "sigma=[0, 0.2]"]`` → values; the right side is YAML, so numbers, lists and true/false are such.

    Raises:
        ConfigError: A part without ``=``, a key that is given twice, or a right side that is no value (see
            ``yaml_text``).
    """
    from burnish.schema.yaml_text import YamlProblemError, quoted, read_yaml

    values: dict[str, Any] = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals or not key.strip():
            raise ConfigError(f"--set {quoted(setting)[1:-1]}: is not of the form key=value")
        if key.strip() in values:
            raise ConfigError(f"--set {quoted(setting)[1:-1]}: {quoted(key.strip())} is set twice; keep one")
        try:
            values[key.strip()] = read_yaml(text).value
        except YamlProblemError as error:
            fact = error.problems[0].text
            raise ConfigError(f"--set {quoted(setting)[1:-1]}: {quoted(text)} is not a valid value: {fact}") from error
    return values


def _checked(subject: str, key: str, value: object, schema: Mapping[str, object]) -> object:
    """The value, with fractions as numbers where the schema takes no text."""
    import jsonschema

    if not _finite(value):
        raise ConfigError(f"{subject}: {key}={value!r}: contains NaN or infinity; give finite numbers")
    validator = jsonschema.Draft202012Validator(dict(schema))
    plain = list(value) if isinstance(value, tuple) else value
    if (error := jsonschema.exceptions.best_match(validator.iter_errors(plain))) is None:
        return value
    if (divided := _divided(plain)) != plain and _finite(divided) and validator.is_valid(divided):
        return divided
    description = schema.get("description", "")
    raise ConfigError(f"{subject}: {key}={value!r}: {error.message}" + (f" ({description})" if description else ""))


def _divided(value: object) -> object:
    """Each text that is a fraction of two numbers, as 25/255, divided; also in lists."""
    if isinstance(value, list):
        return [_divided(item) for item in value]
    if isinstance(value, str) and (found := FRACTION.fullmatch(value.strip())) and float(found[2]):
        return float(found[1]) / float(found[2])
    return value


def _finite(value: object) -> bool:
    """Whether no number in the value, at any depth, is NaN or infinite."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, Mapping):
        return all(map(_finite, value.values()))
    return all(map(_finite, value)) if isinstance(value, list | tuple) else True


def named_in(value: object, ids: set[str]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Name and settings of every ``{id: …, config: …}`` in a configuration, and every id alone, at any depth."""
    if isinstance(value, str) and value.partition(":")[0] in ids:
        yield value, {}
    elif isinstance(value, Mapping):
        if isinstance(value.get("id"), str):
            yield value["id"], value.get("config") or {}
        for item in value.values():
            yield from named_in(item, ids)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from named_in(item, ids)
