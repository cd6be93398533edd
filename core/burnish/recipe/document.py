"""The recipe: the YAML file with the model, the data, the training, the benchmarks and the gates."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from burnish.errors import ConfigError
from burnish.schema import names
from burnish.schema.faults import facts
from burnish.schema.yaml_text import CONTROL, Problem, YamlProblemError, listed, quoted, read_yaml

NAME = re.compile(r"\w[\w .,+=()-]*")
"""What a benchmark may be called: its name becomes the name of files, folders and figures."""
LONGEST_NAME = 100
"""Bytes of a benchmark's name."""
SCHEMA_FILE = "recipe.schema.json"
SCHEMA_COMMENT = f"# yaml-language-server: $schema={SCHEMA_FILE}"
"""First line of a recipe beside which the schema lies; editors complete, explain and check by it."""

LATER = {
    "data": ("degraded", "clean", "shots", "match"),
    "training": ("learner",),
    "benchmarks": ("metric_config", "degraded", "shots", "match", "noise"),
}
"""Keys of a recipe that came after its digest; without value they do not count."""

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


Form = Literal["clean", "pairs", "noisy", "shots"]
"""What a dataset holds: clean pictures, that a degrader degrades; degraded pictures with their clean ones; degraded
pictures alone; several degraded shots of each scene."""


class DataSettings(Part):
    """Where the pictures are, relative to the recipe's project folder, and of what kind.

    Below ``train`` and ``validation`` are clean pictures; or the folders that ``degraded`` and ``clean``, ``degraded``
    alone, or ``shots`` name.
    """

    root: Folder = "data"
    """The folder that is versioned as one dataset (``data.dvc`` next to it)."""
    train: Folder = "train"
    """Folder of training pictures below ``root``."""
    validation: Folder = "validation"
    """Folder of validation pictures below ``root``; chooses the best checkpoint, never the champion."""
    degraded: Folder = ""
    """Folder of degraded pictures below ``train`` and ``validation``; ``x.json`` and ``x.kernel.npy`` beside ``x.png``
    hold what is known of it."""
    clean: Folder = ""
    """Folder of the clean pictures of the same names; may be larger, by the restorer's scale."""
    shots: Folder = ""
    """Folder of folders, one for each scene, of at least two degraded pictures of it."""
    match: Literal["none", "affine"] = "none"
    """``affine``: of pairs of different brightness, the clean picture is fitted to the degraded one before it is the
    target: ``clean = a · degraded + b``."""

    @property
    def form(self) -> Form:
        """What the data are."""
        if self.shots:
            return "shots"
        if not self.degraded:
            return "clean"
        return "pairs" if self.clean else "noisy"

    @property
    def inner(self) -> tuple[str, ...]:
        """The folders below each split; none for clean pictures."""
        return tuple(filter(None, (self.degraded, self.clean, self.shots)))

    @model_validator(mode="after")
    def _is_one_form(self) -> Self:
        if self.shots and (self.degraded or self.clean):
            raise ValueError("give either shots, or degraded, or degraded and clean")
        if self.clean and not self.degraded:
            raise ValueError("clean is the folder of the clean pictures of pairs; give degraded as well, or remove it")
        if self.degraded and self.clean:
            degraded, clean = PurePosixPath(self.degraded), PurePosixPath(self.clean)
            if degraded == clean:
                raise ValueError("degraded and clean name the same folder; give one for each")
            if degraded in clean.parents or clean in degraded.parents:
                raise ValueError("of degraded and clean one folder is within the other; put them side by side")
        if self.match != "none" and self.form != "pairs":
            raise ValueError("match fits the two pictures of pairs; give degraded and clean, or remove it")
        return self


class Budget(Part):
    """How long to train: exactly one of the three."""

    steps: Whole | None = Field(default=None, ge=1)
    """Optimizer steps; the only budget under which two runs are bit-identical on machines of different speed."""
    epochs: Number | None = Field(default=None, gt=0)
    """Passes over the training pictures, counted in patches of their area."""
    minutes: Number | None = Field(default=None, gt=0)
    """Wall-clock minutes of training."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(value is not None for value in (self.steps, self.epochs, self.minutes)) != 1:
            raise ValueError("give exactly one of steps, epochs, minutes")
        return self


class TrainingSettings(Part):
    """The training itself; every default is a sensible one for a small network."""

    budget: Budget
    seed: Whole = Field(default=0, ge=0)
    """Seeds initial weights, patches, augmentation and degradation."""
    batch: Whole = Field(default=16, ge=1)
    """Pictures per step, over all processes."""
    patch: Whole = Field(default=64, ge=8)
    """Side in pixels of the clean training crops."""
    frames: Whole = Field(default=1, ge=1)
    """Frames of the clean training clips, for degraders of clips; bursts are made from single pictures."""
    loss: Literal["l1", "l2", "rmse", "charbonnier"] = "charbonnier"
    """``rmse``: of each picture; estimates means like ``l2``, and needs fewer steps."""
    learner: Choice | None = None
    """How it learns: a learner by id, with its configuration; none: the restorer's own, or ``burnish/supervised``."""
    optimizer: Literal["adamw", "adam", "muon", "sgd"] = Field(
        default="adamw",
        validation_alias=AliasChoices("optimizer", "optimiser"),
        serialization_alias="optimiser",  # with ``by_alias``: what digests and checkpoints of earlier versions call it
    )
    """``muon`` needs fewer steps for faint detail (deblurring), at about twice AdamW's rate."""
    learning_rate: Number = Field(default=1e-3, gt=0)
    weight_decay: Number = Field(default=0.0, ge=0)
    warmup_steps: Whole = Field(default=0, ge=0)
    schedule: Literal["cosine", "constant"] = "cosine"
    """Decay of the learning rate over the budget, to 1 % of it (cosine)."""
    ema: Number = Field(default=0.999, ge=0, lt=1)
    """Decay of the exponential moving average of the weights, which is evaluated and bundled; 0: none."""
    gradient_clip: Number = Field(default=1.0, ge=0)
    """Largest gradient norm; 0: no clipping."""
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """``auto``: bf16 autocast if the device has matrix units for it, otherwise float32."""
    augment: tuple[Literal["flip", "rotate", "channels", "mix", "reverse"], ...] = ("flip", "rotate")
    """Mirror, quarter turns, random order of the colour channels; mixtures of two patches; clips backwards."""
    validate_every: Whole = Field(default=500, ge=1)
    """Steps between validations."""
    checkpoint_every: Whole = Field(default=200, ge=1)
    """Steps between checkpoints; a killed training loses at most this number."""
    patience: Whole = Field(default=0, ge=0)
    """Validations without improvement before it stops early; 0: never."""
    cores: Whole = Field(default=0, ge=0)
    """Threads of computation, over all processes; 0: all that it may use. Recorded: it changes the last bits."""
    devices: Literal["auto"] | int = "auto"
    """Processes that train together, each with its share of ``batch``. ``auto``: one for each visible GPU, or one on a
    CPU; a number: this number of GPUs, or of processes on a CPU. Recorded: it changes the last bits."""

    @field_validator("devices", mode="before")
    @classmethod
    def _auto_or_a_number(cls, value: object) -> object:
        if value == "auto" or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
            return value
        raise ValueError("give auto, or a whole number of at least 1")


class NoiseSettings(Part):
    """The noise of degraded pictures in units of [0, 1]: variance = gain · (value − offset) + read_noise²."""

    gain: Number = Field(default=0.0, ge=0)
    read_noise: Number = Field(default=0.0, ge=0)
    offset: Number = 0.0

    @model_validator(mode="after")
    def _is_noise(self) -> Self:
        if not self.gain and not self.read_noise:
            raise ValueError("give gain, read_noise or both; `burnish noise calibrate` finds them")
        return self


class BenchmarkSettings(Part):
    """A benchmark that challenger, champion and baselines are scored on.

    A degrader degrades the pictures in ``clean``; or ``degraded`` are real ones, with or without ``clean``; or
    ``shots`` are several of each scene.
    """

    name: str
    """Its name in scorecards and gates: letters, digits, spaces and ``. , + = ( ) - _``."""
    benchmark: Name = ""
    """Id of a declared benchmark; its fields are the defaults of those below."""
    clean: Folder = "test"
    """Folder of clean pictures below the recipe's data root; beside ``degraded`` only where it is given."""
    degraded: Folder = ""
    """Folder of degraded pictures below the data root."""
    shots: Folder = ""
    """Folder of folders of degraded pictures below the data root, one folder for each scene."""
    match: Literal["none", "affine"] = "none"
    """As in ``data``: the clean pictures are fitted to the brightness of the degraded ones."""
    noise: NoiseSettings | None = None
    """Of ``degraded`` or ``shots``, where the files beside the pictures do not say it."""
    degrader: Choice | None = None
    metrics: tuple[Name, ...] = ()
    """Metric ids; the first is the leading metric."""
    metric_config: dict[Name, Settings] = Field(default_factory=dict)
    """Metric, as named in ``metrics`` → its settings."""
    colour: Literal["rgb", "grey", "y"] | None = None
    seed: Whole = 0

    @field_validator("name")
    @classmethod
    def _names_a_file(cls, value: str) -> str:
        if not NAME.fullmatch(value) or value != value.strip(" ."):
            raise ValueError(f"{quoted(value)} is not a valid name; use letters, digits, spaces and . , + = ( ) - _")
        if len(value.encode()) > LONGEST_NAME:
            raise ValueError(f"{quoted(value)} is too long for a name; use at most {LONGEST_NAME} bytes")
        return value

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.degraded or self.shots:
            if self.degraded and self.shots:
                raise ValueError("give either degraded or shots")
            if self.degrader or self.benchmark:
                raise ValueError("degraded pictures need no degrader; remove degrader and benchmark")
            if not self.metrics:
                raise ValueError("give metrics")
        elif not self.benchmark and (self.degrader is None or not self.metrics):
            raise ValueError("give either benchmark, or degrader and metrics")
        if self.noise and not (self.degraded or self.shots):
            raise ValueError("noise describes degraded pictures or shots; give either, or remove it")
        if self.shots and self.clean:
            raise ValueError("shots are compared with each other; remove clean, or give degraded instead")
        if self.match != "none" and not (self.degraded and self.clean):
            raise ValueError("match fits pairs; give degraded and clean, or remove it")
        return self

    @model_validator(mode="before")
    @classmethod
    def _clean_only_where_named(cls, value: object) -> object:
        """Beside degraded pictures or shots the default of ``clean`` does not hold."""
        if isinstance(value, dict) and (value.get("degraded") or value.get("shots")):
            return {"clean": "", **value}
        return value


class Recipe(Part):
    """What ``burnish train`` and ``burnish retrain`` run."""

    model: str = Field(max_length=names.LONGEST, json_schema_extra={"pattern": f"^{names.MODEL}$"})
    """Name in the registry; recipes with the same model compete for the same champion."""
    description: Text = ""
    restorer: Choice
    """The restorer to train; with the name of shipped weights (``cnn/dncnn:grey-25``) training continues from them."""
    degrader: Choice | None = None
    """The degrader of clean training pictures; of pairs, what degrades their degraded ones further."""
    data: DataSettings = DataSettings()
    training: TrainingSettings
    benchmarks: tuple[BenchmarkSettings, ...] = ()
    baselines: tuple[Choice, ...] = ()
    """Restorers that a first version must beat; a later champion that one of them beats is reported. None named: the
    best two installed ones that need no training."""
    gates: tuple[Choice, ...] = ()
    """Rules for promotion, in the order of evaluation; none: only a first model is promoted."""

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

    def digest(self) -> str:
        """sha256 of the canonical JSON: equal recipes, equal digest, whatever their comments and order of keys."""
        plain = self.model_dump(mode="json", by_alias=True)
        parts = [("data", plain["data"]), ("training", plain["training"])]
        for where, part in [*parts, *(("benchmarks", one) for one in plain["benchmarks"])]:
            for key in LATER[where]:  # what came later does not change the digest of those without it
                if part[key] in ("", "none", None, {}):
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
