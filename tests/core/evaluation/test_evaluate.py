from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from burnish.errors import EvaluationError, RestorationError
from burnish.evaluation import Benchmark, assemble, data_hash, evaluate, scorecard
from burnish.evaluation.scorecard import BenchmarkResult, Scorecard
from burnish.inference import Restorer, load_restorer
from torch import Tensor


def loaded_as(restorer: Callable[..., Tensor], **spec: Any) -> Restorer:
    """The identity's declaration, with these changes, over another callable."""
    loaded = load_restorer("burnish/identity", device="cpu")
    return replace(loaded, restorer=restorer, spec=replace(loaded.spec, receptive_field=None, tiling="whole", **spec))


@pytest.fixture
def noise(clean: Path) -> Benchmark:
    return Benchmark(
        name="noise",
        clean=clean,
        degrader="degradations/gaussian-noise",
        degrader_config={"sigma": 0.1},
        metrics=("metrics/psnr", "metrics/ssim"),
    )


def test_the_identity_scores_what_its_input_scores(noise: Benchmark) -> None:
    result = evaluate(load_restorer("identity", device="cpu"), noise)
    assert list(result.scores) == ["metrics/psnr", "metrics/ssim"]
    assert result.scores == result.degraded
    psnr = result.scores["metrics/psnr"]
    assert list(psnr.per_image) == ["a.png", "b.bmp", "deep/c.png"]
    assert psnr.mean == pytest.approx(np.mean(list(psnr.per_image.values())))
    assert 20 < psnr.mean < 22


def test_a_result_carries_protocols_data_seed_and_device(noise: Benchmark) -> None:
    result = evaluate(load_restorer("identity", device="cpu"), noise)
    assert result.digest == noise.digest()
    assert result.data_hash == data_hash(noise.clean)
    assert (result.degrader, result.degrader_config["sigma"]) == ("degradations/gaussian-noise", 0.1)
    assert result.scores["metrics/psnr"].protocol["border"] == 0
    assert (result.device, result.precision) == ("cpu", "fp32")
    assert BenchmarkResult.model_validate_json(result.model_dump_json()) == result


def test_a_perfect_restorer_has_infinite_psnr_and_a_mean_that_is_infinite(clean: Path, tmp_path: Path) -> None:
    degraded = Path(shutil.copytree(clean, tmp_path / "degraded"))
    asked = Benchmark(name="pairs", clean=clean, degraded=degraded, metrics=("metrics/psnr",))
    result = evaluate(load_restorer("identity", device="cpu"), asked)
    assert result.scores["metrics/psnr"].mean == float("inf")
    assert BenchmarkResult.model_validate_json(result.model_dump_json()) == result


def test_scores_do_not_depend_on_which_other_images_are_there(noise: Benchmark) -> None:
    all_of_them = evaluate(load_restorer("identity", device="cpu"), noise).scores["metrics/psnr"].per_image
    (noise.clean / "a.png").unlink()
    rest = evaluate(load_restorer("identity", device="cpu"), noise).scores["metrics/psnr"].per_image
    assert rest == {name: score for name, score in all_of_them.items() if name != "a.png"}


def test_conditions_that_are_needed_reach_the_restorer(noise: Benchmark) -> None:
    seen = []

    def restorer(degraded: Tensor, *, sigma: Tensor) -> Tensor:
        seen.append(float(sigma.flatten()[0]))
        return degraded

    evaluate(loaded_as(restorer, needs=frozenset({"sigma"})), noise)
    assert seen == pytest.approx([0.1] * 4)


def test_the_first_image_is_restored_once_more_than_it_is_counted(noise: Benchmark) -> None:
    calls = []

    def restorer(degraded: Tensor) -> Tensor:
        calls.append(degraded.shape)
        return degraded

    result = evaluate(loaded_as(restorer), noise)
    assert len(calls) == 4
    assert set(result.timings) == {"a.png", "b.bmp", "deep/c.png"}
    assert result.seconds_per_megapixel == sorted(result.timings.values())[1]


def test_a_restorer_that_draws_numbers_gets_the_same_ones_each_time(noise: Benchmark) -> None:
    def restorer(degraded: Tensor) -> Tensor:
        return degraded + 0.1 * torch.randn_like(degraded)

    random = loaded_as(restorer, deterministic=False)
    state = torch.random.get_rng_state()
    assert evaluate(random, noise).scores == evaluate(random, noise).scores
    assert torch.equal(state, torch.random.get_rng_state())


def test_a_restorer_that_gives_nan_is_named_with_the_picture(noise: Benchmark) -> None:
    with pytest.raises(RestorationError, match=r"a\.png: .*identity"):
        evaluate(loaded_as(lambda degraded: degraded * float("nan")), noise)


def test_what_the_estimate_is_measured_with_is_the_target_and_not_the_file(clean: Path) -> None:
    asked = Benchmark.from_spec("set5-x2", clean)
    result = evaluate(load_restorer("classical/bicubic", {"scale": 2}, device="cpu"), asked)
    assert result.degraded == {}
    assert min(result.scores["metrics/psnr-y"].per_image.values()) > 25


def test_pictures_are_written_by_role_and_agree_with_the_scores(noise: Benchmark, tmp_path: Path) -> None:
    from PIL import Image

    result = evaluate(load_restorer("identity", device="cpu"), noise, pictures=tmp_path / "p")
    files = {path.relative_to(tmp_path / "p").as_posix() for path in (tmp_path / "p").rglob("*.png")}
    assert files == {
        f"{role}/{name}.png" for role in ("degraded", "estimate", "target") for name in ("a", "b", "deep/c")
    }
    estimate, target = (
        np.asarray(Image.open(tmp_path / "p" / role / "a.png"), np.float64) for role in ("estimate", "target")
    )
    psnr = 10 * np.log10(255**2 / np.mean((estimate - target) ** 2))
    assert result.scores["metrics/psnr"].per_image["a.png"] == pytest.approx(psnr, abs=1e-9)


def test_a_scorecard_joins_results_cost_and_lineage(noise: Benchmark) -> None:
    asked = [noise, replace(noise, name="more", seed=1)]
    card = scorecard(load_restorer("identity", device="cpu"), asked, subject="me v1")
    assert (card.subject, card.restorer, list(card.results)) == ("me v1", "burnish/identity", ["noise", "more"])
    times = [figure for result in card.results.values() for figure in result.timings.values()]
    assert card.cost.seconds_per_megapixel == pytest.approx(np.median(times))
    assert card.lineage["plugins"].keys() >= {"burnish", "burnish-metrics", "burnish-degradations"}
    assert Scorecard.model_validate_json(card.model_dump_json()) == card


def test_two_benchmarks_of_one_name_are_refused(make_result: Callable[..., BenchmarkResult]) -> None:
    with pytest.raises(EvaluationError, match="two benchmarks have the name noise"):
        assemble(load_restorer("identity", device="cpu"), [make_result([1.0]), make_result([2.0])])
