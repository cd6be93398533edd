from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from burnish.errors import EvaluationError, UnknownIdError
from burnish.evaluation.benchmarks.benchmark import Benchmark
from burnish.recipe.benchmark import BenchmarkSettings


def noise(clean: Path, **changes: Any) -> Benchmark:
    benchmark = Benchmark(
        name="noise",
        clean=clean,
        degrader="degradations/gaussian-noise",
        degrader_config={"sigma": 0.1},
        metrics=("metrics/psnr",),
    )
    return replace(benchmark, **changes)


def test_a_declared_benchmark_brings_degrader_colour_and_metrics(clean: Path) -> None:
    found = Benchmark.from_spec("set5-x3", clean)
    assert (found.name, found.degrader, found.colour) == ("metrics/set5-x3", "degradations/bicubic", "y")
    assert found.degrader_config == {"scale": 3, "quantise": "none"}
    assert found.metrics == ("metrics/psnr-y", "metrics/ssim-y")


def test_a_recipe_overrides_a_declared_benchmark_field_by_field(tmp_path: Path) -> None:
    settings = BenchmarkSettings(name="mine", benchmark="gaussian-25-grey", clean="test", metrics=("psnr",), seed=7)
    found = Benchmark.from_settings(settings, tmp_path)
    assert (found.name, found.clean, found.seed) == ("mine", tmp_path / "test", 7)
    assert (found.metrics, found.colour, found.degrader) == (("psnr",), "grey", "degradations/gaussian-noise")
    assert found.degrader_config == {"sigma": pytest.approx(25 / 255)}


def test_a_recipe_may_ask_without_a_declared_benchmark(tmp_path: Path) -> None:
    settings = BenchmarkSettings.model_validate(
        {"name": "mine", "degrader": {"id": "gaussian-noise", "config": {"sigma": 0.1}}, "metrics": ["psnr"]}
    )
    found = Benchmark.from_settings(settings, tmp_path)
    assert (found.degrader, dict(found.degrader_config), found.colour) == ("gaussian-noise", {"sigma": 0.1}, "rgb")


def test_the_digest_ignores_names_and_spelling(clean: Path) -> None:
    one = noise(clean).digest()
    assert noise(clean, name="other").digest() == one
    assert noise(clean, degrader="gaussian-noise", metrics=("psnr",)).digest() == one
    assert noise(clean, metric_config={"metrics/psnr": {"rounding": "uint8"}}).digest() == one


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 1},
        {"colour": "grey"},
        {"degrader_config": {"sigma": 0.2}},
        {"degrader": "degradations/jpeg", "degrader_config": {}},
        {"metrics": ("metrics/psnr-y",)},
        {"metric_config": {"metrics/psnr": {"border": 4}}},
    ],
    ids=str,
)
def test_the_digest_changes_with_whatever_changes_a_score(clean: Path, changes: dict[str, Any]) -> None:
    assert noise(clean, **changes).digest() != noise(clean).digest()


def test_the_digest_changes_with_the_pictures(clean: Path, write_picture_file: Callable[..., Path]) -> None:
    before = noise(clean).digest()
    write_picture_file(clean / "a.png", (40, 48), 99)
    assert noise(clean).digest() != before


def test_what_asks_nothing_is_refused(clean: Path) -> None:
    with pytest.raises(EvaluationError, match="give a degrader, a folder of degraded pictures, or one of shots"):
        noise(clean, degrader=None)
    with pytest.raises(EvaluationError, match="give a degrader, a folder of degraded pictures, or one of shots"):
        noise(clean, degraded=clean)
    with pytest.raises(EvaluationError, match="at least one metric"):
        noise(clean, metrics=())
    with pytest.raises(EvaluationError, match="colour 'cmyk' is not one of rgb, grey, y"):
        noise(clean, colour="cmyk")
    with pytest.raises(UnknownIdError, match="did you mean metrics/set5-x3"):
        Benchmark.from_spec("set5-x33", clean)
