"""What is known of a degraded picture, from the JSON file beside it: noise, exposure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from burnish.data.items import told_by
from burnish.errors import DataError
from burnish.schema.faults import one_line


class Known(BaseModel):
    """What ``x.json`` says of ``x.png``, in units of [0, 1]; None: not known."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )

    sigma: float | None = Field(default=None, ge=0)
    """Standard deviation of noise that is the same everywhere."""
    gain: float | None = Field(default=None, ge=0)
    """Of noise whose variance grows with the value: variance = gain · (value − offset) + read_noise²."""
    read_noise: float | None = Field(default=None, ge=0)
    offset: float | None = None
    exposure: float | None = Field(default=None, gt=0)
    """Seconds."""

    @property
    def conditions(self) -> Mapping[str, float]:
        """What restorers and learners are given: noise."""
        found = self.model_dump(exclude={"exposure"}, exclude_none=True)
        if not self.gain and self.sigma is None and self.read_noise is not None:
            found["sigma"] = self.read_noise
        return found


NOTHING = Known()


def known_file(picture: Path) -> Path | None:
    """The JSON file beside a picture, else beside its folder, if there is one."""
    return told_by(picture, ".json")


def read_known(picture: Path) -> Known:
    """What is known of a degraded picture; nothing where there is no such file.

    Raises:
        DataError: The file is no JSON, has unknown keys, or values out of range.
    """
    file = known_file(picture)
    if file is None:
        return NOTHING
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{file}: cannot be read ({error.strerror}); check its permissions") from error
    except ValueError as error:
        raise DataError(f'{file}: is not JSON ({error}); write {{"sigma": 0.1}}, or remove it') from error
    if not isinstance(value, dict):
        raise DataError(f'{file}: is not a JSON object; write {{"sigma": 0.1}}, or remove it')
    try:
        return Known.model_validate(value)
    except ValidationError as error:
        raise DataError(f"{file}: {one_line(error, Known)}") from error
