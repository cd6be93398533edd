"""The recipe: the YAML file which says what to train, on which data, how long, and by what it is judged."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from burnish.errors import ConfigError


class Part(BaseModel):
    """A frozen part of a recipe; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Choice(Part):
    """Something declared by a plugin, by id, with its configuration."""

    id: str
    """``cnn/dncnn``, or the short name while it is unique."""
    config: dict[str, Any] = Field(default_factory=dict)
    """Keywords of its factory."""


class DataSettings(Part):
    """Where the clean pictures are, relative to the recipe's project folder."""

    root: str = "data"
    """The folder that is versioned as one dataset (``data.dvc`` beside it)."""
    train: str = "train"
    """Folder of training pictures below ``root``."""
    validation: str = "validation"
    """Folder of validation pictures below ``root``; chooses the best checkpoint, never the champion."""


class Budget(Part):
    """How long to train: exactly one of the three."""

    steps: int | None = Field(default=None, ge=1)
    """Optimiser steps; the only budget under which two runs are bit-identical on machines of different speed."""
    epochs: float | None = Field(default=None, gt=0)
    """Passes over the training pictures, counted in patches of their area."""
    minutes: float | None = Field(default=None, gt=0)
    """Wall-clock minutes of training."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(value is not None for value in (self.steps, self.epochs, self.minutes)) != 1:
            raise ValueError("give exactly one of steps, epochs, minutes")
        return self


class TrainingSettings(Part):
    """The training itself; every default is a sensible one for a small network."""

    budget: Budget
    seed: int = Field(default=0, ge=0)
    """Seeds initial weights, patches, augmentation and degradation."""
    batch: int = Field(default=16, ge=1)
    """Pictures in a step, over all processes."""
    patch: int = Field(default=64, ge=8)
    """Side in pixels of the clean training crops."""
    frames: int = Field(default=1, ge=1)
    """Frames of the clean training clips, for degraders of clips; bursts are made of single pictures."""
    loss: Literal["l1", "l2", "rmse", "charbonnier"] = "charbonnier"
    """``rmse``: of each picture; estimates means as ``l2`` does, and is learned in fewer steps."""
    optimiser: Literal["adamw", "adam", "muon", "sgd"] = "adamw"
    """``muon`` learns in fewer steps what hangs on faint detail (deblurring), with about twice AdamW's rate."""
    learning_rate: float = Field(default=1e-3, gt=0)
    weight_decay: float = Field(default=0.0, ge=0)
    warmup_steps: int = Field(default=0, ge=0)
    schedule: Literal["cosine", "constant"] = "cosine"
    """Decay of the learning rate over the budget, to 1 % of it (cosine)."""
    ema: float = Field(default=0.999, ge=0, lt=1)
    """Decay of the exponential moving average of the weights that is evaluated and bundled; 0: none."""
    gradient_clip: float = Field(default=1.0, ge=0)
    """Largest gradient norm; 0: no clipping."""
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """``auto``: bf16 autocast where the device has matrix units for it, else float32."""
    augment: tuple[Literal["flip", "rotate", "channels", "mix", "reverse"], ...] = ("flip", "rotate")
    """Mirror, quarter turns, random order of the colour channels; mixtures of two patches; clips backwards."""
    validate_every: int = Field(default=500, ge=1)
    """Steps between validations."""
    checkpoint_every: int = Field(default=200, ge=1)
    """Steps between checkpoints; a killed training loses at most so many."""
    patience: int = Field(default=0, ge=0)
    """Validations without improvement before it stops early; 0: never."""
    cores: int = Field(default=0, ge=0)
    """Threads of computation, over all processes; 0: as many as may be used. Recorded: it changes the last bits."""
    devices: Literal["auto"] | int = "auto"
    """Processes that train together, each with its share of ``batch``. ``auto``: one for each visible GPU, or one on a
    CPU; a number: so many GPUs, or so many processes on a CPU. Recorded: it changes the last bits."""

    @field_validator("devices", mode="before")
    @classmethod
    def _auto_or_a_number(cls, value: Any) -> Any:
        if value == "auto" or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
            return value
        raise ValueError("give auto, or a whole number from 1 on")


class BenchmarkSettings(Part):
    """One question that challenger, champion and baselines are asked."""

    name: str
    """How it is called in scorecards and gates."""
    benchmark: str = ""
    """Id of a declared benchmark; its fields are the defaults of those below."""
    clean: str = "test"
    """Folder of clean pictures below the recipe's data root."""
    degrader: Choice | None = None
    metrics: tuple[str, ...] = ()
    """Metric ids; the first one leads."""
    metric_config: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Metric, as ``metrics`` calls it → its settings."""
    colour: Literal["rgb", "grey", "y"] | None = None
    seed: int = 0

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.benchmark and (self.degrader is None or not self.metrics):
            raise ValueError("give either benchmark, or degrader and metrics")
        return self


class Recipe(Part):
    """What ``burnish train`` and ``burnish retrain`` run."""

    model: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    """Name in the registry; recipes with the same model compete for the same champion."""
    description: str = ""
    restorer: Choice
    """What is trained; with the name of shipped weights (``cnn/dncnn:grey-25``) it goes on from those."""
    degrader: Choice
    """What training pictures are degraded with."""
    data: DataSettings = DataSettings()
    training: TrainingSettings
    benchmarks: tuple[BenchmarkSettings, ...] = ()
    baselines: tuple[Choice, ...] = ()
    """Restorers without training, evaluated beside for the scorecard; they do not gate."""
    gates: tuple[Choice, ...] = ()
    """Rules for promotion, in the order of evaluation; none: only a first model is promoted."""

    def digest(self) -> str:
        """sha256 of the canonical JSON: equal recipes, equal digest, whatever their comments and order of keys."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def read_recipe(path: Path) -> Recipe:
    """Read and check a recipe.

    Raises:
        ConfigError: The file is missing, is no YAML, or does not fit; names file, key and fact.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); give the path of a recipe") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        fact = " ".join(str(error).split())
        raise ConfigError(f"{path}: is no YAML: {fact}") from error
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: is no mapping; see recipes/ for examples that run as they are")
    try:
        return Recipe.model_validate(raw)
    except ValidationError as error:
        facts = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'recipe'}: {e['msg']}" for e in error.errors())
        raise ConfigError(f"{path}: {facts}") from error
