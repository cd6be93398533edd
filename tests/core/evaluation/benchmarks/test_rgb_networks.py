"""A network of RGB is asked a benchmark of luma in RGB and scored on luma; all others are asked in luma, as ever."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from burnish.errors import EvaluationError
from burnish.evaluation.benchmarks.benchmark import Benchmark
from burnish.evaluation.evaluate import evaluate
from burnish.evaluation.statistics.compare import compare
from burnish.inference import load_restorer
from burnish.io import read_picture
from burnish.ops.resampling import resize
from burnish.recipe.benchmark import BenchmarkSettings
from skimage.color import rgb2ycbcr
from torch import Tensor


class Enlarging:
    """Bicubic enlargement by 2 that keeps what it was given."""

    def __init__(self, *channels: int) -> None:
        self.channels = channels
        self.given: list[Tensor] = []

    def __call__(self, degraded: Tensor) -> Tensor:
        self.given.append(degraded)
        return resize(degraded, 2.0)


def loaded(*channels: int) -> Any:
    one = load_restorer("classical/bicubic", {"scale": 2}, device="cpu")
    return replace(one, restorer=Enlarging(*channels))


def asked(clean: Path) -> Benchmark:
    return Benchmark.from_spec("set5-x2", clean)


def pixels(path: Path) -> Any:
    found = read_picture(path).pixels
    return found[: found.shape[0] // 2 * 2, : found.shape[1] // 2 * 2]


def test_a_network_of_rgb_alone_is_given_the_small_rgb_picture_in_8_bit(clean: Path) -> None:
    network = loaded(3)
    result = evaluate(network, asked(clean))
    whole = torch.from_numpy(pixels(clean / "a.png").astype(np.float32) / 255).permute(2, 0, 1)[None]
    assert torch.equal(network.restorer.given[0], resize(whole, 0.5, quantise="uint8-per-pass"))
    assert (result.colour, result.degrader_config["quantise"]) == ("rgb", "uint8-per-pass")


def test_its_score_is_that_of_the_luma_of_its_estimate_in_8_bit(clean: Path) -> None:
    network = loaded(3)
    found = evaluate(network, asked(clean)).scores["metrics/psnr-y"].per_image["a.png"]
    estimate = resize(network.restorer.given[0], 2.0).clamp(0, 1)[0].permute(1, 2, 0).double().numpy()
    pairs = (np.floor(estimate * 255 + 0.5).astype(np.uint8), pixels(clean / "a.png"))
    one, other = (rgb2ycbcr(picture)[2:-2, 2:-2, 0] for picture in pairs)
    assert found == pytest.approx(10 * np.log10(255**2 / np.mean((one - other) ** 2)), abs=1e-3)


@pytest.mark.parametrize("channels", [(1,), (1, 3)], ids=["luma alone", "either"])
def test_what_takes_single_channels_is_asked_in_luma(clean: Path, channels: tuple[int, ...]) -> None:
    network = loaded(*channels)
    result = evaluate(network, asked(clean))
    assert network.restorer.given[0].shape[1] == 1
    assert (result.colour, result.degrader_config["quantise"]) == ("y", "none")
    before = replace(asked(clean), rgb_degrader_config={})
    assert result.digest == before.digest(), "its earlier scores stay comparable"


def test_scores_of_the_two_ways_are_never_compared(clean: Path) -> None:
    with pytest.raises(EvaluationError, match="degrader, configuration or seed differ"):
        compare(evaluate(loaded(3), asked(clean)), evaluate(loaded(1), asked(clean)))


def test_a_restorer_of_luma_can_be_asked_in_rgb_where_it_is_set_against_one_of_rgb(clean: Path) -> None:
    same = asked(clean).for_channels((3,))
    compare(evaluate(loaded(3), same), evaluate(loaded(1), same))


def test_the_self_ensemble_of_a_network_of_rgb_is_asked_as_the_network() -> None:
    made = load_restorer("burnish/self-ensemble", {"restorer": "super-resolution/edsr:real-x2"}, device="cpu")
    assert made.channels == (3,)


@pytest.mark.parametrize(
    ("changed", "rgb"),
    [
        ({}, True),
        ({"metrics": ("psnr-y",)}, True),
        ({"metrics": ("psnr",)}, False),
        ({"colour": "y"}, False),
        ({"degrader": {"id": "bicubic", "config": {"scale": 2}}}, False),
    ],
    ids=["as declared", "one of its metrics", "a metric that makes no luma", "a colour", "a degrader"],
)
def test_a_recipe_that_changes_what_is_asked_asks_all_restorers_alike(
    tmp_path: Path, changed: dict[str, Any], rgb: bool
) -> None:
    settings = BenchmarkSettings.model_validate({"name": "x2", "benchmark": "set5-x2", "clean": "test", **changed})
    assert bool(Benchmark.from_settings(settings, tmp_path).rgb_degrader_config) == rgb
