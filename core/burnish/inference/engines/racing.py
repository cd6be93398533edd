"""The race: every engine restores the same two pieces; who agrees with float32 is timed."""

from __future__ import annotations

import importlib.util
import logging
import math
import statistics
import time
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from burnish.errors import BurnishError
from burnish.inference.calling import TooLargeError
from burnish.inference.eager import FP32, Eager
from burnish.inference.engine import Engine, UnfitError
from burnish.inference.engines import machine
from burnish.inference.engines.compiled import Compiled
from burnish.inference.engines.exporting import identity
from burnish.inference.engines.onnx_runtime import Exported, OnnxRuntime
from burnish.inference.engines.openvino import OpenVino
from burnish.inference.engines.records import Lap, Race
from burnish.inference.precision import native_bf16
from burnish.inference.tiling.job import TilingJob
from burnish.inference.tiling.tiles import Tile
from burnish.restorer.restorer import Restorer

_log = logging.getLogger("burnish.inference")

SIDE = 192
"""Pixels of the side of the piece that is raced on, and three quarters of it for a second one of another size."""
ROUNDS = 3
"""How often each is timed, in turn; the median counts."""
LEAST = {"fp32": 60.0, "bf16": 50.0}
"""dB of agreement with eager torch in float32 below which an engine is refused."""
LEAST_INT8 = 40.0
"""The same for networks with layers of 8 bits, where a sum that differs in its last bit may be rounded to the next
whole number."""
WARMING = 4
"""Timed calls that starting an engine, and comparing it, cost in all besides."""


def contenders(loaded: Restorer, *, compiled: bool = False) -> list[Engine]:
    """The engines that this machine has for a restorer; eager torch in float32, channels last, is the first."""
    reduced = loaded.precision_tolerance > 0 and native_bf16(loaded.device)
    found: list[Engine] = [FP32, Eager(channels_last=False)]
    found += [Eager("bf16")] if reduced else []
    if installed("onnx", "onnxscript", "onnxruntime"):
        found.append(OnnxRuntime())
    if installed("onnx", "onnxscript", "openvino"):
        found += [OpenVino("fp32"), *([OpenVino("bf16")] if reduced else [])]
    if compiled:
        found += [Compiled(loaded, precision) for precision in ("fp32", *(["bf16"] if reduced else []))]
    return found


def race(job: TilingJob, engines: Sequence[Engine]) -> Race:
    """Compare the engines on the middle of a picture, and time those that agree.

    Args:
        job: The picture and the restorer, whose weights are fixed.
        engines: As from ``contenders``.
    """
    loaded = job.loaded
    large, small = job.probe(SIDE), job.probe(SIDE * 3 // 4)
    exact = [job.piece(tile, FP32) for tile in (large, small)]
    laps = [_warmed(job, engine, (large, small), exact) for engine in engines]
    running = [(engine, lap) for engine, lap in zip(engines, laps, strict=True) if not lap.refused]
    seconds: dict[int, list[float]] = {id(engine): [] for engine, _ in running}
    for _ in range(ROUNDS):
        for engine, _ in running:
            seconds[id(engine)].append(_timed(job, large, engine)[1])
    megapixels = large.pixels * job.padded.shape[0] / 1e6
    laps = [
        lap if lap.refused else replace(lap, rate=statistics.median(seconds[id(engine)]) / megapixels)
        for engine, lap in zip(engines, laps, strict=True)
    ]
    for lap in laps:
        if lap.refused:
            _log.info("%s: %s in %s is not used: %s", loaded.label, lap.engine, lap.precision, lap.refused)
    assert loaded.bundle is not None
    return Race(
        restorer=loaded.label, weights_sha256=loaded.bundle.weights_sha256, identity=identity(loaded),
        processor=machine.processor(), threads=torch.get_num_threads(), versions=machine.versions(), laps=laps,
    )  # fmt: skip


def agreement(job: TilingJob, engine: Engine, tiles: Sequence[Tile], exact: Sequence[Tensor]) -> float:
    """The least PSNR in dB, white at 1, of an engine's estimates to those of eager torch in float32.

    Raises:
        UnfitError, BurnishError, TooLargeError: It cannot compute them.
    """
    return min(_psnr(job.piece(tile, engine), wanted) for tile, wanted in zip(tiles, exact, strict=True))


def least(loaded: Restorer, precision: str) -> float:
    """The agreement in dB below which an engine is refused."""
    return LEAST_INT8 if loaded.eight_bits else LEAST[precision]


def _warmed(job: TilingJob, engine: Engine, tiles: tuple[Tile, Tile], exact: Sequence[Tensor]) -> Lap:
    """Started, and compared."""
    lap = Lap(
        engine=engine.name, precision=engine.precision, channels_last=isinstance(engine, Eager) and engine.channels_last
    )
    if engine == FP32:
        return lap
    try:
        if isinstance(engine, Exported):
            job.piece(tiles[0], engine)  # exports the network, which is done once for all processes
            engine.close()
        first = _timed(job, tiles[0], engine)[1]
        found = agreement(job, engine, tiles, exact)
        again = _timed(job, tiles[0], engine)[1]
    except (UnfitError, BurnishError, TooLargeError) as error:
        return replace(lap, refused=str(error) or "there is not enough memory for it")
    refused = ""
    if not found >= (asked := least(job.loaded, engine.precision)):
        refused = f"it agrees with float32 to {found:.0f} dB only, {asked:.0f} are asked"
    return replace(lap, start=max(0.0, first - again), agreement=found, refused=refused)


def _timed(job: TilingJob, tile: Tile, engine: Engine) -> tuple[Tensor, float]:
    begun = time.perf_counter()
    estimate = job.piece(tile, engine)
    return estimate, time.perf_counter() - begun


def _psnr(one: Tensor, other: Tensor) -> float:
    error = float((one - other).double().square().mean())
    return -10.0 * math.log10(max(error, 1e-20))


def installed(*modules: str) -> bool:
    """Whether all of these modules can be imported."""
    return all(importlib.util.find_spec(module) is not None for module in modules)
