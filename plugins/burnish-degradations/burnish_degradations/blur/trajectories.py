"""Random camera motion after Boracchi and Foi (2012), doi:10.1109/TIP.2012.2192126."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from burnish_degradations.drawing import seeded

SAMPLES = 500
"""Positions in a whole exposure."""

REFERENCE_STEPS = 2000.0
"""The number of steps to which the strengths below refer; other numbers of steps are rescaled to the same motion."""

LARGEST_PERTURBATION = 10.0
LARGEST_PULL = 0.7
LARGEST_SHAKE_RATE = 0.2


@dataclass(frozen=True, kw_only=True)
class Tremor:
    """The random numbers of one trajectory."""

    perturbation: float
    """Strength of the Gaussian change of velocity in a step, times anxiety."""
    pull: float
    """Strength of the inertia that draws the particle back to its origin, per pixel of distance, times anxiety."""
    shake_rate: float
    """Probability of an abrupt shake in a step, times anxiety."""
    start: float
    """Direction of the first step in radians."""
    noise: NDArray[np.float64]
    """T × 2, standard normal."""
    chance: NDArray[np.float64]
    """T, uniform in [0, 1): a shake happens where it is below the probability."""
    turn: NDArray[np.float64]
    """T: direction of a shake, in radians about the reversed velocity, uniform in [−½, ½)."""


def tremor(seed: int, exposures: int = 1) -> Tremor:
    """The random numbers of one trajectory with that many exposures, from its seed."""
    generator = seeded(seed)
    strengths = torch.rand(4, generator=generator, dtype=torch.float64).tolist()
    steps = exposures * (SAMPLES - 1)
    return Tremor(
        perturbation=LARGEST_PERTURBATION * strengths[0],
        pull=LARGEST_PULL * strengths[1],
        shake_rate=LARGEST_SHAKE_RATE * strengths[2],
        start=2.0 * math.pi * strengths[3],
        noise=torch.randn(steps, 2, generator=generator, dtype=torch.float64).numpy(),
        chance=torch.rand(steps, generator=generator, dtype=torch.float64).numpy(),
        turn=torch.rand(steps, generator=generator, dtype=torch.float64).numpy() - 0.5,
    )


def trajectories(
    seeds: Sequence[int], anxiety: Sequence[float], length: Sequence[float], exposures: int = 1
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Positions x and y in pixels of N particles that start at 0 and travel ``length`` pixels in an exposure.

    Each is N × ``SAMPLES``; of several ``exposures`` that follow each other, N × (exposures · (SAMPLES − 1) + 1).

    In every step the velocity v of unit size changes by

        dv = anxiety · (g·n − c·p) + s·2·R(π + φ)·v,

    n normal, p the position, s = 1 in an abrupt shake (which roughly reverses the motion) and else 0, and is then
    brought back to unit size, so that equal exposures have equal lengths. Strengths g, c and the rate of shakes are
    drawn for each particle. Anxiety 0 is a straight line.
    """
    tremors = [tremor(seed, exposures) for seed in seeds]
    rate = REFERENCE_STEPS / (SAMPLES - 1)
    nervous = np.asarray(anxiety, dtype=np.float64)
    gain = nervous * [t.perturbation for t in tremors] * math.sqrt(rate)
    pull = nervous * [t.pull for t in tremors] * rate
    noise = np.stack([t.noise for t in tremors]).transpose(1, 2, 0) * gain
    shaken = [t.chance < a * t.shake_rate * rate for t, a in zip(tremors, nervous, strict=True)]
    kick_cos = np.stack([-2.0 * np.cos(t.turn) * s for t, s in zip(tremors, shaken, strict=True)], axis=1)
    kick_sin = np.stack([-2.0 * np.sin(t.turn) * s for t, s in zip(tremors, shaken, strict=True)], axis=1)
    stride = np.asarray(length, dtype=np.float64) / (SAMPLES - 1)
    steps = exposures * (SAMPLES - 1)
    x, y = np.zeros((steps + 1, len(tremors))), np.zeros((steps + 1, len(tremors)))
    vx = np.array([math.cos(t.start) for t in tremors])
    vy = np.array([math.sin(t.start) for t in tremors])
    for step in range(steps):
        ax = vx + noise[step, 0] - pull * x[step] + kick_cos[step] * vx - kick_sin[step] * vy
        ay = vy + noise[step, 1] - pull * y[step] + kick_sin[step] * vx + kick_cos[step] * vy
        speed = np.maximum(np.sqrt(ax * ax + ay * ay), 1e-12)
        vx, vy = ax / speed, ay / speed
        x[step + 1] = x[step] + vx * stride
        y[step + 1] = y[step] + vy * stride
    return np.ascontiguousarray(x.T), np.ascontiguousarray(y.T)
