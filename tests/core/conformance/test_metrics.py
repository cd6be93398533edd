"""Facts about the kit's questions to metrics: a sound one passes all, each fault is found by the question for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from burnish.conformance.samples import compared
from burnish.plugins.declarations import MetricSpec

Failures = Callable[..., dict[str, str]]

_SOUND: dict[str, Any] = {"protocol": {"border": 0}, "higher_is_better": False}


class _Mse:
    def __call__(self, estimate: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
        return (estimate - reference).double().square().mean(dim=(1, 2, 3))


class _Pooled(_Mse):
    def __call__(self, estimate: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
        return super().__call__(estimate, reference).mean().expand(len(estimate))


class _Single(_Mse):
    def __call__(self, estimate: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
        return super().__call__(estimate, reference).mean()


class _InPlace(_Mse):
    def __call__(self, estimate: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
        return super().__call__(estimate.mul_(0.9), reference)


class _Single32(_Mse):
    def __call__(self, estimate: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
        return super().__call__(estimate, reference).float()


def test_a_sound_metric_passes_every_question(failures: Failures) -> None:
    assert failures(MetricSpec, _Mse, **_SOUND) == {}


def test_the_declared_direction_is_tried(failures: Failures) -> None:
    found = failures(MetricSpec, _Mse, protocol={"border": 0}, higher_is_better=True)
    assert list(found) == ["scores nearer estimates better"]


@pytest.mark.parametrize(
    ("implementation", "question", "fact"),
    [
        (_Pooled, "scores each image by itself", "depends on the rest"),
        (_Single, "gives one number per image", "() for 2 images"),
        (_Single32, "gives one number per image", "float32 instead of float64"),
        (_InPlace, "leaves its input as it is", "writes into"),
    ],
)
def test_each_fault_is_found(failures: Failures, implementation: Any, question: str, fact: str) -> None:
    assert fact in failures(MetricSpec, implementation, **_SOUND)[question]


def test_a_missing_protocol_is_found(failures: Failures) -> None:
    assert "states its protocol" in failures(MetricSpec, _Mse, higher_is_better=False)


def test_a_border_that_depends_on_the_scale_is_none_for_the_kit(failures: Failures) -> None:
    class Bordered(_Mse):
        def __init__(self, border: int) -> None:
            assert border in (0, 4)

    config = {"border": {"default": "scale", "description": "cut off", "anyOf": [{"const": "scale"}, {"const": 0}]}}
    assert failures(MetricSpec, Bordered, **_SOUND, config=config) == {}


def test_a_measure_without_reference_is_given_none(failures: Failures) -> None:
    class Blind:
        def __call__(self, estimate: torch.Tensor, reference: None) -> torch.Tensor:
            assert reference is None
            return estimate.double().std(dim=(1, 2, 3))

    assert failures(MetricSpec, Blind, protocol={"window": "all"}, needs_reference=False) == {}


class _ToShots:
    def __call__(self, estimate: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
        return (reference - estimate[:, None]).double().square().mean(dim=(1, 2, 3, 4))


class _Stein:
    def __call__(self, estimate: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
        noisy, variance, changed, moved = reference.double().unbind(dim=1)
        change, estimate = changed - noisy, estimate.double()
        divergence = variance * change * (moved - estimate) / change.square().mean(dim=(1, 2, 3), keepdim=True)
        return ((estimate - noisy).square() - variance + 2 * divergence).mean(dim=(1, 2, 3))


class _Residual:
    def __call__(self, estimate: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
        seen, sigma = reference.double().unbind(dim=1)
        return ((seen - estimate) / sigma).square().mean(dim=(1, 2, 3))


class _Beside:
    def __call__(self, estimate: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
        clean, plain = reference.double().unbind(dim=1)
        error = (estimate - clean).square().mean(dim=(1, 2, 3))
        return error / (plain - clean).square().mean(dim=(1, 2, 3))


@pytest.mark.parametrize(
    ("of", "implementation"),
    [("shots", _ToShots), ("probe", _Stein), ("redegraded", _Residual), ("enlarged", _Beside)],
)
def test_a_sound_metric_of_other_things_than_pictures_passes_every_question(
    failures: Failures, of: str, implementation: Any
) -> None:
    assert failures(MetricSpec, implementation, **_SOUND, of=of) == {}


def test_the_probed_restorer_of_the_kit_leaves_a_tenth_of_a_change() -> None:
    noisy, variance, changed, moved = compared("probe", 0.0)[1].unbind(dim=1)
    assert torch.equal(variance, torch.full_like(noisy, 0.01))
    kept = (moved - compared("probe", 0.0)[0]) / (changed - noisy)
    assert float(kept.median()) == pytest.approx(0.1, abs=0.01)


def test_the_shots_of_the_kit_are_independent_noisy_pictures_of_the_clean_one() -> None:
    clean, shots = compared("shots", 0.0)
    noise = (shots - clean[:, None]).transpose(0, 1).flatten(1)
    assert torch.allclose(torch.cov(noise), 0.01 * torch.eye(4), atol=3e-4)


def test_what_was_observed_differs_from_the_estimate_degraded_again_by_its_noise_alone() -> None:
    again, told = compared("redegraded", 0.0)
    seen, sigma = told.unbind(dim=1)
    assert torch.equal(sigma, torch.full_like(seen, 0.02))
    assert float((seen - again).std()) == pytest.approx(0.02, rel=0.05)


def test_an_enlargement_of_the_kit_lies_between_the_clean_picture_and_the_plain_one() -> None:
    clean, plain = compared("enlarged", 0.0)[1].unbind(dim=1)
    assert torch.equal(compared("enlarged", 0.0)[0], clean)
    off = compared("enlarged", 0.2)[0] - clean
    share = float((off * (plain - clean)).sum() / (plain - clean).square().sum())
    assert share == pytest.approx(0.6, abs=0.05)
