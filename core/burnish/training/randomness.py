"""Everything random in a training as a pure function of (seed, purpose, step, rank, index)."""

from __future__ import annotations

import hashlib
import os

import numpy as np
import torch
from numpy.typing import NDArray


def derive(seed: int, *words: str | int) -> int:
    """A 63-bit seed from ``seed`` and words: the same words, the same seed; other words, an unrelated one."""
    text = ":".join(str(word) for word in (seed, *words))
    return int.from_bytes(hashlib.sha256(os.fsencode(text)).digest()[:8]) >> 1


def generator(seed: int, *words: str | int) -> torch.Generator:
    """A fresh CPU generator seeded by ``derive``."""
    return torch.Generator().manual_seed(derive(seed, *words))


def uniforms(seed: int, *words: str | int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Numbers in [0, 1) of that shape, from Philox keyed by ``derive``."""
    return np.random.Generator(np.random.Philox(key=derive(seed, *words))).random(shape)
