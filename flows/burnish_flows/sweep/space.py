"""The search space of a sweep: ``training.learning_rate=1e-4..1e-2:log``, first checked against the recipe."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from burnish.errors import ConfigError, UsageError
from burnish.plugins.catalog import Catalog
from burnish.recipe.document import Recipe
from burnish.recipe.training import TrainingSettings
from burnish.schema.faults import one_line
from burnish.schema.yaml_text import YamlProblemError, read_yaml
from pydantic import ValidationError

from burnish_flows.retrain.snapshot import check_settings

SHORT = {"lr": "training.learning_rate"}
"""Common short names."""

FORM = "KEY=LOW..HIGH[:log] or KEY=VALUE,VALUE,…"


@dataclass(frozen=True, kw_only=True)
class Range:
    """All numbers from ``low`` to ``high``, both included."""

    low: float
    high: float
    log: bool = False
    """Whether the distribution is uniform in the logarithm."""
    whole: bool = False
    """Whether only integers are meant: both ends are written as integers."""

    @property
    def ends(self) -> tuple[object, ...]:
        """The values to check before the sweep starts: both ends."""
        return (int(self.low), int(self.high)) if self.whole else (self.low, self.high)

    def __str__(self) -> str:
        low, high = self.ends
        return f"{low!r}..{high!r}{':log' if self.log else ''}"


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Some values of any kind."""

    values: tuple[object, ...]

    @property
    def ends(self) -> tuple[object, ...]:
        """The values to check before the sweep starts: all of them."""
        return self.values

    def __str__(self) -> str:
        return ",".join(map(repr, self.values))


Values = Range | Choices
Space = Mapping[str, Values]
"""Dotted key of the recipe → values to try."""


def parsed(over: Iterable[str], recipe: Recipe, catalog: Catalog) -> dict[str, Values]:
    """The space in ``--over``; both ends or all values must be valid in the recipe.

    Raises:
        UsageError: A part is of no known form, or its key is none that is swept over (names the nearest).
        ConfigError: A value does not fit.
    """
    space: dict[str, Values] = {}
    for part in over:
        key, equals, text = part.partition("=")
        if not equals or not text.strip():
            raise UsageError(f"--over {part}: is not of the form {FORM}")
        key = full_key(key.strip(), recipe, catalog)
        if key in space:
            raise UsageError(f"--over {part}: {key} appears twice; give it once")
        space[key] = _values(part, text.strip())
    if not space:
        raise UsageError(f"nothing to sweep over; give --over {FORM}")
    for key, values in space.items():
        for value in values.ends:
            check_settings(applied(recipe, {key: value}), catalog)
    return space


def full_key(key: str, recipe: Recipe, catalog: Catalog) -> str:
    """The full dotted key; a bare name is a setting of the training or of the restorer.

    Raises:
        UsageError: There is none, or it is not swept over; names the nearest.
    """
    known = _known(recipe, catalog)
    candidates = [SHORT.get(key, key), f"training.{key}", f"restorer.config.{key}"]
    for candidate in candidates:
        if candidate in known or any(candidate.startswith(f"{name}.") for name in known):
            return candidate
    if key.partition(".")[0] in {"model", "description", "data", "benchmarks", "baselines", "gates"}:
        raise UsageError(f"--over {key}: changes the evaluation of models; sweep over restorer, degrader or training")
    names = {name.rpartition(".")[2]: name for name in reversed(known)}
    near = difflib.get_close_matches(key, [*known, *names], n=1)
    mend = f"did you mean {names.get(near[0], near[0])}?" if near else f"there is {', '.join(known)}"
    raise UsageError(f"--over {key}: {recipe.model} has no such setting; {mend}")


def applied(recipe: Recipe, values: Mapping[str, object]) -> Recipe:
    """The recipe with values replaced at dotted keys; its other defaults stay unset.

    Raises:
        ConfigError: A value does not fit; names key and fact.
    """
    raw = recipe.model_dump(mode="json", exclude_unset=True)
    for key, value in values.items():
        *path, last = key.split(".")
        if path == ["training", "budget"]:  # the recipe's budget may have another unit, and only one may be given
            raw["training"]["budget"] = {}
        place = raw
        for name in path:
            place = place.setdefault(name, {})
            if not isinstance(place, dict):
                raise ConfigError(f"{key}: {name} has no settings of its own")
        place[last] = value
    try:
        return Recipe.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(f"{recipe.model}: {one_line(error, Recipe)}") from error


def _known(recipe: Recipe, catalog: Catalog) -> list[str]:
    """All keys that a sweep may vary."""
    known = [f"training.{name}" for name in TrainingSettings.model_fields if name != "budget"]
    known += [f"training.budget.{name}" for name in ("steps", "epochs", "minutes")]
    for kind, choice in (("restorer", recipe.restorer), ("degrader", recipe.degrader)):
        if choice is None:
            continue
        known += [f"{kind}.id"]
        known += [f"{kind}.config.{name}" for name in catalog.get(f"{kind}s", choice.id).spec.config]
    return known


def _values(part: str, text: str) -> Values:
    if ".." not in text:
        return Choices(values=_listed(part, text))
    numbers, colon, mark = text.partition(":")
    low, _, high = numbers.partition("..")
    try:
        ends = float(low), float(high)
    except ValueError as error:
        raise UsageError(f"--over {part}: {low} and {high} are not both numbers; give {FORM}") from error
    if not -math.inf < ends[0] < ends[1] < math.inf or (colon and mark != "log") or (mark and ends[0] <= 0):
        raise UsageError(f"--over {part}: give the lower number first, above 0 where :log follows; {FORM}")
    whole = all(end.strip().lstrip("-").isdecimal() for end in (low, high))
    return Range(low=ends[0], high=ends[1], log=bool(mark), whole=whole)


def _listed(part: str, text: str) -> tuple[object, ...]:
    try:
        return tuple(read_yaml(f"[{text}]").value)
    except YamlProblemError as error:
        raise UsageError(f"--over {part}: {text!r} is not a list of values; give {FORM}") from error
