"""The part ``benchmarks`` of a recipe: what challenger, champion and baselines are scored on."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from burnish.recipe.values import Choice, Folder, Name, Number, Part, Settings, Whole
from burnish.schema.yaml_text import quoted

NAME = re.compile(r"\w[\w .,+=()-]*")
"""What a benchmark may be called: its name becomes the name of files, folders and figures."""
LONGEST_NAME = 100
"""Bytes of a benchmark's name."""


class NoiseSettings(Part):
    """The noise of degraded pictures in units of [0, 1]: variance = gain · (value − offset) + read_noise²."""

    gain: Number = Field(default=0.0, ge=0)
    """Variance for each unit of light: the shot noise; 0: none."""
    read_noise: Number = Field(default=0.0, ge=0)
    """Standard deviation of the noise without light; 0: none."""
    offset: Number = 0.0
    """The value that stands for no light."""

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
    """The degrader of the pictures in ``clean``; none: that of ``benchmark``."""
    metrics: tuple[Name, ...] = ()
    """Metric ids; the first is the leading metric."""
    metric_config: dict[Name, Settings] = Field(default_factory=dict)
    """Metric, as named in ``metrics`` → its settings."""
    colour: Literal["rgb", "grey", "y"] | None = None
    """What is compared: ``rgb``, ``grey`` (8-bit luma) or ``y``; none: that of ``benchmark``, or rgb."""
    seed: Whole = 0
    """Seeds the degradation, together with the name of each picture."""

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
