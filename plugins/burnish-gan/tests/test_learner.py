"""The adversarial learner: who gets which gradient, its phases, sharpness in validation, exact resume."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from burnish import DegraderSpec
from burnish.errors import TrainingError
from burnish.inference import load_bundle
from burnish.plugins import Catalog, Entry
from burnish.protocols import Observation
from burnish.recipe.document import Recipe
from burnish.recipe.training import Budget, TrainingSettings
from burnish.restorer.bundle import read_bundle
from burnish.training import Clock, TrainingFolders, TrainingOptions, TrainingResult, train
from burnish.training.checkpoint.files import newest
from burnish_gan import plugin
from burnish_gan.critics import LocalCritic, WholeCritic
from burnish_gan.deblurgan import DeblurGAN
from burnish_gan.learner import AdversarialLearner, DeblurGANLearner, ESRGANLearner
from torch import Tensor
from torch.nn import functional

SMALL = {"width": 4, "pyramid": 4, "levels": 1, "blocks": 1, "critic_features": 2}
MODULE = "burnish_smooth_for_gan_tests"


class Smooth:
    """Averages 3×3 pixels; dies at the call that a test names."""

    dies_at = -1
    calls = 0

    def __call__(self, clean: Tensor, generator: torch.Generator) -> Observation:
        Smooth.calls += 1
        if Smooth.calls == Smooth.dies_at:
            raise RuntimeError("killed")
        padded = functional.pad(clean, (1, 1, 1, 1), mode="reflect")
        return Observation(degraded=functional.avg_pool2d(padded, 3, stride=1), target=clean, conditions={})


class Halve:
    def __call__(self, clean: Tensor, generator: torch.Generator) -> Observation:
        return Observation(degraded=functional.avg_pool2d(clean, 2), target=clean, conditions={"scale": 2})


@pytest.fixture
def catalog() -> Iterator[Catalog]:
    module = types.ModuleType(MODULE)
    module.__dict__.update({"Smooth": Smooth, "Halve": Halve})
    sys.modules[MODULE] = module
    Smooth.dies_at, Smooth.calls = -1, 0
    smooth = DegraderSpec(name="smooth", factory=f"{MODULE}:Smooth", summary="3×3 average")
    halve = DegraderSpec(
        name="halve", factory=f"{MODULE}:Halve", summary="2×2 average", scale=(2,), gives=frozenset({"scale"})
    )
    specs = {"gan": (plugin.DEBLURGAN, plugin.ESRGAN), "tests": (smooth, halve)}
    yield Catalog(
        Entry(id=f"{name}/{spec.name}", spec=spec, distribution=f"burnish-{name}", version="0.1.0")
        for name, declared in specs.items()
        for spec in declared
    )
    del sys.modules[MODULE]


@pytest.fixture
def run(tmp_path: Path, catalog: Catalog) -> Callable[..., TrainingResult]:
    """Trains on five pictures of discs for a few steps: ``run(recipe, name)``."""
    rng = np.random.default_rng(0)
    for kind, count in (("train", 4), ("validation", 1)):
        (tmp_path / "data" / kind).mkdir(parents=True)
        for number in range(count):
            picture = np.full((48, 56, 3), 90, np.uint8)
            for _ in range(12):
                centre, colour = rng.integers(0, 48, 2).tolist(), rng.integers(0, 256, 3).tolist()
                cv2.circle(picture, centre, int(rng.integers(2, 12)), colour, -1)
            cv2.imwrite(str(tmp_path / "data" / kind / f"{number}.png"), picture)

    def start(recipe: Recipe, name: str = "run") -> TrainingResult:
        folder = tmp_path / name
        return train(
            recipe,
            TrainingFolders(project=tmp_path, out=folder / "out", work=folder / "work"),
            TrainingOptions(device="cpu", quiet=True),
            catalog=catalog,
        )

    return start


def recipe(
    restorer: str = "gan/deblurgan", degrader: str = "tests/smooth", steps: int = 8, rate: float = 0.002, **config: Any
) -> Recipe:
    settings = {
        "budget": {"steps": steps},
        "batch": 2,
        "patch": 32,
        "ema": 0.9,
        "validate_every": 4,
        "checkpoint_every": 3,
        "cores": 1,
        "precision": "fp32",
        "learning_rate": rate,
    }
    choice = {"id": restorer, "config": config or SMALL}
    return Recipe.model_validate(
        {"model": "small", "restorer": choice, "degrader": {"id": degrader}, "training": settings}
    )


def learner(kind: type[AdversarialLearner] = DeblurGANLearner, **config: Any) -> AdversarialLearner:
    torch.manual_seed(0)
    settings = TrainingSettings(budget=Budget(steps=10), patch=32)
    return kind(DeblurGAN(**{**SMALL, **config}), Smooth(), settings, plugin.DEBLURGAN)  # type: ignore[arg-type]


def pictures(seed: int) -> Tensor:
    return torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(seed))


def last(folder: Path) -> dict[str, Any]:
    found = newest(folder)
    assert found is not None
    return found[1]


def identical(first: Any, second: Any) -> bool:
    if isinstance(first, Tensor):
        return isinstance(second, Tensor) and torch.equal(first, second)
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(identical(first[key], second[key]) for key in first)
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(identical, first, second))
    return bool(first == second)


def test_deblurgan_has_a_local_and_a_whole_critic_and_least_squares_esrgan_one_and_the_logistic_loss() -> None:
    assert [type(critic) for critic in learner().critics] == [LocalCritic, WholeCritic]
    assert [type(critic) for critic in learner(ESRGANLearner).critics] == [WholeCritic]
    assert (DeblurGANLearner.form, ESRGANLearner.form) == ("least-squares", "logistic")


@pytest.mark.parametrize("kind", [DeblurGANLearner, ESRGANLearner])
def test_the_generator_s_judgement_reaches_no_critic_and_the_critics_loss_no_generator(
    kind: type[AdversarialLearner],
) -> None:
    made = learner(kind)
    estimate = pictures(0).requires_grad_()
    adversarial, critical = made.judge(estimate, pictures(1))
    (reached,) = torch.autograd.grad(adversarial, estimate, retain_graph=True)
    assert reached.any()
    weights = list(made.critics.parameters())
    assert all(weight.requires_grad for weight in weights)
    assert not any(
        g is not None for g in torch.autograd.grad(adversarial, weights, retain_graph=True, allow_unused=True)
    )
    assert torch.autograd.grad(critical, estimate, retain_graph=True, allow_unused=True) == (None,)
    assert all(g is not None for g in torch.autograd.grad(critical, weights, allow_unused=True))


def test_the_critics_join_after_the_part_of_the_budget_that_the_restorer_says() -> None:
    made = learner(pretraining=0.3)
    made.clock = Clock(steps=10)
    joined = []
    for step in range(10):
        made.clock.step = step
        joined.append(made.adversarial)
    assert joined == [False] * 3 + [True] * 7
    assert not learner(pretraining=0.0, adversarial_weight=0.0).adversarial


def test_patches_that_the_critics_cannot_take_are_refused() -> None:
    settings = TrainingSettings(budget=Budget(steps=10), patch=24)
    with pytest.raises(TrainingError, match=r"32 pixels or more; raise training\.patch"):
        DeblurGANLearner(DeblurGAN(**SMALL), Smooth(), settings, plugin.DEBLURGAN)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("config", "step", "expected"),
    [
        ({"pretraining": 0.5}, 0, 1.5),
        ({"pretraining": 0.5}, 5, 1.5),
        ({"pretraining": 0.5}, 6, 1.2),
        ({"pretraining": 0.5}, 10, 0.0),
        ({"pretraining": 0.0}, 4, 0.9),
        ({"pretraining": 1.0}, 4, 0.0),
        ({"adversarial_weight": 0.0}, 4, 0.0),
    ],
)
def test_validation_is_psnr_less_what_is_left_of_the_phase_with_critics(
    config: dict[str, float], step: int, expected: float
) -> None:
    made = learner(**config)
    made.clock = Clock(steps=10)
    made.clock.step = step
    clean = pictures(0)[:1]
    degraded = Smooth()(clean, torch.Generator()).degraded.double()
    psnr = float(-10 * (degraded - clean).square().mean().log10())
    assert made.handicap == pytest.approx(expected)
    assert float(made.validation_step((0, clean), 0).detach()) == pytest.approx(psnr - expected, abs=1e-5)


def test_weights_taught_by_critics_are_kept_unless_they_lost_more_than_one_and_a_half_db(
    run: Callable[..., TrainingResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the pictures say: PSNR is 30 dB in the first phase and so much lower in the second."""
    from burnish.training import SupervisedLearner

    for lost, kept in ((1.4, 8), (1.6, 4)):

        def psnr(self: AdversarialLearner, *given: Any, lost: float = lost) -> Tensor:
            return torch.tensor(30.0 - lost * (self.clock.step > 4), dtype=torch.float64)

        monkeypatch.setattr(SupervisedLearner, "validation_step", psnr)
        result = run(recipe(), str(lost))
        assert (result.best_step, result.validation) == (kept, pytest.approx(28.6 if kept == 8 else 28.5))


def test_the_bundle_holds_the_generator_alone_and_the_critics_have_only_trained_in_the_second_phase(
    run: Callable[..., TrainingResult], tmp_path: Path
) -> None:
    result = run(recipe(**{**SMALL, "pretraining": 0.5}))
    bundle = load_bundle(result.bundle, device="cpu")
    assert isinstance(bundle.restorer, DeblurGAN)
    assert read_bundle(result.bundle).training["steps"] == 8
    generator, critics = last(tmp_path / "run" / "work")["optimizer_states"]
    assert {float(state["step"]) for state in generator["state"].values()} == {8.0}
    assert {float(state["step"]) for state in critics["state"].values()} == {4.0}


@pytest.mark.parametrize("died_at", [4, 7])
def test_a_training_that_was_killed_in_either_phase_goes_on_to_the_same_bits(
    run: Callable[..., TrainingResult], tmp_path: Path, died_at: int
) -> None:
    whole = run(recipe(), "whole")
    Smooth.calls, Smooth.dies_at = 0, died_at + 2  # one call for the first validation
    with pytest.raises(TrainingError, match="killed"):
        run(recipe(), "broken")
    Smooth.dies_at = -1
    resumed = run(recipe(), "broken")
    assert 0 < resumed.resumed_at < died_at
    first, second = (last(tmp_path / name / "work") for name in ("whole", "broken"))
    for part in ("state_dict", "optimizer_states"):
        assert identical(first[part], second[part])
    assert any(name.startswith("critics.") and name.endswith("direction") for name in first["state_dict"])
    assert whole.validation == resumed.validation


def test_esrgan_trains_with_its_critic(run: Callable[..., TrainingResult], tmp_path: Path) -> None:
    config = {"scale": 2, "blocks": 1, "features": 4, "growth": 2, "critic_features": 2}
    result = run(recipe("gan/esrgan", "tests/halve", steps=4, **config))
    assert result.steps == 4
    (_, critics) = last(tmp_path / "run" / "work")["optimizer_states"]
    assert {float(state["step"]) for state in critics["state"].values()} == {2.0}


def test_the_generator_s_loss_falls_and_the_critics_learn_to_tell_real_from_restored(
    run: Callable[..., TrainingResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    figures: list[dict[str, float]] = []
    step = AdversarialLearner.training_step

    def noted(self: AdversarialLearner, *given: Any) -> Any:
        made = step(self, *given)
        figures.append({name: float(value) for name, value in made.items()})
        return made

    monkeypatch.setattr(AdversarialLearner, "training_step", noted)
    run(recipe(steps=80, rate=0.005, **{**SMALL, "width": 8, "pretraining": 0.5, "critic_features": 16}))
    losses = [figure["loss"] for figure in figures]
    assert sum(losses[30:40]) < 0.9 * sum(losses[:10])
    critics = [figure["critics"] for figure in figures if "critics" in figure]
    assert len(critics) == 40
    assert critics[0] == pytest.approx(2.0, abs=0.1), "who knows nothing is at two"
    assert sum(sorted(critics[:10])[:3]) / 3 < 1.4, "three of the first ten, until the generator answers"
