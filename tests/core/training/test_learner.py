"""The supervised learner by itself: degradation, conditions, loss, validation figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from burnish.errors import TrainingError
from burnish.plugins.catalog import Catalog
from burnish.recipe.data import Form
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


def sample(form: Form, **more: Any) -> dict[str, torch.Tensor]:
    """A batch of two pictures as the data's loader gives it."""
    degraded = {"degraded": torch.rand(2, 3, 8, 8)}
    return {**degraded, **({} if form == "noisy" else {"target": torch.rand(2, 3, 8, 8)}), **more}


@pytest.fixture
def real(learner: Any, real_data: Path, forms: Any) -> Callable[..., SupervisedLearner]:
    """``real("pairs")``: the learner of such data; of others than pairs one that was declared for them."""
    named: dict[Form, dict[str, Any]] = {
        "pairs": {},
        "noisy": {"learner": {"id": "tiny/pixels"}},
        "shots": {"learner": {"id": "tiny/between-shots"}},
    }
    return lambda form, **more: learner(**{"degrader": None, "data": forms[form], **named[form], **more})


@pytest.mark.parametrize("look", ["observe_batch", "observe_crop"])
@pytest.mark.parametrize("form", ["pairs", "shots"])
def test_a_real_observation_is_what_was_recorded_with_all_that_is_known(real: Any, form: Form, look: str) -> None:
    given = sample(form, sigma=torch.tensor([0.1, 0.2]), gain=torch.tensor([0.3, 0.4]))
    observation = getattr(real(form), look)((3, given))
    assert torch.equal(observation.degraded, given["degraded"])
    assert torch.equal(observation.target, given["target"])
    assert torch.equal(observation.conditions["sigma"], given["sigma"])
    assert torch.equal(observation.conditions["gain"], given["gain"])


@pytest.mark.parametrize("look", ["observe_batch", "observe_crop"])
def test_of_noisy_pictures_alone_the_target_has_no_elements(real: Any, look: str) -> None:
    one, given = real("noisy"), sample("noisy")
    observation = getattr(one, look)((3, given))
    assert torch.equal(observation.degraded, given["degraded"])
    assert observation.target.numel() == 0
    assert one.estimate(observation).shape == (2, 3, 8, 8)


def test_clean_data_are_degraded_as_before(learner: Any) -> None:
    clean, one = torch.rand(2, 3, 8, 8), learner()
    for observation, words in (
        (one.observe_batch((3, clean)), ("degradation", 3, 0)),
        (one.observe_crop((3, clean)), ("validation", 3)),
    ):
        assert torch.equal(observation.degraded, one.observe(clean, *words).degraded)
        assert torch.equal(observation.target, clean)


def test_real_observations_cannot_be_degraded_by_nothing(real: Any) -> None:
    with pytest.raises(TrainingError, match="degraded already: use observe_batch and observe_crop"):
        real("pairs").observe(torch.rand(1, 3, 8, 8), "x")


@pytest.mark.parametrize(
    ("look", "words"), [("observe_batch", ("degradation", 5, 0)), ("observe_crop", ("validation", 5))]
)
def test_a_degrader_after_pairs_degrades_the_degraded_picture_and_leaves_the_clean_one(
    real: Any, look: str, words: tuple[str | int, ...]
) -> None:
    """What was known of the file no longer holds; what the degrader gives does."""
    one, given = real("pairs", degrader="tiny/noise"), sample("pairs", sigma=torch.tensor([0.7, 0.7]))
    observation = getattr(one, look)((5, given))
    assert torch.equal(observation.target, given["target"])
    assert torch.equal(observation.degraded, one.observe(given["degraded"], *words).degraded)
    assert (observation.degraded - given["degraded"]).std() == pytest.approx(0.1, rel=0.2)
    assert observation.conditions["sigma"].tolist() == pytest.approx([0.1, 0.1])


def test_a_degrader_that_changes_the_size_cannot_follow_pairs(real: Any) -> None:
    with pytest.raises(TrainingError, match=r"changes the size .* after pairs use one that keeps it"):
        real("pairs", degrader="tiny/crop").observe_batch((0, sample("pairs")))


def test_the_loss_and_figure_of_pairs_are_of_the_clean_picture_and_of_shots_of_the_other_shot(real: Any) -> None:
    for form in ("pairs", "shots"):
        one, given = real(form, loss="l2"), sample(form)
        expected = torch.nn.functional.mse_loss(one.restorer(given["degraded"]), given["target"])
        torch.testing.assert_close(one.training_step((0, given), 0), expected)
        crop = {name: value[:1] for name, value in given.items()}
        with torch.no_grad():
            estimate = one.restorer(crop["degraded"]).clamp(0, 1).double().numpy()
            figure = float(one.validation_step((0, crop), 0))
        oracle = peak_signal_noise_ratio(crop["target"].double().numpy(), estimate, data_range=1.0)
        assert figure == pytest.approx(oracle, abs=1e-9)


def test_a_second_input_is_restored_under_the_conditions_of_the_first(real: Any, real_data: Path) -> None:
    for file in (real_data / "train" / "noisy").glob("*.png"):
        file.with_suffix(".json").write_text('{"sigma": 0.15}')
    one = real("pairs", restorer="tiny/sigma-net")
    given = sample("pairs", sigma=torch.tensor([0.1, 0.2]))
    observation = one.observe_batch((0, given))
    other = torch.rand(2, 3, 7, 9)
    padded = one.traits.padded(other)
    assert padded.shape[-2:] == (8, 12)
    expected = one.restorer(padded, sigma=given["sigma"])[..., :7, :9]
    torch.testing.assert_close(one.restored(other, observation), expected)
    torch.testing.assert_close(one.estimate(observation), one.restored(given["degraded"], observation))


def test_the_enlargement_of_pairs_is_known(real: Any) -> None:
    given = {"degraded": torch.rand(1, 3, 4, 4), "target": torch.rand(1, 3, 8, 8)}
    assert real("pairs").observe_batch((0, given)).conditions["scale"] == 2


def test_a_condition_that_no_file_gives_is_missed_by_name(real: Any) -> None:
    one = real("pairs")
    one.spec = replace(one.spec, needs=frozenset({"sigma"}))
    with pytest.raises(TrainingError, match="needs sigma, which files beside the pictures do not give"):
        one.training_step((0, sample("pairs")), 0)
