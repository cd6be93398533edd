"""Estimates are degraded again by the benchmark's own degradation where it can be repeated; otherwise it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from burnish.errors import EvaluationError
from burnish.evaluation import evaluate
from burnish.evaluation.benchmarks.benchmark import Benchmark
from burnish.evaluation.benchmarks.degraded_inputs import observe
from burnish.evaluation.benchmarks.redegrading import Redegrading
from burnish.evaluation.benchmarks.resolved_benchmark import prepare
from burnish.inference import Restorer, load_restorer
from burnish.plugins.catalog import installed

DENOISER = "classical/median"


def asked(clean: Path | None, degrader: str | None = None, **parts: Any) -> Benchmark:
    return Benchmark(name="n", clean=clean, degrader=degrader, metrics=("consistency",), **parts)


def made(loaded: Restorer, benchmark: Benchmark) -> Redegrading:
    found = prepare(loaded, benchmark, installed()).redegrading
    assert found is not None
    return found


def restorer(name: str = DENOISER, **config: Any) -> Restorer:
    return load_restorer(name, config, device="cpu")


NOISE: Mapping[str, Any] = {"id": "degradations/gaussian-noise", "config": {"sigma": 0.05}}
BLUR: Mapping[str, Any] = {"id": "degradations/defocus-blur", "config": {"radius": 2.0}}
HALF: Mapping[str, Any] = {"id": "degradations/bicubic", "config": {"scale": 2, "quantise": "none"}}
JPEG: Mapping[str, Any] = {"id": "degradations/jpeg", "config": {}}


@pytest.mark.parametrize(
    ("degrader", "config", "name", "settings"),
    [
        ("gaussian-noise", {"sigma": 0.0}, DENOISER, {}),
        ("defocus-blur", {"radius": 2.0}, "deconvolution/wiener", {}),
        ("defocus-blur", {"radius": 2.0, "transfer": "srgb"}, "deconvolution/wiener", {}),
        ("bicubic", {"scale": 2, "quantise": "none"}, "classical/bicubic", {"scale": 2}),
        ("sequence", {"steps": [BLUR, HALF]}, "classical/bicubic", {"scale": 2}),
    ],
)
def test_the_clean_picture_degraded_again_is_what_was_observed_without_noise(
    clean: Path, degrader: str, config: dict[str, Any], name: str, settings: dict[str, Any]
) -> None:
    benchmark = asked(clean, degrader, degrader_config=config)
    loaded = restorer(name, **settings)
    again = made(loaded, benchmark)
    degrading = prepare(loaded, benchmark, installed()).degrader
    for item in benchmark.items():
        seen = observe(item, degrader=degrading, colour="rgb", seed=0, scale=loaded.scale)
        mine, told = again(seen.target, seen)
        assert mine.shape == told[:, 0].shape and mine.numel() > 0
        assert torch.allclose(mine, told[:, 0], atol=2e-5)
        assert not told[:, 1].any()  # no noise


def test_the_noise_is_handed_on(clean: Path) -> None:
    benchmark = asked(clean, "gaussian-noise", degrader_config={"sigma": 0.07})
    loaded = restorer()
    resolved = prepare(loaded, benchmark, installed())
    seen = observe(resolved.items[0], degrader=resolved.degrader, colour="rgb", seed=0, scale=1)
    _, told = made(loaded, benchmark)(seen.target, seen)
    assert float(told[:, 1].min()) == float(told[:, 1].max()) == pytest.approx(0.07)


@pytest.mark.parametrize(
    ("degrader", "config", "name"),
    [
        ("jpeg", {}, DENOISER),
        ("sequence", {"steps": [NOISE, JPEG]}, DENOISER),
        ("sequence", {"steps": [NOISE, BLUR]}, DENOISER),
        ("varying-blur", {}, DENOISER),
        ("one-of", {"choices": [BLUR, NOISE]}, DENOISER),
        ("real-world", {"scale": 2}, "super-resolution/edsr:real-x2"),
        ("burst", {"frames": 3, "length": 0.0}, DENOISER),
    ],
)
def test_what_cannot_be_repeated_is_refused_before_any_work(
    clean: Path, degrader: str, config: dict[str, Any], name: str
) -> None:
    with pytest.raises(
        EvaluationError, match="metrics/consistency degrades the estimate again, and what degradations/"
    ):
        prepare(restorer(name), asked(clean, degrader, degrader_config=config), installed())


def test_of_degraded_files_kernel_and_noise_must_be_told(clean: Path) -> None:
    blurred = restorer("classical/unsharp")
    with pytest.raises(EvaluationError, match="how these pictures were degraded is not known; give the kernel of each"):
        prepare(blurred, asked(clean, degraded=clean, sigma=0.01), installed())
    with pytest.raises(EvaluationError, match=r"needs the noise of .*; give sigma, or write it into"):
        prepare(restorer(), asked(clean, degraded=clean), installed())
    enlarging = restorer("classical/bicubic", scale=2)
    with pytest.raises(EvaluationError, match="is not known"):
        prepare(enlarging, asked(clean, degraded=clean, sigma=0.01), installed())


def test_noisy_files_alone_can_be_judged_without_clean_ones(clean: Path) -> None:
    found = evaluate(restorer("burnish/self-ensemble", restorer=DENOISER), asked(clean, "gaussian-noise"), quiet=True)
    assert found.scores["metrics/consistency"].higher_is_better is False
    alone = evaluate(restorer(), asked(None, degraded=clean, sigma=0.05), quiet=True)
    assert alone.degraded["metrics/consistency"].mean <= 0.0 + 1e-9


@pytest.mark.parametrize("metric", ["improvement", "omission", "hallucination"])
def test_the_shares_of_enlargements_are_refused_where_nothing_is_enlarged(clean: Path, metric: str) -> None:
    benchmark = Benchmark(name="n", clean=clean, degrader="gaussian-noise", metrics=(metric,))
    with pytest.raises(EvaluationError, match="compares enlarged pictures with their clean ones, which this benchmark"):
        prepare(restorer(), benchmark, installed())
    small = Benchmark(
        name="n", clean=clean, degrader="bicubic", metrics=(metric,), metric_config={metric: {"border": 4}}
    )
    found = evaluate(restorer("classical/bicubic", scale=2), small, quiet=True)
    assert all(0.0 <= figure <= 1.0 for figure in found.scores[f"metrics/{metric}"].per_image.values())
