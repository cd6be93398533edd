"""``train``: the same weights whether interrupted or not; what ends it, what it refuses, what it leaves behind."""

from __future__ import annotations

import itertools
import json
import logging
import math
import os
import random
import shutil
import signal
import time
import types
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from burnish.console import interruption
from burnish.errors import BundleError, ConfigError, DataError, TrainingError
from burnish.plugins.catalog import Catalog
from burnish.plugins.host import installed
from burnish.recipe.document import Recipe
from burnish.restorer.bundle import bundle_weights, read_bundle
from burnish.training import TrainingFolders, TrainingOptions, TrainingResult, train
from burnish.training.callbacks.loop import TrainingLoop
from burnish.training.checkpoint.files import newest
from burnish.training.randomness import derive

Make = Callable[..., Recipe]


@pytest.fixture
def run(project: Path, catalog: Catalog, tmp_path: Path) -> Callable[..., TrainingResult]:
    """Trains a recipe; ``name`` chooses bundle and work folder."""

    def go(recipe: Recipe, name: str = "a", **more: Any) -> TrainingResult:
        work = more.pop("work", tmp_path / name / "work")
        folders = TrainingFolders(project=project, out=tmp_path / name / "bundle", work=work)
        options = TrainingOptions(quiet=True, resume=more.pop("resume", True))
        return train(recipe, folders, options, **{"catalog": catalog, **more})

    return go


def dies_at(plugin: types.ModuleType, step: int) -> None:
    """Let the degrader of the tiny plugin raise when it is asked for that step's patches; −1 mends it."""
    whole = plugin.Noise.__mro__[-2]
    fatal = derive(0, "degradation", step, 0)

    class Dying(whole):  # type: ignore[misc, valid-type]
        def __call__(self, clean: torch.Tensor, generator: torch.Generator) -> Any:
            if generator.initial_seed() == fatal:
                raise MemoryError("killed")
            return super().__call__(clean, generator)

    plugin.Noise = Dying if step >= 0 else whole


def essence(work: Path) -> dict[str, Any]:
    """All of the last checkpoint that decides about what comes after it."""
    found = newest(work)
    assert found is not None
    checkpoint = found[1]
    checkpoint["callbacks"]["Pace"].pop("seconds")
    keys = {"state_dict", "current_model_state", "averaging_state", "optimizer_states", "callbacks"}
    return {key: checkpoint[key] for key in keys & checkpoint.keys()}


def identical(a: Any, b: Any) -> bool:
    """Whether two structures are equal bit for bit, tensors included."""
    if isinstance(a, torch.Tensor):
        return isinstance(b, torch.Tensor) and torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(identical(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(identical(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b) or (isinstance(a, float) and math.isnan(a) and math.isnan(b))


def test_the_same_recipe_twice_gives_the_same_weights_and_another_seed_others(run: Any, recipe: Make) -> None:
    first, second, other = run(recipe(), "a"), run(recipe(), "b"), run(recipe(seed=1), "c")
    sums = [read_bundle(result.bundle).weights_sha256 for result in (first, second, other)]
    assert sums[0] == sums[1] != sums[2]
    assert first.manifest["history"] == second.manifest["history"]


@pytest.mark.parametrize("step", range(1, 10))
def test_an_interrupted_training_ends_as_if_it_had_not_been(
    run: Any, recipe: Make, plugin: types.ModuleType, tmp_path: Path, step: int
) -> None:
    """Weights, average, optimizer, kept weights, history; before, at and after validations (every 4th step)."""
    settings = recipe(checkpoint_every=1, warmup_steps=3)
    run(settings, "whole")
    dies_at(plugin, step)
    with pytest.raises(TrainingError, match=f"step {step}: MemoryError: killed"):
        run(settings, "broken")
    dies_at(plugin, -1)
    result = run(settings, "broken")
    assert result.resumed_at == step
    assert identical(essence(tmp_path / "whole" / "work"), essence(tmp_path / "broken" / "work"))


@pytest.mark.parametrize("more", [{"ema": 0.0}, {"data": {"validation": ""}}, {"ema": 0.0, "data": {"validation": ""}}])
def test_resume_is_exact_without_average_and_without_validation(
    run: Any, recipe: Make, plugin: types.ModuleType, tmp_path: Path, more: dict[str, Any]
) -> None:
    settings = recipe(**more)
    whole = run(settings, "whole")
    for step in (5, 8):
        dies_at(plugin, step)
        with pytest.raises(TrainingError, match="killed"):
            run(settings, "broken")
    dies_at(plugin, -1)
    broken = run(settings, "broken")
    assert broken.resumed_at == 6
    assert identical(essence(tmp_path / "whole" / "work"), essence(tmp_path / "broken" / "work"))
    assert read_bundle(whole.bundle).weights_sha256 == read_bundle(broken.bundle).weights_sha256


def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(
    run: Any, recipe: Make, plugin: types.ModuleType, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = run(recipe(), "whole")
    dies_at(plugin, 8)
    with pytest.raises(TrainingError, match="killed"):
        run(recipe(), "broken")
    dies_at(plugin, -1)
    newest_file = max((tmp_path / "broken" / "work").glob("*.ckpt"))
    newest_file.write_bytes(newest_file.read_bytes()[:-100])
    with caplog.at_level(logging.WARNING):
        broken = run(recipe(), "broken")
    assert "is damaged" in caplog.text
    assert broken.resumed_at == 3
    assert read_bundle(whole.bundle).weights_sha256 == read_bundle(broken.bundle).weights_sha256


def test_a_finished_training_returns_at_once_with_its_bundle(run: Any, recipe: Make, plugin: types.ModuleType) -> None:
    first = run(recipe())
    created = (first.bundle / "weights.safetensors").stat().st_mtime_ns
    dies_at(plugin, 0)
    again = run(recipe())
    assert again.resumed_at == again.steps == first.steps
    assert (again.best_step, again.validation) == (first.best_step, first.validation)
    assert (again.bundle / "weights.safetensors").stat().st_mtime_ns == created


def test_a_lost_or_damaged_bundle_is_written_again_from_the_last_checkpoint(
    run: Any, recipe: Make, plugin: types.ModuleType
) -> None:
    for more in ({}, {"data": {"validation": ""}}):
        first = run(recipe(**more), name := f"{len(more)}")
        sha = read_bundle(first.bundle).weights_sha256
        (first.bundle / "weights.safetensors").write_bytes(b"damaged")
        with pytest.raises(BundleError):
            read_bundle(first.bundle)
        dies_at(plugin, 0)
        run(recipe(**more), name)
        dies_at(plugin, -1)
        assert read_bundle(first.bundle).weights_sha256 == sha


def test_without_resume_it_starts_over(run: Any, recipe: Make, plugin: types.ModuleType) -> None:
    dies_at(plugin, 8)
    with pytest.raises(TrainingError, match="killed"):
        run(recipe())
    dies_at(plugin, -1)
    assert run(recipe(), resume=False).resumed_at == 0


def test_another_trainings_checkpoint_is_refused_by_the_names_of_the_differences(
    run: Any, recipe: Make, project: Path
) -> None:
    run(recipe())
    (project / "data" / "train" / "0.png").unlink()
    with pytest.raises(
        TrainingError, match=r"another training \(other data\.train, training\.learning_rate\).*no-resume"
    ):
        run(recipe(learning_rate=0.01))


def test_settings_that_change_no_weight_do_not_refuse_a_checkpoint(
    run: Any, recipe: Make, plugin: types.ModuleType
) -> None:
    dies_at(plugin, 8)
    with pytest.raises(TrainingError, match="killed"):
        run(recipe())
    dies_at(plugin, -1)
    assert run(recipe(checkpoint_every=5)).resumed_at == 6


def test_two_trainings_cannot_share_a_work_folder(run: Any, recipe: Make, tmp_path: Path) -> None:
    from burnish.training.resources.runtime import alone

    work = tmp_path / "shared"
    with alone(work), pytest.raises(TrainingError, match="another process is training here"):
        run(recipe(), work=work)


def test_the_bundle_holds_the_average_that_was_validated_best(run: Any, recipe: Make, tmp_path: Path) -> None:
    result = run(recipe(validate_every=3))
    history = {entry["step"]: entry["psnr"] for entry in result.manifest["history"]}
    assert list(history) == [3, 6, 9, 10]
    assert result.validation == max(history.values()) == history[result.best_step]
    selected = essence(tmp_path / "a" / "work")["callbacks"]["Selection"]["weights"]
    assert identical(bundle_weights(result.bundle), dict(sorted(selected.items()))) or identical(
        dict(sorted(bundle_weights(result.bundle).items())), dict(sorted(selected.items()))
    )


def test_the_average_is_that_of_the_closed_form_and_zero_decay_means_none(
    run: Any, recipe: Make, tmp_path: Path
) -> None:
    """Every step's weights, kept by runs of one to four steps, averaged by hand with decay min(d, (1+t)/(10+t))."""
    name = "restorer.body.0.weight"
    weights = []
    for steps in range(1, 5):
        run(recipe(budget={"steps": steps}, schedule="constant", ema=0.0), f"{steps}")
        weights.append(essence(tmp_path / f"{steps}" / "work")["state_dict"][name])
    run(recipe(budget={"steps": 4}, schedule="constant", ema=0.25), "averaged")
    expected = weights[0].double()
    for t, weight in enumerate(weights[1:], start=1):
        decay = min(0.25, (1 + t) / (10 + t))
        expected = decay * expected + (1 - decay) * weight.double()
    last = essence(tmp_path / "averaged" / "work")
    torch.testing.assert_close(last["state_dict"][name].double(), expected, rtol=1e-6, atol=1e-7)
    assert torch.equal(last["current_model_state"][name], weights[3])


def test_a_budget_in_minutes_ends_in_time_and_counts_interrupted_parts(
    run: Any, recipe: Make, plugin: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a clock by which each step takes 1/32 s."""
    ticks = itertools.count()
    clock = types.SimpleNamespace(monotonic=lambda: next(ticks) / 32)
    monkeypatch.setattr("burnish.training.callbacks.loop.time", clock)
    settings = recipe(budget={"minutes": 1.5 / 60}, checkpoint_every=10, validate_every=50)
    dies_at(plugin, 25)
    with pytest.raises(TrainingError, match="killed"):
        run(settings)
    dies_at(plugin, -1)
    result = run(settings)
    assert (result.resumed_at, result.steps, result.manifest["ended"]) == (20, 48, "budget")
    assert result.seconds == 1.5


def test_checkpoints_have_the_keys_of_the_first_version_whatever_classes_are_called(
    run: Any, recipe: Make, tmp_path: Path
) -> None:
    run(recipe(budget={"steps": 4}, validate_every=2))
    stored = essence(tmp_path / "a" / "work")["callbacks"]
    assert stored.keys() == {"Pace", "Divergence", "Selection", "Checkpoints", "Averaging"}
    renamed = type("Renamed", (TrainingLoop,), {})
    assert renamed.state_key.fget(renamed) == "Pace"  # type: ignore[attr-defined]


def test_a_budget_in_epochs_counts_patches_of_the_pictures_area(run: Any, recipe: Make, project: Path) -> None:
    area = sum((20 + 4 * n) * (40 - 3 * n) for n in range(6))
    result = run(recipe(budget={"epochs": 1.5}))
    assert result.steps == math.ceil(1.5 * area / (4 * 16 * 16))


def test_patience_ends_a_training_that_does_not_improve(run: Any, recipe: Make) -> None:
    settings = recipe(
        budget={"steps": 200}, validate_every=2, patience=2, learning_rate=1e-12, optimizer="sgd", ema=0.0
    )
    result = run(settings)
    assert result.manifest["ended"] == "patience"
    figures = [entry["psnr"] for entry in result.manifest["history"]]
    assert result.steps < 200
    assert len(figures) - 1 - figures.index(max(figures)) == 2


def test_enlarging_by_two_is_trained_on_what_the_degrader_shrank(run: Any, recipe: Make) -> None:
    result = run(recipe(restorer="tiny/doubler", degrader="tiny/halve", budget={"steps": 30}, patch=17))
    assert result.validation > result.manifest["validation_at_start"]


def test_a_degrader_that_crops_is_compared_with_its_target(run: Any, recipe: Make) -> None:
    assert math.isfinite(run(recipe(degrader="tiny/crop")).validation)


def test_needed_conditions_are_handed_over_and_sizes_padded_to_the_restorers_multiple(run: Any, recipe: Make) -> None:
    assert math.isfinite(run(recipe(restorer="tiny/sigma-net", patch=18)).validation)


def test_a_degrader_that_does_not_give_what_is_needed_is_refused(run: Any, recipe: Make) -> None:
    with pytest.raises(ConfigError, match="tiny/sigma-net needs sigma, which tiny/crop does not give"):
        run(recipe(restorer="tiny/sigma-net", degrader="tiny/crop"))


def test_a_restorer_of_another_scale_is_refused_with_both_shapes(run: Any, recipe: Make) -> None:
    with pytest.raises(TrainingError, match=r"makes \(1, 3, 40, 80\).* target is \(1, 3, 20, 40\)"):
        run(recipe(restorer="tiny/doubler"))


def test_a_restorer_without_weights_is_refused(run: Any, recipe: Make) -> None:
    with pytest.raises(ConfigError, match="tiny/fixed has nothing to train"):
        run(recipe(restorer="tiny/fixed"))


def test_an_empty_training_folder_is_refused(run: Any, recipe: Make, project: Path) -> None:
    (project / "data" / "empty").mkdir()
    with pytest.raises(DataError):
        run(recipe(data={"train": "empty"}))


def test_a_ruined_training_still_ends_with_its_best_weights(
    run: Any, recipe: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """The learning rate makes the loss overflow before the first validation: the initial weights are what is left."""
    with caplog.at_level(logging.WARNING):
        result = run(recipe(learning_rate=1e30, gradient_clip=0.0, optimizer="sgd", budget={"steps": 100}))
    assert result.manifest["ended"] == "diverged"
    assert 1 <= result.manifest["diverged_at"] <= 4
    assert result.steps < 100
    assert result.best_step == 0
    assert result.validation == result.manifest["validation_at_start"]
    assert all(torch.isfinite(w).all() for w in bundle_weights(result.bundle).values())
    assert "lower training.learning_rate" in caplog.text


def test_a_ruined_training_without_validation_is_an_error_that_names_the_mend(run: Any, recipe: Make) -> None:
    settings = recipe(
        learning_rate=1e30, gradient_clip=0.0, optimizer="sgd", budget={"steps": 100}, data={"validation": ""}
    )
    with pytest.raises(TrainingError, match=r"not finite since step \d+; lower training\.learning_rate"):
        run(settings)


def test_a_plugins_own_learner_trains_with_two_optimizers_and_resumes_exactly(
    run: Any, recipe: Make, plugin: types.ModuleType, tmp_path: Path
) -> None:
    from burnish.training import SupervisedLearner

    class OwnLearner(SupervisedLearner):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            self.automatic_optimization = False
            self.critic = torch.nn.Conv2d(3, 1, 3)

        def training_step(self, batch: Any, batch_idx: int) -> Any:
            step, clean = batch
            observation = self.observe(clean, "degradation", step, self.global_rank)
            first, second = self.optimizers()  # type: ignore[misc]
            estimate = self.estimate(observation)
            loss = self.loss(estimate, observation.target)
            for optimizer, part in ((first, loss), (second, self.critic(estimate.detach()).square().mean())):
                optimizer.zero_grad()
                self.manual_backward(part)
                optimizer.step()
            return loss.detach()

        def configure_optimizers(self) -> Any:
            return [super().configure_optimizers(), torch.optim.SGD(self.critic.parameters(), lr=0.1)]

    plugin.OwnLearner = OwnLearner
    settings = recipe(restorer="tiny/custom")
    whole = run(settings, "whole")
    dies_at(plugin, 8)
    with pytest.raises(TrainingError, match="killed"):
        run(settings, "broken")
    dies_at(plugin, -1)
    assert run(settings, "broken").resumed_at == 6
    assert whole.steps == 10
    assert identical(essence(tmp_path / "whole" / "work"), essence(tmp_path / "broken" / "work"))
    assert set(bundle_weights(whole.bundle)) == {
        name for name in bundle_weights(whole.bundle) if name.startswith("body.")
    }


def test_every_step_has_the_learning_rate_of_the_closed_form_also_after_an_interruption(
    run: Any, recipe: Make, plugin: types.ModuleType
) -> None:
    from burnish.training import SupervisedLearner

    rates: dict[int, float] = {}

    class OwnLearner(SupervisedLearner):
        def training_step(self, batch: Any, batch_idx: int) -> Any:
            rates[batch[0]] = self.trainer.optimizers[0].param_groups[0]["lr"]
            return super().training_step(batch, batch_idx)

    plugin.OwnLearner = OwnLearner
    settings = recipe(restorer="tiny/custom", learning_rate=0.02, warmup_steps=3)
    dies_at(plugin, 7)
    with pytest.raises(TrainingError, match="killed"):
        run(settings)
    dies_at(plugin, -1)
    run(settings)
    cosine = [0.01 + 0.99 * (1 + math.cos(math.pi * step / 10)) / 2 for step in range(10)]
    assert rates == {s: pytest.approx(0.02 * min(1, (s + 1) / 3) * cosine[s], rel=1e-12) for s in range(10)}


def test_the_callers_threads_determinism_and_random_numbers_are_left_as_they_were(run: Any, recipe: Make) -> None:
    def state() -> tuple[Any, ...]:
        return (
            torch.get_num_threads(),
            torch.are_deterministic_algorithms_enabled(),
            torch.utils.deterministic.fill_uninitialized_memory,  # type: ignore[attr-defined]
            torch.random.get_rng_state().tolist(),
            np.random.get_state()[1].tolist(),  # type: ignore[index]
            random.getstate(),
            torch.is_grad_enabled(),
        )

    before = state()
    run(recipe(cores=2))
    assert state() == before


def test_the_manifest_says_what_is_needed_to_do_it_again(run: Any, recipe: Make) -> None:
    result = run(recipe(seed=7), lineage={"git": "abc"})
    bundle = read_bundle(result.bundle)
    assert bundle.training == json.loads(json.dumps(result.manifest))
    assert bundle.lineage == {"git": "abc"}
    assert bundle.figures == {"validation": result.validation}
    assert bundle.config == {"features": 4}
    facts = bundle.training["facts"]
    assert facts["training"]["seed"] == 7
    assert facts["torch"] == torch.__version__
    assert (bundle.training["threads"], bundle.training["precision"]) == (1, "fp32")
    assert set(facts["data"]) == {"train", "validation"}


def test_observers_hear_of_start_validations_and_end(run: Any, recipe: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, Any]] = []
    monkeypatch.setattr(type(installed()), "notify", lambda self, hook, event: heard.append((hook, event)) or [])
    result = run(recipe())
    heard = [(hook, event) for hook, event in heard if hook != "on_training_progressed"]
    assert [hook for hook, _ in heard] == ["on_training_started", *["on_epoch_ended"] * 3, "on_training_ended"]
    assert [event.step for _, event in heard[1:4]] == [4, 8, 10]
    assert heard[3][1].validation == result.manifest["history"][-1]["psnr"]
    assert all(math.isfinite(event.loss) for _, event in heard[1:4])


def test_nothing_is_printed_and_nothing_left_in_the_current_folder(
    run: Any,
    recipe: Make,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    run(recipe())
    assert capfd.readouterr() == ("", "")
    assert list(empty.iterdir()) == []


def test_bf16_and_every_optimizer_and_loss_train(run: Any, recipe: Make) -> None:
    for number, (optimizer, loss) in enumerate(
        (("adam", "l1"), ("sgd", "l2"), ("adamw", "charbonnier"), ("muon", "l1"))
    ):
        settings = recipe(
            precision="bf16", optimizer=optimizer, loss=loss, augment=["flip", "rotate", "channels"], weight_decay=1e-4
        )
        assert math.isfinite(run(settings, str(number)).validation)


@pytest.mark.parametrize(("step", "saved"), [(6, 6), (4, 5)], ids=["after a step", "where a validation follows"])
def test_told_to_terminate_it_saves_the_step_and_goes_on_exactly_there(
    run: Any, recipe: Make, plugin: types.ModuleType, tmp_path: Path, step: int, saved: int
) -> None:
    class Told(plugin.Noise):  # type: ignore[misc, name-defined]
        def __call__(self, clean: torch.Tensor, generator: torch.Generator) -> Any:
            if generator.initial_seed() == derive(0, "degradation", step - 1, 0):
                os.kill(os.getpid(), signal.SIGTERM)
            return super().__call__(clean, generator)

    settings = recipe(checkpoint_every=100)
    run(settings, "whole")
    whole = plugin.Noise
    plugin.Noise = Told
    with pytest.raises(TrainingError, match=f"received a termination signal at step {saved}; run it again"):
        run(settings, "broken")
    plugin.Noise = whole
    assert run(settings, "broken").resumed_at == saved
    assert identical(essence(tmp_path / "whole" / "work"), essence(tmp_path / "broken" / "work"))


def test_interrupted_by_hand_it_ends_as_such_and_can_be_interrupted_again(
    run: Any, recipe: Make, plugin: types.ModuleType
) -> None:
    class Interrupted(plugin.Noise):  # type: ignore[misc, name-defined]
        def __call__(self, clean: torch.Tensor, generator: torch.Generator) -> Any:
            if generator.initial_seed() == derive(0, "degradation", 7, 0):
                raise KeyboardInterrupt
            return super().__call__(clean, generator)

    handler = signal.getsignal(signal.SIGINT)
    whole = plugin.Noise
    plugin.Noise = Interrupted
    with pytest.raises(KeyboardInterrupt):
        run(recipe())
    assert signal.getsignal(signal.SIGINT) == handler
    plugin.Noise = whole
    assert run(recipe()).resumed_at == 6


def write_clips(project: Path, frames: int) -> None:
    """A clip in each of the folders, of a square that moves by a pixel a frame."""
    for kind in ("train", "validation"):
        shutil.rmtree(project / "data" / kind)
        (project / "data" / kind / "clip").mkdir(parents=True)
        for number in range(frames):
            picture = np.full((24, 28, 3), 40, np.uint8)
            picture[8:16, 6 + number : 12 + number] = 200
            cv2.imwrite(str(project / "data" / kind / "clip" / f"{number}.png"), picture)


def test_clips_are_trained_on_where_the_degrader_takes_them(
    run: Callable[..., TrainingResult], recipe: Make, project: Path
) -> None:
    write_clips(project, frames=9)
    result = run(
        recipe(restorer="tiny/clip-net", degrader="tiny/clip-blur", frames=5, budget={"steps": 40}, learning_rate=0.01)
    )
    assert result.validation > result.manifest["validation_at_start"] + 3


def test_a_clip_that_is_too_short_is_named(run: Callable[..., TrainingResult], recipe: Make, project: Path) -> None:
    write_clips(project, frames=4)
    with pytest.raises(DataError, match=r"clip: has 4 frames, but training\.frames needs 5"):
        run(recipe(restorer="tiny/clip-net", degrader="tiny/clip-blur", frames=5))


def test_a_training_may_begin_with_weights_that_ship(
    run: Callable[..., TrainingResult],
    recipe: Make,
    catalog: Catalog,
    plugin: types.ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = run(recipe(budget={"steps": 6}))
    monkeypatch.setattr("burnish.inference.loading.shipped.package_folders", lambda package: [tmp_path])
    entry = catalog.get("restorers", "net")
    shipping = Catalog(
        [
            replace(entry, spec=replace(entry.spec, weights={"six": "a/bundle"})),
            *catalog.entries("degraders").values(),
        ]
    )
    plain = run(recipe(budget={"steps": 1}), name="plain", catalog=shipping)
    warm = run(recipe(restorer="tiny/net:six", budget={"steps": 1}), name="warm", catalog=shipping)
    assert warm.manifest["validation_at_start"] == pytest.approx(first.validation, abs=1e-6)
    assert warm.manifest["validation_at_start"] != plain.manifest["validation_at_start"]
    assert warm.manifest["facts"]["initial"] == read_bundle(first.bundle).weights_sha256
    assert read_bundle(warm.bundle).restorer == "tiny/net"


def test_a_training_may_begin_with_a_bundle(run: Callable[..., TrainingResult], recipe: Make, project: Path) -> None:
    first = run(recipe(budget={"steps": 6}))
    shutil.copytree(first.bundle, project / "begun")
    warm = run(recipe(budget={"steps": 1}).model_copy(update={"initial": "begun"}), name="warm")
    assert warm.manifest["validation_at_start"] == pytest.approx(first.validation, abs=1e-6)
    assert warm.manifest["facts"]["initial"] == read_bundle(first.bundle).weights_sha256


def test_without_steps_the_bundle_that_it_begins_with_is_the_result(
    run: Callable[..., TrainingResult], recipe: Make, project: Path
) -> None:
    first = run(recipe(budget={"steps": 2}))
    shutil.copytree(first.bundle, project / "begun")
    asked = recipe(budget={"steps": 1}).model_copy(update={"initial": "begun"})
    settings = asked.training.model_copy(update={"budget": asked.training.budget.model_copy(update={"steps": 0})})
    done = run(asked.model_copy(update={"training": settings}), name="as-it-is")
    assert (done.steps, done.best_step, math.isnan(done.validation)) == (0, 0, True)
    assert identical(bundle_weights(done.bundle), bundle_weights(first.bundle))


def test_a_bundle_of_another_restorer_to_begin_with_is_refused(
    run: Callable[..., TrainingResult], recipe: Make, project: Path
) -> None:
    first = run(recipe(budget={"steps": 1}))
    shutil.copytree(first.bundle, project / "begun")
    other = recipe(restorer="tiny/doubler", budget={"steps": 1}).model_copy(update={"initial": "begun"})
    with pytest.raises(ConfigError, match=r"begun: is a bundle of tiny/net, not of tiny/doubler"):
        run(other, name="other")


class Slow:
    """Mixed into a degrader: sends a signal to this process amid a step, and then takes as long as it is let."""

    at, number, seconds = 6, signal.SIGINT, 0.0

    def __call__(self, clean: torch.Tensor, generator: torch.Generator) -> Any:
        if generator.initial_seed() == derive(0, "degradation", self.at - 1, 0):
            os.kill(os.getpid(), self.number)
            time.sleep(self.seconds)
        return super().__call__(clean, generator)  # type: ignore[misc]


def interrupted(plugin: types.ModuleType, monkeypatch: pytest.MonkeyPatch, **how: Any) -> None:
    monkeypatch.setattr(plugin, "Noise", type("Told", (Slow, plugin.Noise), how))


def test_ctrl_c_is_heard_after_the_step_which_is_saved(
    run: Any, recipe: Make, plugin: types.ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = recipe(checkpoint_every=100)
    run(settings, "whole")
    with monkeypatch.context() as patch, interruption.handled():
        interrupted(plugin, patch)
        with pytest.raises(interruption.Interrupted):
            run(settings, "broken")
        assert interruption.line() == "burnish: interrupted at step 6; the same command resumes from there"
    assert run(settings, "broken").resumed_at == 6
    assert identical(essence(tmp_path / "whole" / "work"), essence(tmp_path / "broken" / "work"))


def test_a_step_that_takes_too_long_is_given_up_and_the_last_checkpoint_stays(
    run: Any, recipe: Make, plugin: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("burnish.training.callbacks.stopping.GRACE", 0.05)
    with monkeypatch.context() as patch, interruption.handled():
        interrupted(plugin, patch, seconds=30.0)
        with pytest.raises(interruption.Interrupted):
            run(recipe(checkpoint_every=3))
        assert interruption.line() == "burnish: interrupted at step 5; the same command resumes from step 3"
    assert run(recipe(checkpoint_every=3)).resumed_at == 3


def test_before_the_first_checkpoint_it_is_said_that_the_command_begins_again(
    run: Any, recipe: Make, plugin: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("burnish.training.callbacks.stopping.GRACE", 0.05)
    interrupted(plugin, monkeypatch, seconds=30.0, at=2)
    with interruption.handled(), pytest.raises(interruption.Interrupted):
        run(recipe(checkpoint_every=100))
    assert interruption.line() == "burnish: interrupted at step 1; the same command starts over"
