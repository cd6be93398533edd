"""Checks a declaration field by field and takes a copy: by type, then words, numbers and names that have a meaning.

Every refusal names the declaration, the field, its value and the mend.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import MISSING
from functools import lru_cache, partial
from typing import Any

from burnish.errors import PluginError
from burnish.plugins.declarations import (
    AXES,
    COLOURS,
    COMPARED,
    CONDITIONS,
    DEPTHS,
    FILE,
    KINDS,
    LIGHT,
    METADATA,
    NOISE,
    TEMPORAL,
    TILING,
    TRAINS_ON,
    Spec,
)
from burnish.plugins.guard.schemas import check_setting
from burnish.plugins.guard.values import Check, UnfitError, check_of, shown

LONGEST_SUMMARY = 200
"""Characters; `burnish check` asks for at most 120."""
LONGEST_NAME = 64
LONGEST_MARK = 16
"""Bytes at the beginning of a file that are looked at."""

WORDS: Mapping[str, Mapping[str, Collection[str]]] = {
    "restorers": {"needs": CONDITIONS, "accepts": CONDITIONS, "light": LIGHT, "temporal": TEMPORAL, "tiling": TILING},
    "degraders": {"gives": CONDITIONS, "temporal": TEMPORAL},
    "metrics": {"of": COMPARED},
    "learners": {"needs": TRAINS_ON, "assumes": NOISE, "conditions": CONDITIONS, "temporal": TEMPORAL},
    "benchmarks": {"colour": COLOURS},
    "formats": {"axes": AXES, "depths": DEPTHS, "keeps": METADATA},
}
"""Kind → field → the words that it may have."""

LEAST: Mapping[str, Mapping[str, int]] = {
    "restorers": {
        "scale": 1, "channels": 1, "size_multiple": 1, "min_size": 1, "receptive_field": 1, "window": 0,
        "window_overlap": 0, "precision_tolerance": 0,
    },
    "degraders": {"scale": 1},
    "metrics": {"version": 1},
    "learners": {"scale": 1},
}  # fmt: skip
"""Kind → field → the least number in it."""

NEVER_EMPTY = {
    "restorers": ("scale", "channels"),
    "degraders": ("scale",),
    "learners": ("temporal",),
    "formats": ("suffixes", "axes", "depths"),
    "commands": ("group",),
}
"""Kind → the fields that must hold something."""

_ABSENT = object()

Judge = Callable[[Any, Mapping[str, Any]], None]
"""(value, the whole declaration) → nothing, or ``UnfitError``."""

_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_HEXADECIMAL = frozenset("0123456789abcdef")


def take(spec: object, kind: str) -> Spec:
    """The declaration that a hook gave, checked and copied: plain values, and the host's own class.

    Raises:
        PluginError: Another type; or a field that cannot be taken: names it, its value and the mend.
    """
    wanted = KINDS[kind]
    if not issubclass(type(spec), wanted):
        raise PluginError(f"register_{kind} yields {type(spec).__name__} instead of {wanted.__name__}")
    given = object.__getattribute__(spec, "__dict__")
    plan, judged = _plan(kind)
    values = {}
    for name, default, check in plan:
        value = given.get(name, _ABSENT)
        values[name] = value if value is default else _typed(name, value, check, given, kind)
    for name, default, judges in judged:
        if (value := values[name]) is not default:
            for judge in judges:
                try:
                    judge(value, values)
                except UnfitError as error:
                    raise PluginError(f"{_subject(kind, given)}: {error.told(name)}") from None
    made = object.__new__(wanted)
    made.__dict__.update(values)
    return made


_Plan = tuple[list[tuple[str, object, Check]], list[tuple[str, object, list[Judge]]]]


@lru_cache(maxsize=len(KINDS))
def _plan(kind: str) -> _Plan:
    """Each field of a kind with its default and its type; those that must be more with what that is."""
    typed, judged = [], []
    for item in KINDS[kind]._fields:
        default = object() if item.default is MISSING else item.default
        typed.append((item.name, default, check_of(str(item.type))))
        if judges := list(_judges(kind, item.name)):
            judged.append((item.name, default, judges))
    return typed, judged


def _judges(kind: str, name: str) -> Iterator[Judge]:
    """What a value of the right type must be beside it, to have a meaning."""
    if known := WORDS.get(kind, {}).get(name):
        yield partial(_check_words, known=known)
    if (least := LEAST.get(kind, {}).get(name)) is not None:
        yield partial(_check_least, least=least)
    if name in NEVER_EMPTY.get(kind, ()):
        yield _check_filled
    if name in _OF_A_FIELD:
        yield _OF_A_FIELD[name]


def _typed(name: str, value: object, check: Check, given: Mapping[str, object], kind: str) -> object:
    """The value of a field, of its declared type."""
    if value is _ABSENT:
        raise PluginError(f"{_subject(kind, given)}: {name} is not given; give it")
    try:
        return check(value)
    except UnfitError as error:
        raise PluginError(f"{_subject(kind, given)}: {error.told(name)}") from None
    except Exception as error:  # a class of the plugin's own that only looks like a text, a mapping, …
        fact = f"{name}={shown(value)} cannot be read ({type(error).__name__}); give plain values"
        raise PluginError(f"{_subject(kind, given)}: {fact}") from error


def _subject(kind: str, given: Mapping[str, object]) -> str:
    name = given.get("name")
    plain = type(name) is str and len(name) <= LONGEST_NAME and not set(name) - _NAME
    return f"{kind[:-1]} {name if plain else shown(name)}"


def _check_words(value: Any, _: object, *, known: Collection[str]) -> None:
    given = {value} if isinstance(value, str) else set(value)
    if unknown := sorted(given - set(known)):
        raise UnfitError(
            value, f"has the unknown word {shown(unknown[0])}", f"known are {', '.join(sorted(known))}; use these"
        )


def _check_least(value: Any, _: object, *, least: int) -> None:
    for one in value if isinstance(value, tuple) else (value,):
        if one is not None and one < least:
            raise UnfitError(
                value, f"is less than {least}" if one is value else f"holds {one}", f"give {least} or more"
            )


def _check_filled(value: object, _: object) -> None:
    if not value:
        raise UnfitError(value, "is empty", "give at least one" if isinstance(value, tuple) else "give a word")


def _check_name(value: str, _: object) -> None:
    if not value or set(value) - _NAME or value[0] == "-":
        raise UnfitError(value, "has other than lower case, digits and hyphens", "give a name as gaussian-noise")
    if len(value) > LONGEST_NAME:
        raise UnfitError(value, f"has {len(value)} characters", f"give at most {LONGEST_NAME}")


def _check_summary(value: str, _: object) -> None:
    if len(value) > LONGEST_SUMMARY:
        raise UnfitError(value, f"has {len(value)} characters", f"give one line of at most {LONGEST_SUMMARY}")


def _check_reference(value: str, _: object) -> None:
    module, _, attribute = value.partition(":")
    if not all(part.isidentifier() for part in (*module.split("."), *attribute.split("."))):
        raise UnfitError(value, "is not of the form module:attribute", "give one, as my_plugin.median:Median")


def _check_learner(value: str, values: Mapping[str, Any]) -> None:
    if value:
        _check_reference(value, values)


def _check_receptive_field(value: int | None, _: object) -> None:
    if value is not None and value % 2 == 0:
        raise UnfitError(value, "is even", f"give the odd side of the square around a pixel, as {value + 1}")


def _check_tolerance(value: float, _: object) -> None:
    if value > 1:
        raise UnfitError(value, "is more than 1", "give a deviation of values in [0, 1]")


def _check_overlap(value: int, values: Mapping[str, Any]) -> None:
    if values["window"] and value >= values["window"]:
        raise UnfitError(value, f"is not less than window={values['window']}", "give fewer frames")


def _check_config(value: Mapping[str, Any], _: object) -> None:
    for name, schema in value.items():
        if not name.isidentifier():
            raise UnfitError(value, f"has the key {shown(name)}", "give names of the factory's keywords")
        try:
            check_setting(schema)
        except UnfitError as error:
            raise error.within(f"[{shown(name)}]") from None


def _check_weights(value: Mapping[str, str], _: object) -> None:
    for name, folder in value.items():
        if not name or set(name) - _NAME or not folder or folder.startswith("/") or ".." in folder.split("/"):
            mend = "give a name of lower case, digits and hyphens, and a folder within the package"
            raise UnfitError(value, f"has {shown(name)} in {shown(folder)}", mend)


def _check_suffixes(value: tuple[str, ...], values: Mapping[str, Any]) -> None:
    for suffix in value:
        if suffix[:1] != "." or not suffix[1:] or set(suffix[1:]) - _NAME:
            raise UnfitError(value, f"has {shown(suffix)}, which is not a dot and lower case", "give some as .onnx")
    if value and FILE not in values["config"] and "marks" not in values:  # a restorer's
        raise UnfitError(value, f"needs a setting {FILE!r} that takes such a file", "declare it in config")


def _check_marks(value: tuple[str, ...], _: object) -> None:
    for mark in value:
        pairs = [mark[at : at + 2] for at in range(0, len(mark), 2)]
        known = [pair for pair in pairs if pair != ".."]
        if not known or any(len(pair) != 2 or set(pair) - _HEXADECIMAL for pair in known):
            mend = "give bytes in hexadecimal, .. for any, as 89504e47"
            raise UnfitError(value, f"has {shown(mark)}, which is no beginning of a file", mend)
        if len(pairs) > LONGEST_MARK:
            raise UnfitError(value, f"has {shown(mark)} of {len(pairs)} bytes", f"give at most {LONGEST_MARK}")


def _check_axes(value: tuple[str, ...], _: object) -> None:
    if not {"y", "x"} <= set(value):
        raise UnfitError(value, "lacks rows or columns", "give y and x, and channel where it holds colours")


_OF_A_FIELD: Mapping[str, Judge] = {
    "name": _check_name,
    "factory": _check_reference,
    "summary": _check_summary,
    "config": _check_config,
    "learner": _check_learner,
    "receptive_field": _check_receptive_field,
    "precision_tolerance": _check_tolerance,
    "window_overlap": _check_overlap,
    "weights": _check_weights,
    "suffixes": _check_suffixes,
    "marks": _check_marks,
    "axes": _check_axes,
}
"""Field → what it must be beside its type; a field of that name means the same in every kind."""
