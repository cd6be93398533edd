"""The proof of a file: what its runtime computes, compared with torch in float32."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from burnish.exporting.subject import Arrays, Subject
from burnish.inference.engine import UnfitError
from burnish.inference.engines.exporting import PICTURE
from burnish.inference.engines.racing import least

Run = Callable[[Arrays], NDArray[np.float32]]
"""An opened file: inputs by name → the estimate."""


@dataclass(frozen=True, kw_only=True)
class Parity:
    """How far one estimate of a file's runtime is from torch's."""

    shape: tuple[int, ...]
    """Of the picture: N,C,H,W, or of clips and bursts N,T,C,H,W."""
    max_error: float
    """Largest difference; white is 1."""
    psnr: float
    """dB, white at 1; 200 where they are the same."""


def compared(run: Run, subject: Subject) -> list[Parity]:
    """The file on pictures of several sizes and numbers.

    Raises:
        UnfitError: The runtime fails, or differs from torch by more than is allowed; says on which picture.
    """
    found = []
    for inputs, wanted in subject.trials:
        shape = inputs[PICTURE].shape
        at = f"a picture of {'×'.join(map(str, shape))}"
        try:
            estimate = run(inputs)
        except Exception as error:  # each runtime raises its own kinds
            raise UnfitError(f"the file fails on {at}: {fact(error)}") from error
        if estimate.shape != wanted.shape:
            raise UnfitError(f"the file makes {estimate.shape} of {at} instead of {wanted.shape}")
        difference = np.abs(estimate.astype(np.float64) - wanted)
        psnr = -10.0 * math.log10(max(float(np.square(difference).mean()), 1e-20))
        if not psnr >= (asked := least(subject.loaded, "fp32")):
            raise UnfitError(f"the file agrees with torch to {psnr:.0f} dB only on {at}, {asked:.0f} are asked")
        found.append(Parity(shape=shape, max_error=float(difference.max()), psnr=psnr))
    return found


def fact(error: BaseException) -> str:
    """The line of a library's error that says what failed: its last one."""
    lines = [" ".join(line.split()) for line in str(error).splitlines() if line.strip()]
    return lines[-1][:200] if lines else type(error).__name__
