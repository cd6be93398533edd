"""Planning for pictures: what is wrong is matched with the restorers that are installed, and those are tried."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path

from torch import Tensor

from burnish.diagnosis import Diagnosis, examine
from burnish.errors import BurnishError, UsageError
from burnish.inference import Restorer, load_restorer, restore
from burnish.inference.pictures import RestoredPicture, restore_picture_detailed
from burnish.io import Picture, to_tensor
from burnish.ops.measures.pixels import central
from burnish.ops.resampling import resize
from burnish.planning import trials
from burnish.planning.candidates import Candidate, candidates
from burnish.planning.plan import MOST, TASKS, Plan, Step, Task, decibels
from burnish.plugins.catalog import Catalog, installed
from burnish.restorer.options import RestoreOptions

VISIBLE = 90
"""JPEG of this quality or more hardly shows."""
STRONG = 50
"""JPEG below this quality makes a picture soft, so that no blur is told from it."""
BLURRED = 2.2
"""Pixels by which edges without a simple blur are certainly soft; parts of sharp photographs are softer than this."""
WORTHWHILE = 0.2
"""dB that a restorer must gain on the picture itself."""
STRONGER = 2.0
"""What takes noise for independent is told so many times the level of correlated noise, whose coarse part is stronger.
On 6 noisy photographs of PolyU's training set (35.64 dB) BM3D gave 36.8, 38.3, 39.0 and 39.3 dB with 1, 2, 3 and 4
times, total variation 37.8, 38.6, 38.8 and 38.8; more than twice would cost more texture where there is no noise."""
FAINT = (6 / 255, 0.5)
"""Only for noise up to this level, of neighbours that are as much alike; beyond, it may be texture, which would go."""


@dataclass(frozen=True)
class Contender:
    """A candidate, and what it is told."""

    candidate: Candidate
    told: Mapping[str, float] = field(default_factory=dict)

    @property
    def needed(self) -> dict[str, float]:
        """What it needs or accepts of that."""
        spec = self.candidate.spec
        return {name: value for name, value in self.told.items() if name in spec.needs | spec.accepts}


@dataclass(kw_only=True)
class Planner:
    """Plans and restores; what it loaded is kept for the next picture."""

    catalog: Catalog = field(default_factory=installed)
    device: str = "auto"
    tasks: frozenset[Task] = frozenset(TASKS)
    """What it may undo."""
    scale: int = 1
    """By how much it enlarges."""
    _loaded: dict[tuple[str, int], Restorer] = field(default_factory=dict, init=False)

    def plan(self, picture: Picture, path: Path | None = None, found: Diagnosis | None = None) -> Plan:
        """What to do about a picture.

        Args:
            picture: With one or three channels.
            path: Its file.
            found: What is wrong with it; None: it is examined.

        Raises:
            UsageError: Nothing enlarges by ``scale``.
        """
        found = found or examine(picture, path)
        asked = [
            self._against_jpeg(found, picture),
            self._against_noise(found, picture),
            self._against_blur(found, picture),
        ]
        steps = [one for one in asked if isinstance(one, Step)]
        left = [one for one in asked if isinstance(one, str)]
        if self.scale > 1 and "super-resolve" in self.tasks:
            steps, left = self._enlarging(found, picture, steps, left)
        return Plan(steps=tuple(steps), left=tuple(left))

    def restore(self, picture: Picture, plan: Plan, options: RestoreOptions | None = None) -> RestoredPicture:
        """Carry out a plan; without a step the picture comes back as it is.

        Raises:
            As ``restore_picture``.
        """
        notes, doubtful = tuple[str, ...](), False
        for step in plan.steps:
            loaded = self._ready(step.restorer, self.scale if step.task == "super-resolve" else 1)
            done = restore_picture_detailed(loaded, picture, step.conditions, options)
            picture, notes, doubtful = done.picture, notes + done.notes, doubtful or done.doubtful
        return RestoredPicture(picture=picture, notes=tuple(dict.fromkeys(notes)), doubtful=doubtful)

    @cached_property
    def _candidates(self) -> list[Candidate]:
        return list(candidates(self.catalog))

    def _ready(self, name: str, scale: int = 1) -> Restorer:
        key = (name, scale)
        if key not in self._loaded:
            settings = {"scale": scale} if scale > 1 and ":" not in name else {}
            self._loaded[key] = load_restorer(name, settings, device=self.device, catalog=self.catalog)
        return self._loaded[key]

    def _against_jpeg(self, found: Diagnosis, picture: Picture) -> Step | str | None:
        quality = found.jpeg.quality
        if quality is None or "dejpeg" not in self.tasks:
            return None
        fault = f"JPEG of quality {quality}"
        if quality >= VISIBLE:
            return f"{fault} is left: it hardly shows"
        middle = _middle(picture, 2 * trials.SIDE)
        fitting = [Contender(one) for one in self._candidates if one.undoes_jpeg(quality) and _takes(one, middle)]
        judge = partial(trials.gain_by_compressing, picture=middle, quality=quality)
        return self._best("dejpeg", fault, fitting, judge, "compressed anew at half its size")

    def _against_noise(self, found: Diagnosis, picture: Picture) -> Step | str | None:
        noise = found.noise
        if "noise" not in found.problems or "denoise" not in self.tasks:
            return None
        middle = _middle(picture, (2 if noise.correlated else 1) * trials.SIDE)
        known = [one for one in self._candidates if "denoise" in one.spec.tasks and _takes(one, middle)]
        fit = [one for one in known if one.undoes_noise(noise.sigma, correlated=noise.correlated)]
        fault = f"noise of σ {255 * noise.sigma:.1f} of 255"
        if not noise.correlated:
            fitting = [Contender(one, {"sigma": noise.sigma}) for one in fit]
            judge = partial(trials.gain_by_stein, noisy=middle, sigma=noise.sigma)
            return self._best("denoise", fault, fitting, judge, "estimated on its middle")
        fault += ", correlated"
        if fit:
            fitting = [Contender(one, {"sigma": noise.sigma}) for one in fit]
            judge = partial(
                trials.gain_by_adding, picture=middle, sigma=noise.sigma, neighbours=noise.neighbours,
                between_channels=noise.between_channels,
            )  # fmt: skip
            return self._best("denoise", fault, fitting, judge, "on such noise, added to it at half its size")
        if noise.sigma > FAINT[0] or (noise.neighbours or 0.0) < FAINT[1]:
            return f"{fault}, is left: no installed restorer is trained against it"
        level = min(1.0, STRONGER * noise.sigma)
        fitting = [Contender(one, {"sigma": level}) for one in known if one.undone is None]
        judge = partial(trials.gain_by_adding, picture=middle, sigma=level)
        evidence = f"on independent noise of σ {255 * level:.1f}, added to it at half its size"
        why = f"told σ {255 * level:.1f}, since it takes noise for independent"
        return self._best("denoise", fault, fitting, judge, evidence, why=why)

    def _against_blur(self, found: Diagnosis, picture: Picture) -> Step | str | None:
        if "blur" not in found.problems or "deblur" not in self.tasks or found.blur is None:
            return None
        if found.blur.kind == "irregular" and found.blur.low < BLURRED:
            return None
        fault, middle = f"blur ({dict(found.lines())['blur']})", _middle(picture, trials.SIDE)
        if "noise" in found.problems:
            return "whether it is blurred, too, cannot be told beside noise; if it is, name a restorer with --restorer"
        if found.jpeg.quality is not None and found.jpeg.quality < STRONG:
            return f"{fault} is left: JPEG of quality {found.jpeg.quality} makes soft, too"
        able = [one for one in self._candidates if one.doubts and "deblur" in one.spec.tasks and _takes(one, middle)]
        if not able:
            return f"{fault} is left: no installed restorer knows when it fails; name one with --restorer"
        return Step(task="deblur", restorer=able[0].name, fault=fault, why="where it doubts, the picture stays")

    def _enlarging(
        self, found: Diagnosis, picture: Picture, before: list[Step], left: list[str]
    ) -> tuple[list[Step], list[str]]:
        """All steps and what is left: enlarging comes last, or does the work of those before it as well."""
        enlarging = [one for one in self._candidates if "super-resolve" in one.spec.tasks]
        able = [one for one in enlarging if self.scale in one.scale]
        if not able:
            known = ", ".join(map(str, sorted({scale for one in enlarging for scale in one.scale}))) or "none"
            raise UsageError(f"no installed restorer makes pictures {self.scale} times larger; they can: {known}")
        fault = f"{self.scale} times larger"
        noisy = found.noise.sigma if "noise" in found.problems else 0.0
        quality = found.jpeg.quality
        proof = [one for one in able if one.withstands(noisy, quality)] if noisy or quality is not None else []
        faults = trials.Faults(
            sigma=noisy, neighbours=found.noise.neighbours if found.noise.correlated else None,
            between_channels=found.noise.between_channels, quality=quality,
        )  # fmt: skip
        tried = trials.reduced_with(_middle(picture, 2 * trials.SIDE), self.scale, faults) if proof else None
        if tried is None:
            judge = partial(trials.gain_by_reducing, picture=_middle(picture, trials.SIDE), scale=self.scale)
            evidence = "over bicubic interpolation, reduced and enlarged again"
            best = self._best("super-resolve", fault, [Contender(one) for one in able], judge, evidence, -math.inf)
            return ([*before, best], left) if isinstance(best, Step) else (before, [*left, best])
        whole, worn = tried
        cleaned = worn
        for step in before:
            if step.task != "deblur":  # the reduced picture is sharp
                cleaned = restore(self._ready(step.restorer), cleaned, step.conditions).clamp(0.0, 1.0)
        bicubic = trials.inner_psnr(resize(cleaned, float(self.scale)), whole, self.scale)
        gains: dict[tuple[bool, str], float] = {}
        for alone, given, those in ((False, cleaned, able), (True, worn, proof)):
            for one in those:
                enlarged = restore(self._ready(one.name, self.scale), given)
                gains[alone, one.name] = trials.inner_psnr(enlarged, whole, self.scale) - bicubic
        (alone, name), gain = max(gains.items(), key=lambda each: each[1])
        words = ([f"noise of σ {255 * noisy:.1f}"] if noisy else []) + ([f"JPEG {quality}"] if quality else [])
        evidence = f"over bicubic interpolation, reduced, with {' and '.join(words)}, and enlarged again"
        last = Step(
            task="super-resolve", restorer=name, fault=fault, why=f"{decibels(gain)}, {evidence}",
            fitting={one: each for (way, one), each in sorted(gains.items(), key=lambda g: -g[1]) if way == alone},
            evidence=evidence,
        )  # fmt: skip
        if not alone:
            return [*before, last], left
        kept = [step for step in before if step.task == "deblur"]
        return [*kept, replace(last, fault=f"{fault}, and {' and '.join(words)}")], left

    def _best(
        self,
        task: Task,
        fault: str,
        fitting: Sequence[Contender],
        judge: Callable[..., float],
        evidence: str,
        least: float = WORTHWHILE,
        why: str = "",
    ) -> Step | str:
        """The one with the largest gain in a trial on the picture itself; ``why`` in place of that gain."""
        gains: list[tuple[float, Contender]] = []
        for one in fitting:
            loaded = self._ready(one.candidate.name, self.scale if task == "super-resolve" else 1)
            try:
                gains.append((judge(loaded, told=dict(one.told)), one))
            except BurnishError:  # it cannot restore this picture
                continue
        if not gains:
            return f"{fault} is left: no installed restorer is trained against it"
        gains.sort(key=lambda each: -each[0])  # stable: of equals the first
        gain, best = gains[0]
        if gain < least:
            return f"{fault} is left: the best restorer, {best.candidate.name}, would gain {gain:+.1f} dB ({evidence})"
        return Step(
            task=task, restorer=best.candidate.name, conditions=best.needed, fault=fault,
            why=why or f"{decibels(gain)}, {evidence}", evidence=evidence,
            fitting={one.candidate.name: min(each, MOST) for each, one in gains},
        )  # fmt: skip


def _takes(candidate: Candidate, middle: Tensor) -> bool:
    """Whether it takes the picture's channels as they are: grey weights on colour leave noise of the colours."""
    return middle.shape[1] in candidate.channels


def _middle(picture: Picture, side: int) -> Tensor:
    """1,C,H,W of the middle, at most ``side`` pixels high and wide; one channel where all are equal."""
    middle = to_tensor(Picture(pixels=central(picture.pixels, side), metadata=picture.metadata))
    return middle[:, :1] if bool((middle == middle[:, :1]).all()) else middle
