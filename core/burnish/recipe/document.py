"""The recipe: the YAML file with the model, the data, the training, the benchmarks and the gates."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path, PurePosixPath
from typing import Literal, Self

from pydantic import (
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from burnish.errors import ConfigError
from burnish.recipe.benchmark import BenchmarkSettings
from burnish.recipe.compression import CompressionSettings
from burnish.recipe.data import DataSettings
from burnish.recipe.training import TrainingSettings
from burnish.recipe.uncertainty import UncertaintySettings
from burnish.recipe.values import Choice, Folder, Part, Text
from burnish.schema import names
from burnish.schema.faults import facts
from burnish.schema.yaml_text import Problem, YamlProblemError, listed, quoted, read_yaml

SCHEMA_FILE = "recipe.schema.json"
SCHEMA_COMMENT = f"# yaml-language-server: $schema={SCHEMA_FILE}"
"""First line of a recipe beside which the schema lies; editors complete, explain and check by it."""

LATER = {
    "": ("initial", "compression", "engine", "flavours", "uncertainty"),
    "data": ("degraded", "clean", "shots", "match"),
    "training": ("learner",),
    "benchmarks": ("metric_config", "degraded", "shots", "match", "noise"),
}
"""Keys of a recipe that came after its digest; without value they do not count."""


class Recipe(Part):
    """What ``burnish train`` and ``burnish retrain`` run."""

    model: str = Field(max_length=names.LONGEST, json_schema_extra={"pattern": f"^{names.MODEL}$"})
    """Name in the registry; recipes with the same model compete for the same champion."""
    description: Text = ""
    """One line for people: what the model is for."""
    restorer: Choice
    """The restorer to train; with the name of shipped weights (``cnn/dncnn:grey-25``) training continues from them."""
    initial: Folder = ""
    """A bundle of the same restorer, relative to the project as ``data.root``, or a registered model
    (``denoise@champion``): training continues from its weights."""
    compression: CompressionSettings | None = None
    """How the network that training continues from is made smaller; none: it is not."""
    degrader: Choice | None = None
    """The degrader of clean training pictures; of pairs, what degrades their degraded ones further."""
    data: DataSettings = DataSettings()
    """Where the pictures are, and of what kind."""
    training: TrainingSettings
    """How long it trains, and how."""
    uncertainty: UncertaintySettings | None = None
    """Calibrated intervals beside the estimates, measured on clean pictures; none: there are none."""
    benchmarks: tuple[BenchmarkSettings, ...] = ()
    """What challenger, champion and baselines are scored on."""
    baselines: tuple[Choice, ...] = ()
    """Restorers that a first version must beat; a later champion that one of them beats is reported. None named: the
    best two installed ones that need no training."""
    gates: tuple[Choice, ...] = ()
    """Rules for promotion, in the order of evaluation; none: only a first model is promoted."""
    engine: Literal["", "compile", "onnx-runtime", "openvino"] = ""
    """What computes the networks of challenger, champion and baselines on the benchmarks; none: torch, eagerly. Times
    are those of this engine."""
    flavours: tuple[Literal["onnx"], ...] = ()
    """MLflow flavours of a registered version beside python_function. ``onnx``: the network as an ONNX file, if its
    estimates agree with torch's."""

    @field_validator("model")
    @classmethod
    def _names_a_model(cls, value: str) -> str:
        if not names.is_model_name(value):
            raise ValueError(f"{quoted(value)} is not a valid model name; use lower-case letters, digits and hyphens")
        return value

    @field_validator("benchmarks")
    @classmethod
    def _each_by_its_own_name(cls, value: tuple[BenchmarkSettings, ...]) -> tuple[BenchmarkSettings, ...]:
        names = [one.name for one in value]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two have the name {quoted(twice[0])}; give each its own name")
        return value

    @model_validator(mode="after")
    def _begins_once(self) -> Self:
        if self.initial and ":" in self.restorer.id:
            raise ValueError(f"initial: training begins with {self.restorer.id} already; remove one of the two")
        if self.training.budget.steps == 0 and not self.initial and ":" not in self.restorer.id:
            raise ValueError(
                "training.budget.steps: 0 judges the weights that a recipe begins with; give initial, or train"
            )
        if self.compression and not self.initial and ":" not in self.restorer.id:
            raise ValueError("compression: is of weights that a recipe begins with; give initial, or remove it")
        return self

    @model_validator(mode="after")
    def _degrades_what_is_clean(self) -> Self:
        form = self.data.form
        if form == "clean" and self.degrader is None:
            raise ValueError("give degrader, which degrades the clean pictures; or data.degraded or data.shots")
        if form in ("noisy", "shots") and self.degrader is not None:
            raise ValueError(f"the pictures in {self.data.inner[0]} are degraded already; remove degrader")
        if form != "clean" and "mix" in self.training.augment:
            raise ValueError(
                "training.augment: mix blends clean pictures before their degradation, these are degraded already; "
                "remove mix"
            )
        if form != "clean" and self.training.frames > 1:
            raise ValueError("training.frames is for clips of clean pictures; remove it")
        return self

    @model_validator(mode="after")
    def _calibrates_on_other_pictures(self) -> Self:
        if self.uncertainty is None:
            return self
        if self.data.form in ("noisy", "shots"):
            raise ValueError("uncertainty: intervals are measured against clean pictures, which these data lack")
        if self.data.form == "pairs" and self.degrader is not None:
            raise ValueError("uncertainty: pairs are calibrated as they are; remove degrader, or uncertainty")
        own = PurePosixPath(self.uncertainty.pictures)
        used = {"data.train": self.data.train, "data.validation": self.data.validation}
        used |= {f"benchmark {one.name}": one.clean or one.degraded for one in self.benchmarks}
        for what, folder in used.items():
            other = PurePosixPath(folder or "-")
            if own == other or own in other.parents or other in own.parents:
                raise ValueError(f"uncertainty.pictures: {what} has the pictures in {quoted(folder)}; give others")
        return self

    def digest(self) -> str:
        """sha256 of the canonical JSON: equal recipes, equal digest, whatever their comments and order of keys."""
        plain = self.model_dump(mode="json", by_alias=True)
        parts = [("", plain), ("data", plain["data"]), ("training", plain["training"])]
        for where, part in [*parts, *(("benchmarks", one) for one in plain["benchmarks"])]:
            for key in LATER[where]:  # what came later does not change the digest of those without it
                if part[key] in ("", "none", None, {}, []):
                    del part[key]
        text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def read_recipe(path: Path) -> Recipe:
    """Read and check a recipe.

    Raises:
        ConfigError: The file is missing, is no YAML, or does not fit; names the file, and of all that is wrong line,
            column, key and fact.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); give the path of a recipe") from error
    except ValueError as error:  # no UTF-8, or a path with a NUL
        raise ConfigError(f"{path}: is not YAML, because it is not UTF-8 text; give the path of a recipe") from error
    return parse_recipe(text, subject=str(path))


def parse_recipe(text: str, *, subject: str) -> Recipe:
    """Check a recipe's text; ``subject`` is what errors call it.

    Raises:
        ConfigError: As ``read_recipe``.
    """
    try:
        read = read_yaml(text)
    except YamlProblemError as error:
        raise ConfigError(f"{subject}: {error}") from error
    if not isinstance(read.value, dict):
        raise ConfigError(f"{subject}: is not a mapping; `burnish new-recipe` writes an example")
    try:
        return Recipe.model_validate(read.value)
    except ValidationError as error:
        problems = [
            Problem(place=read.place(where, key=about_key), text=fact)
            for where, fact, about_key in facts(error, Recipe)
        ]
        raise ConfigError(f"{subject}: {listed(sorted(problems))}") from error


def schema_text() -> str:
    """JSON Schema (draft 2020-12) of a recipe's YAML as it is written to a file; ids and their settings are checked by
    ``burnish`` alone.
    """
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Recipe.model_json_schema()}
    return json.dumps({**schema, "title": "burnish recipe"}, indent=2, ensure_ascii=False) + "\n"
