"""Natural image quality evaluator: distance of a picture's statistics from those of good photographs."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import torch
from burnish.errors import EvaluationError
from torch import Tensor

from burnish_metrics.convention import Convention, Rounding, full_luma
from burnish_metrics.natural_scene_statistics import Floats, features

BLOCK = 96
"""Side of the blocks in pixels, at which the model of good photographs was fitted."""

SHARP = 0.5
"""Blocks of a good photograph that are less sharp than this part of its sharpest are left out of the model. The paper
has 0.75; with few photographs more blocks of each make the better model (see the card)."""


class Niqe:
    """``√((μ − ν)ᵀ ((Σ + T)/2)⁺ (μ − ν))`` of Gaussian models (μ, Σ) of the picture's blocks and (ν, T) of good ones'.

    Blocks are described by 36 features of their luma (see ``natural_scene_statistics``). The model of good photographs
    is this project's own (see its card in ``models``): figures are not those of other programs' models. A picture of
    one block has no covariance; that of the model stands alone then.

    Source: Mittal, Soundararajan, Bovik, doi:10.1109/LSP.2012.2227726.
    """

    def __init__(
        self,
        *,
        block: int = BLOCK,
        border: int | str = "scale",
        rounding: Rounding = "file",
        data_range: float = 1.0,
    ) -> None:
        self.block = block
        self.convention = Convention(border=border, rounding=rounding, data_range=data_range)
        self.mean, self.covariance = shipped_model()

    def __call__(self, estimate: Tensor, reference: Tensor | None = None) -> Tensor:
        """Score N,C,H,W in [0, 1]; float64 of N, lower is better."""
        pictures = self.convention.alone("metrics/niqe", estimate)
        return torch.tensor([self._score(full_luma(picture)) for picture in pictures], dtype=torch.float64)

    def _score(self, luma: Floats) -> float:
        if min(luma.shape) < self.block:
            raise EvaluationError(
                f"metrics/niqe: {luma.shape[0]}×{luma.shape[1]} is smaller than a block of {self.block}×{self.block}"
            )
        described, _ = features(luma, self.block)
        covariance = np.cov(described, rowvar=False) if len(described) > 1 else np.zeros_like(self.covariance)
        apart = described.mean(axis=0) - self.mean
        return float(np.sqrt(max(apart @ np.linalg.pinv((covariance + self.covariance) / 2.0) @ apart, 0.0)))


def fit(pictures: Iterable[Floats], *, block: int = BLOCK, stride: int | None = None) -> tuple[Floats, Floats]:
    """The mean (36) and covariance (36 × 36) of the sharp blocks of good photographs, each H,W luma in 0..255."""
    chosen = []
    for luma in pictures:
        described, sharpness = features(luma, block, stride)
        chosen.append(described[sharpness > SHARP * sharpness.max()])
    together = np.concatenate(chosen)
    return together.mean(axis=0), np.cov(together, rowvar=False)


def store(path: Path, mean: Floats, covariance: Floats) -> None:
    """Write a model as arrays ``mean`` and ``covariance`` of float64."""
    np.savez(path, mean=mean, covariance=covariance)


def shipped_model() -> tuple[Floats, Floats]:
    """The model shipped with this package; read without pickle."""
    with as_file(files("burnish_metrics") / "models" / "niqe.npz") as path, np.load(path, allow_pickle=False) as arrays:
        return arrays["mean"], arrays["covariance"]
