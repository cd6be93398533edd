"""A calibration: how widths are found for a restorer's estimates and scaled; kept in its bundle, without code."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from torch import Tensor

from burnish.errors import BundleError, UsageError
from burnish.io import atomic
from burnish.restorer.restorer import Restorer
from burnish.schema.faults import one_line
from burnish.uncertainty import conformal, widths
from burnish.uncertainty.head import Head

FILE = "intervals.safetensors"
"""Its file in a bundle."""
WIDTHS = ("head", "augmentations", "constant")
HEAD = "head."
TELL = "burnish calibrate measures them on clean pictures"


class Facts(BaseModel):
    """What a calibration is of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: str
    """One of ``WIDTHS``."""
    confidence: float = Field(ge=0.0, lt=1.0)
    """As of ``conformal.factor``."""
    restorer: str
    weights_sha256: str
    """Of the bundle's weights, for which alone it holds."""
    config: dict[str, Any]
    """The settings that the restorer had."""
    benchmark: str
    digest: str
    """Of the benchmark: degrader, seed, pictures."""
    data_hash: str
    """Of the clean pictures."""
    learned: int
    """Pictures that the head learned from."""
    pictures: int
    """Pictures that the factor is chosen by; others than those."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Widths, and how they did on calibration pictures."""

    facts: Facts
    curves: Tensor
    """``conformal.missed`` of each picture, pictures × factors, float64."""
    spans: Tensor
    """The mean of the sum of both half-widths in each picture, before they are scaled."""
    constant: Tensor
    """As ``curves``, of a width that is the same everywhere: what the widths are compared with."""
    head: Head | None = None
    _factors: dict[tuple[float, float], float] = field(default_factory=dict)

    def factor(self, coverage: float) -> float:
        """By which the widths are multiplied for a coverage in (0, 1).

        Raises:
            UsageError: There are too few pictures for it.
        """
        promise = (coverage, self.facts.confidence)
        if promise not in self._factors:
            self._factors[promise] = conformal.factor(self.curves, *promise)
        return self._factors[promise]

    def promises(self, coverages: Iterable[float]) -> dict[float, float]:
        """Coverage → ``factor``, of those that there are enough pictures for."""
        found = {}
        for coverage in coverages:
            with suppress(UsageError):
                found[coverage] = self.factor(coverage)
        return found

    @property
    def width(self) -> widths.Width:
        """How half-widths are found."""
        if self.facts.width == "head":
            assert self.head is not None
            return widths.Learned(self.head)
        return widths.augmentations if self.facts.width == "augmentations" else widths.constant


def write(folder: Path, calibration: Calibration) -> None:
    """Write it into a bundle's folder, whole or not at all.

    Raises:
        OSError: It cannot be written.
    """
    from safetensors.torch import save

    tensors = {name: getattr(calibration, name).contiguous() for name in ("curves", "spans", "constant")}
    if calibration.head is not None:
        tensors |= {f"{HEAD}{name}": value.clone() for name, value in calibration.head.state_dict().items()}
    data = save(tensors, {"burnish": calibration.facts.model_dump_json()})
    atomic.write_whole(folder / FILE, data)


def read(loaded: Restorer) -> Calibration:
    """The calibration in the bundle of a restorer; its file is read again where it changed.

    Raises:
        UsageError: It has none, or one of other weights or settings; says how to make it.
        BundleError: The file is damaged.
    """
    if loaded.folder is None or not (loaded.folder / FILE).is_file():
        raise UsageError(f"{loaded.subject} has no calibrated intervals; {TELL}")
    file = loaded.folder / FILE
    stamp = file.stat()
    found = _parsed(file, (stamp.st_ino, stamp.st_mtime_ns, stamp.st_size))
    facts = found.facts
    weights = loaded.bundle.weights_sha256 if loaded.bundle else ""
    if (facts.restorer, facts.weights_sha256) != (loaded.id, weights):
        raise UsageError(f"{file}: holds intervals of other weights; {TELL}")
    if facts.config != settings_of(loaded):
        raise UsageError(
            f"{file}: holds intervals of other settings of {loaded.id}; leave --set out, or calibrate again"
        )
    return found


def found(loaded: Restorer) -> Calibration | None:
    """The calibration in the bundle of a restorer; None: it has none, or one of other weights or settings.

    Raises:
        BundleError: The file is damaged.
    """
    try:
        return read(loaded)
    except UsageError:
        return None


def settings_of(loaded: Restorer) -> dict[str, Any]:
    """Its configuration as JSON values."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(loaded.config), default=str))
    return plain


@lru_cache(maxsize=8)
def _parsed(file: Path, stamp: tuple[int, int, int]) -> Calibration:
    """What the file holds that has this stamp."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, "pt") as opened:
            told = (opened.metadata() or {})["burnish"]
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 - not a mapping
        facts = Facts.model_validate_json(told)
        weights = {name.removeprefix(HEAD): value for name, value in tensors.items() if name.startswith(HEAD)}
        found = Calibration(
            facts=facts, curves=tensors["curves"], spans=tensors["spans"], constant=tensors["constant"],
            head=_head(weights) if facts.width == "head" else None,
        )  # fmt: skip
        if facts.width not in WIDTHS or found.curves.shape != (facts.pictures, len(conformal.FACTORS)):
            raise ValueError("its curves are of another shape than it says")
    except ValidationError as error:
        raise BundleError(f"{file}: is not a calibration ({one_line(error, Facts)}); calibrate again") from error
    except (OSError, SafetensorError, KeyError, ValueError, RuntimeError) as error:
        fact = " ".join(str(error).split())
        raise BundleError(f"{file}: is not a calibration ({fact}); calibrate again") from error
    return found


def _head(weights: dict[str, Tensor]) -> Head:
    head = Head()
    head.load_state_dict(weights)
    return head.eval().requires_grad_(False)


def reliability(calibration: Calibration, coverages: tuple[float, ...], splits: int = 20) -> dict[float, Reliability]:
    """How well promises hold on pictures that they were not made by: half of the pictures promises, the other judges.

    Args:
        calibration: What is judged.
        coverages: The promises.
        splits: How many random halves.
    """
    found = {}
    for coverage in coverages:
        measured, narrower = [], []
        for split in range(splits):
            order = torch.randperm(len(calibration.curves), generator=torch.Generator().manual_seed(split))
            one, other = order[: len(order) // 2], order[len(order) // 2 :]
            try:
                chosen = conformal.factor(calibration.curves[one], coverage, calibration.facts.confidence)
                plain = conformal.factor(calibration.constant[one], coverage, calibration.facts.confidence)
            except UsageError:
                continue
            place = int(torch.searchsorted(conformal.FACTORS, chosen))
            measured.append(1.0 - float(calibration.curves[other, place].mean()))
            narrower.append(1.0 - chosen * float(calibration.spans[other].mean()) / (2.0 * plain))
        if measured:
            worst = max(measured, key=lambda one: abs(one - coverage))
            mean = sum(measured) / len(measured)
            found[coverage] = Reliability(mean=mean, worst=worst, narrower=sum(narrower) / len(narrower))
    return found


@dataclass(frozen=True, kw_only=True)
class Reliability:
    """Coverage measured on the other halves."""

    mean: float
    worst: float
    """Of the half farthest from the promise."""
    narrower: float
    """By which part the intervals are narrower than those of one width everywhere, at the same promise."""
