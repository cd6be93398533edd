"""Checks of a metric: one number per image, the right direction, batches, and whether its protocol is true."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from burnish.conformance.declared import is_made_from_its_settings
from burnish.conformance.samples import compared, pictures
from burnish.conformance.settings import with_every_value
from burnish.conformance.subject import Questions, Subject
from burnish.conformance.violation import demand
from burnish.errors import BurnishError
from burnish.plugins.configuration import complete
from burnish.plugins.declarations import MetricSpec


def questions(spec: MetricSpec) -> tuple[Questions, Questions]:
    """Those that must hold before any other can be asked, and the others."""
    others: Questions = [
        states_its_protocol,
        scores_each_image_by_itself,
        gives_the_same_number_twice,
        leaves_its_input_as_it_is,
    ]
    if spec.needs_reference:
        others.append(scores_nearer_estimates_better)
        if spec.of in ("picture", "clip"):
            others.append(refuses_pictures_of_different_sizes)
    if spec.of == "picture":
        others.append(scores_grey_small_and_odd_pictures)
        if spec.needs_reference:
            others += [counts_the_border_as_stated, rounds_as_stated]
    if spec.config:
        others.append(works_with_every_value_of_its_settings)
    return [is_made_from_its_settings, gives_one_number_per_image], others


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


def refuses_pictures_of_different_sizes(subject: Subject) -> None:
    """An estimate that is smaller than its reference is an error: cropping in silence compares other pictures."""
    estimate, reference = compared(subject.spec.of, 0.1)
    try:
        score = subject.instance(estimate[..., :-2], reference)
    except Exception:
        return
    demand(False, f"an estimate two columns smaller than its reference got the score {float(score[0]):.4g}; refuse it")


def scores_grey_small_and_odd_pictures(subject: Subject) -> None:
    """Grey, of odd sides, and small: one number each, or an error of burnish that says what is too small."""
    for shape in ((1, 1, 63, 71), (1, 3, 33, 47), (2, 1, 16, 12), (1, 3, 5, 7)):
        clean = pictures(*shape)
        estimate = (clean + 0.05 * torch.randn(clean.shape, generator=torch.Generator().manual_seed(1))).clamp(0, 1)
        what = f"{shape[0]} pictures of {shape[1]} channels and {shape[2]}×{shape[3]}"
        try:
            scores = _scored(subject.instance, subject, estimate, clean)
        except BurnishError:
            continue
        except Exception as error:
            demand(False, f"for {what} it raises {type(error).__name__}: {error}; score them, or raise a BurnishError")
        fits = scores.shape == shape[:1] and not bool(torch.isnan(scores).any())
        demand(fits, f"for {what} it gives {scores.tolist()}")


def counts_the_border_as_stated(subject: Subject) -> None:
    """Pixels of the border that is cut off, by protocol or setting, do not count; the first one inside does."""
    for config in _conventions(subject, "border", (0, 4)):
        border = config.get("border", subject.spec.protocol.get("border", 0))
        if not isinstance(border, int):
            continue
        metric = subject.made_with(config)
        estimate, reference = _pair(subject)
        before = _scored(metric, subject, estimate, reference)
        outside, inside = estimate.clone(), estimate.clone()
        frame = torch.ones(estimate.shape[-2:], dtype=torch.bool)
        if border:
            frame[border:-border, border:-border] = False
            outside[..., frame] = 1 - outside[..., frame]
            same = torch.equal(_scored(metric, subject, outside, reference), before)
            demand(same, f"pixels of the border of {border} that is left out change the score")
        inside[..., border, :] = 1 - inside[..., border, :]
        inside[..., :, border] = 1 - inside[..., :, border]
        same = torch.equal(_scored(metric, subject, inside, reference), before)
        demand(
            not same,
            f"the first pixels within a border of {border} do not count, though the protocol states no wider one; "
            "state the border that is left out",
        )


def rounds_as_stated(subject: Subject) -> None:
    """With rounding to 8 bits, less than half a level changes nothing; without, it does."""
    for config in _conventions(subject, "rounding", ("uint8", "none")):
        stated = config.get("rounding", subject.spec.protocol.get("rounding"))
        if stated not in ("uint8", "none"):
            continue
        metric = subject.made_with(config)
        reference = torch.round(255 * _pair(subject)[1]) / 255
        nudge = 0.3 / 255 * torch.sign(torch.randn(reference.shape, generator=torch.Generator().manual_seed(2)))
        before, after = (_scored(metric, subject, reference + each, reference) for each in (0 * nudge, nudge))
        if stated == "uint8":
            demand(torch.equal(before, after), "rounding is uint8, but a third of a level changes the score")
        else:
            demand(not torch.equal(before, after), "rounding is none, but a third of a level does not change the score")


def works_with_every_value_of_its_settings(subject: Subject) -> None:
    """Each setting at its bounds and at another value; what cannot be is refused with an error of one line."""
    estimate, reference = compared(subject.spec.of, 0.1)

    def work(config: dict[str, Any]) -> None:
        scores = _scored(subject.made_with(config), subject, estimate.clone(), reference.clone())
        demand(not bool(torch.isnan(scores).any()), "a score is NaN")

    with_every_value(subject.spec, subject.config, work)


def _conventions(subject: Subject, key: str, values: tuple[object, ...]) -> list[dict[str, object]]:
    """The configuration, and where it has that setting, with each of the values that the setting takes."""
    if key not in subject.spec.config:
        return [subject.config]
    found = []
    for value in values:
        try:
            complete(subject.spec, {**subject.given, key: value}, subject=subject.entry.id)
        except BurnishError:
            continue
        found.append({**subject.config, key: value})
    return found


def _pair(subject: Subject) -> tuple[Tensor, Tensor]:
    """An estimate and its reference, large enough for several scales, and away from the ends of the range."""
    clean = 0.2 + 0.6 * pictures(1, 3, 192, 200)
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(3))
    return (clean + 0.03 * noise).clamp(0, 1), clean


def _scored(metric: Any, subject: Subject, estimate: Tensor, reference: Tensor) -> Tensor:
    scores: Tensor = metric(estimate, reference if subject.spec.needs_reference else None)
    return scores


def _things(subject: Subject) -> str:
    return {"clip": "clips", "kernel": "kernels"}.get(subject.spec.of, "images")


def _score(subject: Subject, amount: float, only: slice = slice(None)) -> Tensor:
    estimate, reference = compared(subject.spec.of, amount)
    scores: Tensor = subject.instance(estimate[only], reference[only] if subject.spec.needs_reference else None)
    return scores
