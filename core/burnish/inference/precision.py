"""float32 or bfloat16: bfloat16 only if the device has matrix units for it and the picture allows it."""

from __future__ import annotations

import torch

from burnish.errors import RestorationError
from burnish.inference.calling import TooLargeError
from burnish.inference.eager import FP32, Eager
from burnish.inference.tiling.job import TilingJob

_PROBE = 128
"""Side in pixels of the part of the picture on which both precisions are compared."""


def native_bf16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 matrices in hardware: CUDA from capability 8.0, AVX512-BF16 or AMX."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device)[0] >= 8
    if device.type != "cpu":
        return False
    questions = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")  # not public: missing in some versions
    asked = (getattr(torch.cpu, name, None) for name in questions)
    return any(bool(question()) for question in asked if callable(question))


def settle(job: TilingJob, wanted: str) -> str:
    """Choose ``fp32`` or ``bf16`` for this picture.

    ``auto`` gives bf16 to a module whose declaration tolerates a deviation, on a device that has it natively, for a
    picture of at least four probes, if the root-mean-square deviation from float32 on a probe from the middle of this
    picture is within the declared tolerance. An explicit ``bf16`` is always used.
    """
    if wanted != "auto":
        return wanted
    loaded = job.loaded
    tolerance = loaded.precision_tolerance
    if tolerance <= 0 or not isinstance(loaded.restorer, torch.nn.Module) or not native_bf16(loaded.device):
        return "fp32"
    if job.height * job.width < 4 * _PROBE**2 or not loaded.spec.deterministic:
        return "fp32"
    return "bf16" if deviation(job) <= tolerance else "fp32"


def deviation(job: TilingJob) -> float:
    """Root-mean-square deviation in [0, 1] of bf16 from float32 on the middle of the picture; infinite on failure."""
    tile = job.probe(_PROBE)
    try:
        exact, reduced = job.piece(tile, FP32), job.piece(tile, Eager("bf16"))
    except (RestorationError, TooLargeError):
        return float("inf")
    return float((exact - reduced).double().square().mean().sqrt())
