"""Which engine computes a picture: the one named, or the one that was fastest in a race on this machine."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field

import torch

from burnish.errors import BurnishError, RestorationError, UsageError
from burnish.inference.calling import TooLargeError
from burnish.inference.eager import FP32, Eager
from burnish.inference.engine import Engine, UnfitError
from burnish.inference.engines import records
from burnish.inference.engines.compiled import Compiled
from burnish.inference.engines.exporting import identity
from burnish.inference.engines.onnx_runtime import OnnxRuntime
from burnish.inference.engines.openvino import OpenVino
from burnish.inference.engines.racing import ROUNDS, SIDE, WARMING, agreement, contenders, installed, least, race
from burnish.inference.engines.records import Lap, Race
from burnish.inference.tiling.cutting import Cut, pieces
from burnish.inference.tiling.job import TilingJob
from burnish.restorer.restorer import Restorer

_log = logging.getLogger("burnish.inference")

PROBE = 128
"""Pixels of the side of the piece on which eager torch is timed, to tell whether a race pays."""
WORTH = 64
"""Work, in such pieces, from which on that is asked at all."""
PAYS = 2.0
"""A race is run once the work since the start of the process takes so many times as long as the race would."""
EXPORTING = 8.0
"""Seconds that exporting a network takes, about."""
COMPILING = 40.0
"""Seconds that torch's compiler takes, about."""
ENDLESS = 1e12
"""Pixels of a service, whose engines start once."""


@dataclass
class _Runner:
    """What this process knows of one network."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    pixels: float = 0.0
    """That eager torch has computed so far."""
    rate: float | None = None
    """Seconds for a pixel of eager torch."""
    race: Race | None = None
    recalled: bool = False
    racing: bool = False
    engines: dict[tuple[str, str, bool], Engine] = field(default_factory=dict)
    """Those that are running."""
    failed: set[tuple[str, str]] = field(default_factory=set)
    warned: bool = False


_runners: dict[tuple[str, int], _Runner] = {}


def choose(job: TilingJob, cut: Cut, precision: str, wanted: str) -> Engine:
    """The engine for a picture.

    Args:
        job: The picture and the restorer.
        cut: Its pieces.
        precision: What is settled for it; with ``bf16`` engines in float32 may compute it, too.
        wanted: One of ``restorer.options.ENGINES``; ``auto``: eager torch, until the work is long enough for a race to
            pay; then the fastest that agrees with float32. The race is kept for later processes. While it is run, other
            threads compute by eager torch.

    Raises:
        UsageError: The restorer is no network with fixed weights, and another engine than eager torch is named.
        RestorationError: The named engine cannot compute it, or does not agree with float32.
    """
    runner = _runner(job.loaded, wanted)
    if runner is None:
        return Eager(precision)
    pixels = float(job.padded.shape[0] * sum(tile.pixels for tile in pieces(job, cut)))
    with runner.lock:
        if wanted != "auto":
            return _named(job, runner, wanted, precision)
        _tell_of_8_bits(job.loaded, runner)
        runner.pixels += pixels
        racing = _must_race(job, runner) and _race_pays(job, runner)
        runner.racing = runner.racing or racing
    if racing:
        _race(job, runner)
    return _fastest(job, runner, precision, pixels)


def prepare(job: TilingJob, precision: str, wanted: str) -> Engine:
    """The engine for all pictures to come, decided and started now: for services, whose pictures should not wait.

    Args:
        job: A picture made up for the restorer.
        precision: As of ``choose``.
        wanted: As of ``choose``; ``auto``: the race is run at once.

    Raises:
        UsageError, RestorationError: As ``choose``.
    """
    runner = _runner(job.loaded, wanted)
    if runner is None:
        return Eager(precision)
    with runner.lock:
        if wanted != "auto":
            return _named(job, runner, wanted, precision)
        racing = _must_race(job, runner)
        runner.racing = runner.racing or racing
    if racing:
        _race(job, runner)
    engine = _fastest(job, runner, precision, ENDLESS)
    try:
        job.piece(job.probe(SIDE), engine)
    except UnfitError as error:
        give_up(job, engine, error)
        return Eager(precision)
    return engine


def _runner(loaded: Restorer, wanted: str) -> _Runner | None:
    """What is known of the network; None: eager torch computes it, as was asked or since nothing else can.

    Raises:
        UsageError: Nothing else can, and another engine is named.
    """
    if wanted == "eager":
        return None
    try:
        if loaded.device.type != "cpu":
            raise UnfitError(f"it runs on {loaded.device}")
        if not loaded.spec.deterministic:
            raise UnfitError("it draws random numbers")
        return _runners.setdefault((identity(loaded), torch.get_num_threads()), _Runner())
    except UnfitError as error:
        if wanted == "auto":
            return None
        raise UsageError(f"{loaded.label} cannot use the engine {wanted}: {error}; leave --engine out") from error


def _tell_of_8_bits(loaded: Restorer, runner: _Runner) -> None:
    """Warn once that no installed engine multiplies bytes."""
    if loaded.eight_bits and not runner.warned and not installed("onnx", "onnxscript", "openvino"):
        _log.warning(
            "%s has layers of 8 bits, which torch simulates and is slower with; pip install 'burnish[openvino]'",
            loaded.subject,
        )
    runner.warned = True


def give_up(job: TilingJob, engine: Engine, error: BaseException) -> None:
    """Say that an engine failed on a picture; no choice by a race falls on it again in this process."""
    _log.warning("%s: the engine %s failed (%s); torch computes it", job.loaded.label, engine.name, error)
    runner = _runners.get((identity(job.loaded), torch.get_num_threads()))
    if runner is not None:
        runner.failed.add((engine.name, engine.precision))


def _named(job: TilingJob, runner: _Runner, name: str, precision: str) -> Engine:
    precision = "fp32" if name == "onnx-runtime" else precision
    key = (name, precision, False)
    if key in runner.engines:
        return runner.engines[key]
    made = _made(job, Lap(engine=name, precision=precision))
    tiles = job.probe(SIDE), job.probe(SIDE * 3 // 4)
    try:
        found = agreement(job, made, tiles, [job.piece(tile, FP32) for tile in tiles])
    except UnfitError as error:
        raise RestorationError(
            f"{job.loaded.label} cannot use the engine {name}: {error}; leave --engine out"
        ) from error
    if not found >= (asked := least(job.loaded, precision)):
        raise RestorationError(
            f"{job.loaded.label}: the engine {name} in {precision} agrees with float32 to {found:.0f} dB only, "
            f"{asked:.0f} are asked; leave --engine out, or use --precision fp32"
        )
    runner.engines[key] = made
    return made


def _must_race(job: TilingJob, runner: _Runner) -> bool:
    """Whether no race is known of, and none is being run; under the lock."""
    if not runner.recalled:
        runner.race, runner.recalled = records.recall(identity(job.loaded), torch.get_num_threads()), True
    return runner.race is None and not runner.racing


def _race(job: TilingJob, runner: _Runner) -> None:
    """Run it, beside what other threads compute, and keep its result."""
    try:
        runner.race = race(job, contenders(job.loaded, compiled=_compiling_pays(runner)))
        records.keep(runner.race)
    finally:
        runner.racing = False


def _fastest(job: TilingJob, runner: _Runner, precision: str, pixels: float) -> Engine:
    """The engine that needs the least time for so many pixels, its start included."""
    with runner.lock:
        if runner.race is None:
            return Eager(precision)
        best = min(
            (lap for lap in runner.race.laps if records.usable(lap, precision) and _key(lap)[:2] not in runner.failed),
            key=lambda lap: (0.0 if _key(lap) in runner.engines else lap.start) + lap.rate * pixels / 1e6,
        )
        if _key(best) not in runner.engines:
            runner.engines[_key(best)] = _made(job, best)
        return runner.engines[_key(best)]


def _race_pays(job: TilingJob, runner: _Runner) -> bool:
    if runner.pixels < WORTH * PROBE**2:
        return False
    if runner.rate is None:
        tile = job.probe(PROBE)
        try:
            job.piece(tile, FP32)
            begun = time.perf_counter()
            job.piece(tile, FP32)
        except (BurnishError, TooLargeError):
            return False
        runner.rate = (time.perf_counter() - begun) / (tile.pixels * job.padded.shape[0])
    found = contenders(job.loaded)
    exporting = EXPORTING if any(isinstance(one, OnnxRuntime | OpenVino) for one in found) else 0.0
    cost = exporting + len(found) * (ROUNDS + WARMING) * runner.rate * SIDE**2
    return runner.rate * runner.pixels >= PAYS * cost


def _compiling_pays(runner: _Runner) -> bool:
    return runner.rate is not None and runner.rate * runner.pixels >= 2 * PAYS * COMPILING


def _key(lap: Lap) -> tuple[str, str, bool]:
    return lap.engine, lap.precision, lap.channels_last


def _made(job: TilingJob, lap: Lap) -> Engine:
    if lap.engine == "openvino":
        return OpenVino(lap.precision)
    if lap.engine == "onnx-runtime":
        return OnnxRuntime()
    if lap.engine == "compile":
        return Compiled(job.loaded, lap.precision)
    return Eager(lap.precision, lap.channels_last)
