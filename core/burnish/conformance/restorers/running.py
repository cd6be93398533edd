"""Runs the restorer under test as the host does, and compares estimates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from burnish.conformance.samples import conditions
from burnish.conformance.subject import Subject
from burnish.conformance.violation import demand
from burnish.inference import Restorer, restore
from burnish.inference.calling import expected_shape

Told = Mapping[str, Tensor | int]
"""Conditions by name."""


def restored(loaded: Restorer, degraded: Tensor, told: Told | None = None, *, tile: int = 0) -> Tensor:
    """The estimate in float32; ``told`` are all conditions that are known, by default those of ``samples``."""
    known = conditions(loaded, degraded) if told is None else dict(told)
    return restore(loaded, degraded, known, tile=tile, precision="fp32")


def difference(found: Tensor, wanted: Tensor) -> float:
    """The largest difference, in parts of the largest value or 1."""
    return float((found - wanted).abs().max()) / max(1.0, float(wanted.abs().max()))


def demand_estimate(loaded: Restorer, degraded: Tensor, estimate: Tensor, when: str = "") -> None:
    """Raise ``Violation`` unless it is finite and has the declared size."""
    shape, wanted = tuple(estimate.shape), expected_shape(loaded, degraded)
    demand(shape == wanted, f"{when}the estimate of {tuple(degraded.shape)} is {shape} instead of {wanted}")
    demand(bool(torch.isfinite(estimate).all()), f"{when}the estimate of {tuple(degraded.shape)} has NaN or infinity")


def demand_same(found: Tensor, wanted: Tensor, message: str) -> None:
    """Raise ``Violation`` unless both are equal to 1e-5."""
    largest = difference(found, wanted)
    demand(largest <= 1e-5, f"{message} (largest difference {largest:.2g})")


def awake(subject: Subject) -> Restorer:
    """A trainable restorer whose parameters of zeros, which hide what training will use, have other values."""
    network = subject.make() if subject.spec.trainable else None
    if not isinstance(network, torch.nn.Module):
        return subject.loaded
    network = network.eval().requires_grad_(False)
    draw = torch.Generator().manual_seed(0)
    for value in network.parameters():
        if not bool(value.any()):
            value.copy_(0.1 * torch.randn(value.shape, generator=draw))
    return replace(subject.loaded, restorer=network)
