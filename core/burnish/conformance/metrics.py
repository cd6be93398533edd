"""Checks of a metric: one number per image, the right direction, batches, and a protocol that can be stored."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

from burnish.conformance.samples import compared
from burnish.conformance.subject import Subject
from burnish.conformance.violation import demand
from burnish.plugins.declarations import MetricSpec


def questions(spec: MetricSpec) -> list[Callable[[Subject], None]]:
    """The checks that apply to the declaration."""
    asked: list[Callable[[Subject], None]] = [
        states_its_protocol,
        gives_one_number_per_image,
        scores_each_image_by_itself,
        gives_the_same_number_twice,
        leaves_its_input_as_it_is,
    ]
    return [*asked, scores_nearer_estimates_better] if spec.needs_reference else asked


def states_its_protocol(subject: Subject) -> None:
    """The convention is stated, can be stored as JSON, and has a version."""
    demand(bool(subject.spec.protocol), "the protocol is empty; state luma, border, rounding, window, data range")
    json.dumps(subject.spec.as_json()["protocol"], allow_nan=False)
    demand(subject.spec.version >= 1, f"the version is {subject.spec.version}; count from 1")


def gives_one_number_per_image(subject: Subject) -> None:
    """A float tensor of N, none of them NaN."""
    scores = _score(subject, 0.1)
    demand(isinstance(scores, Tensor), f"it gives a {type(scores).__name__} instead of a tensor")
    demand(scores.shape == (2,), f"it gives {tuple(scores.shape)} for 2 {_things(subject)}")
    demand(scores.dtype == torch.float64, f"scores are {scores.dtype} instead of float64")
    demand(not bool(torch.isnan(scores).any()), "a score is NaN")


def scores_each_image_by_itself(subject: Subject) -> None:
    """Two images together get the scores that each gets alone."""
    alone = torch.cat([_score(subject, 0.1, only=slice(i, i + 1)) for i in range(2)])
    same = torch.allclose(_score(subject, 0.1), alone, rtol=1e-6, atol=1e-9)
    demand(same, "a score depends on the rest of the batch")


def gives_the_same_number_twice(subject: Subject) -> None:
    """The score is reproducible bit for bit, by another instance too."""
    estimate, reference = compared(subject.spec.of, 0.1)
    again = subject.make()(estimate, reference if subject.spec.needs_reference else None)
    demand(torch.equal(_score(subject, 0.1), again), "two instances give two scores")


def leaves_its_input_as_it_is(subject: Subject) -> None:
    """Nothing is changed in place."""
    estimate, reference = compared(subject.spec.of, 0.1)
    copies = estimate.clone(), reference.clone()
    subject.instance(estimate, reference if subject.spec.needs_reference else None)
    untouched = torch.equal(estimate, copies[0]) and torch.equal(reference, copies[1])
    demand(untouched, "it writes into its inputs")


def scores_nearer_estimates_better(subject: Subject) -> None:
    """Scores get worse from equal to slightly to strongly disturbed pictures, in the declared direction.

    Where noisy pictures stand in for the clean one, the estimate of the clean one itself scores best.
    """
    scores = [_score(subject, amount) for amount in (0.0, 0.03, 0.2)]
    sign = 1 if subject.spec.higher_is_better else -1
    falling = all(bool((sign * better > sign * worse).all()) for better, worse in pairwise(scores))
    means = ", ".join(f"{float(score.mean()):.4g}" for score in scores)
    direction = "fall" if sign > 0 else "rise"
    demand(falling, f"scores should {direction} for noise of 0, 0.03 and 0.2, they are {means}; see higher_is_better")


def _things(subject: Subject) -> str:
    return {"clip": "clips", "kernel": "kernels"}.get(subject.spec.of, "images")


def _score(subject: Subject, amount: float, only: slice = slice(None)) -> Tensor:
    estimate, reference = compared(subject.spec.of, amount)
    scores: Tensor = subject.instance(estimate[only], reference[only] if subject.spec.needs_reference else None)
    return scores
