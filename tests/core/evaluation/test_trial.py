"""A trial looks at the same details for everybody, and foretells score and time of the whole benchmark."""

from __future__ import annotations

import importlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from burnish.errors import EvaluationError
from burnish.evaluation import Benchmark, evaluate
from burnish.evaluation import trial as module
from burnish.evaluation.trial import middle, trial
from burnish.inference import load_restorer
from burnish.protocols import Observation

evaluating = importlib.import_module("burnish.evaluation.evaluate")


def _benchmark(folder: Path, pictures: int = 6, side: int = 40) -> Benchmark:
    for index in range(pictures):
        pixels = np.random.default_rng(index).integers(0, 256, (side, side + 8, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f"{index}.png"), cv2.GaussianBlur(pixels, (0, 0), 2 + index))
    return Benchmark(
        name="noise",
        clean=folder,
        metrics=("metrics/psnr", "metrics/ssim"),
        degrader="degradations/gaussian-noise",
        degrader_config={"sigma": 0.1},
    )


@pytest.mark.parametrize("id", ["classical/median", "burnish/identity"])
def test_of_pictures_that_are_small_and_few_it_is_the_score_itself(tmp_path: Path, id: str) -> None:
    benchmark, loaded = _benchmark(tmp_path, pictures=3), load_restorer(id)
    whole = evaluate(loaded, benchmark, quiet=True).scores
    for metric in ("metrics/psnr", "metrics/ssim"):
        tried = trial(loaded, benchmark, metric)
        assert (tried.metric, tried.unit) == (metric, "dB" if metric == "metrics/psnr" else "")
        assert tried.mean == pytest.approx(whole[metric].mean, abs=1e-12)
    assert trial(loaded, benchmark, "ssim").metric == "metrics/ssim"


def test_only_the_middle_of_four_pictures_is_restored_and_all_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes, original = [], evaluating.answer

    def seen(loaded: object, observation: Observation, options: object) -> object:
        shapes.append(tuple(observation.degraded.shape))
        return original(loaded, observation, options)  # type: ignore[arg-type]

    monkeypatch.setattr(evaluating, "answer", seen)
    monkeypatch.setattr(module, "SIDE", 16)
    made = trial(load_restorer("classical/median"), _benchmark(tmp_path))
    assert shapes == [(1, 3, 16, 16)] * 4
    assert made.seconds > 0


def test_a_trial_that_takes_long_stops_after_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, original = [], evaluating.answer
    monkeypatch.setattr(evaluating, "answer", lambda *given: asked.append(1) or original(*given))
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    trial(load_restorer("classical/median"), _benchmark(tmp_path))
    assert len(asked) == 1


def test_the_middle_of_an_observation_is_cut_alike_in_target_and_conditions() -> None:
    degraded = torch.arange(20 * 30, dtype=torch.float32).reshape(1, 1, 20, 30)
    target = torch.nn.functional.interpolate(degraded, scale_factor=2)
    conditions = {"mask": degraded > 300, "sigma": torch.tensor([0.1]), "kernel": torch.ones(1, 5, 5), "scale": 2}
    cut = middle(Observation(degraded=degraded, target=target, conditions=conditions), 8)
    assert cut.degraded.shape == (1, 1, 8, 8)
    assert torch.equal(cut.target[..., ::2, ::2], cut.degraded)
    assert torch.equal(cut.conditions["mask"], cut.degraded > 300)
    assert cut.conditions["kernel"].shape == (1, 5, 5)
    assert cut.degraded[0, 0, 0, 0] == degraded[0, 0, 6, 11]


def test_of_a_target_of_another_size_nothing_is_cut() -> None:
    whole = Observation(degraded=torch.zeros(1, 1, 20, 20), target=torch.zeros(1, 1, 33, 33))
    assert middle(whole, 8) is whole


def test_a_metric_that_the_benchmark_lacks_and_a_condition_that_nobody_gives_are_errors(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="does not measure niqe; it measures metrics/psnr"):
        trial(load_restorer("classical/median"), _benchmark(tmp_path), "niqe")
    with pytest.raises(EvaluationError, match="needs kernel"):
        trial(load_restorer("deconvolution/wiener"), _benchmark(tmp_path))
