"""The supervised learner by itself: degradation, conditions, loss, validation figure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from burnish.plugins.catalog import Catalog
from burnish.recipe.document import Recipe
from burnish.training import SupervisedLearner
from burnish.training.fitting import make_learner
from burnish.training.plan import make_plan
from skimage.metrics import peak_signal_noise_ratio

Make = Callable[..., Recipe]


@pytest.fixture
def learner(project: Path, catalog: Catalog, recipe: Make) -> Callable[..., SupervisedLearner]:
    def make(**more: Any) -> SupervisedLearner:
        made = make_learner(make_plan(recipe(**more), project=project, device="cpu", catalog=catalog), catalog)
        assert isinstance(made, SupervisedLearner)
        return made.eval()  # type: ignore[no-any-return]

    return make


def test_degradation_depends_on_seed_and_words_and_not_on_what_went_before(learner: Any) -> None:
    clean = torch.rand(2, 3, 8, 8)
    one = learner()
    first = one.observe(clean, "degradation", 3, 0).degraded
    torch.rand(7)
    assert torch.equal(first, one.observe(clean, "degradation", 3, 0).degraded)
    for words in (("degradation", 4, 0), ("degradation", 3, 1), ("validation", 3)):
        assert not torch.equal(first, one.observe(clean, *words).degraded)
    assert not torch.equal(first, learner(seed=1).observe(clean, "degradation", 3, 0).degraded)


def test_bytes_become_unit_floats_before_they_are_degraded(learner: Any) -> None:
    clean = torch.randint(0, 256, (2, 3, 8, 8), dtype=torch.uint8)
    target = learner().observe(clean, "x").target
    assert torch.equal(target, clean.float() / 255)


def test_degradation_is_never_in_reduced_precision(learner: Any) -> None:
    with torch.autocast("cpu", torch.bfloat16):
        observation = learner(degrader="tiny/crop").observe(torch.rand(1, 3, 8, 8), "x")
    assert observation.degraded.dtype == torch.float32


def test_the_loss_of_a_step_is_that_of_the_recipe(learner: Any) -> None:
    clean = torch.rand(2, 3, 8, 8)
    for loss, oracle in (("l1", torch.nn.functional.l1_loss), ("l2", torch.nn.functional.mse_loss)):
        one = learner(loss=loss)
        observation = one.observe(clean, "degradation", 5, 0)
        expected = oracle(one.restorer(observation.degraded), clean)
        torch.testing.assert_close(one.training_step((5, clean), 0), expected)


def test_the_validation_figure_is_scikit_images_psnr_of_the_clipped_estimate(learner: Any) -> None:
    clean = torch.rand(1, 3, 20, 24)
    one = learner()
    with torch.no_grad():
        estimate = one.restorer(one.observe(clean, "validation", 7).degraded).clamp(0, 1)
        figure = float(one.validation_step((7, clean), 0))
    expected = peak_signal_noise_ratio(clean.numpy().astype(np.float64), estimate.double().numpy(), data_range=1.0)
    assert figure == pytest.approx(expected, abs=1e-9)
    assert 5 < figure < 40


def test_gradients_are_clipped_to_the_norm_of_the_recipe(learner: Any) -> None:
    for limit, expected in ((0.5, 0.5), (0.0, 10.0)):
        one = learner(gradient_clip=limit)
        optimizer = one.configure_optimizers()
        weights = [p for group in optimizer.param_groups for p in group["params"]]
        for weight in weights:
            weight.grad = torch.zeros_like(weight)
        weights[1].grad[0] = 10.0
        one.configure_gradient_clipping(optimizer, None, None)
        norm = torch.linalg.vector_norm(torch.cat([weight.grad.reshape(-1) for weight in weights]))
        assert float(norm) == pytest.approx(expected, rel=1e-5)


def test_odd_pictures_are_padded_to_what_the_instance_asks_for(learner: Any) -> None:
    one = learner()
    one.restorer = torch.nn.Sequential(torch.nn.PixelUnshuffle(4), torch.nn.PixelShuffle(4))
    one.restorer.size_multiple = 4
    observation = one.observe(torch.rand(1, 3, 7, 10), "x")
    assert torch.equal(one.estimate(observation), observation.degraded)
