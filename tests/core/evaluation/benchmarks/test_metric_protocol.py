"""Facts about the depth in which pictures are judged: that of the clean files, stated, and never compared across."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from burnish.errors import EvaluationError
from burnish.evaluation import Benchmark, data_hash, evaluate, scorecard
from burnish.evaluation.benchmarks.metric_protocol import stated
from burnish.evaluation.scorecard import BenchmarkResult
from burnish.evaluation.statistics.compare import compare
from burnish.inference import load_restorer
from burnish.io import Picture, read_picture, write_picture
from burnish.plugins.catalog import installed
from burnish.plugins.configuration import complete
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

BRIGHTEST = 1200
"""Of 65,535: a dark picture of a scientific camera."""


def scene(shape: tuple[int, ...] = (72, 64, 1)) -> NDArray[np.float64]:
    """A smooth scene, H,W,C in [0, 1]."""
    picture = gaussian_filter(np.random.default_rng(3).normal(size=shape), (3, 3, 0))
    return np.asarray((picture - picture.min()) / np.ptp(picture))


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """A folder with a clean picture of at most 1,200 of 65,535, and one with a noisy one."""
    clean = np.round(scene() * BRIGHTEST)
    noisy = np.clip(np.round(clean + np.random.default_rng(4).normal(0, 60, clean.shape)), 0, 65535)
    for folder, levels in (("clean", clean), ("noisy", noisy)):
        (tmp_path / folder).mkdir()
        write_picture(tmp_path / folder / "a.png", Picture(pixels=levels.astype(np.uint16)))
    return tmp_path / "clean", tmp_path / "noisy"


def asked(clean: Path, degraded: Path, **settings: Any) -> BenchmarkResult:
    metrics = {"metrics/psnr": settings, "metrics/ssim": settings}
    benchmark = Benchmark(
        name="pairs", clean=clean, degraded=degraded, metrics=tuple(metrics), metric_config=metrics, colour="grey"
    )
    return evaluate(load_restorer("identity", device="cpu"), benchmark)


def figures(result: BenchmarkResult) -> tuple[float, float]:
    return result.scores["metrics/psnr"].mean, result.scores["metrics/ssim"].mean


def oracle(clean: Path, noisy: Path, data_range: float, scale: float = 1.0) -> tuple[float, float]:
    """scikit-image on the stored levels."""
    x, y = (read_picture(path).pixels[:, :, 0].astype(np.float64) * scale for path in (noisy, clean))
    window = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    _, similar = structural_similarity(x, y, data_range=data_range, full=True, **window)
    return float(peak_signal_noise_ratio(y, x, data_range=data_range)), float(similar[5:-5, 5:-5].mean())


def test_sixteen_bit_pictures_are_judged_in_sixteen_bit_as_scikit_image_does(pair: tuple[Path, Path]) -> None:
    result = asked(*pair)
    assert figures(result) == pytest.approx(oracle(pair[0] / "a.png", pair[1] / "a.png", 65535), abs=1e-6)
    protocol = result.scores["metrics/psnr"].protocol
    assert (protocol["rounding"], protocol["data_range"]) == ("uint16", 65535)


def test_a_declared_range_makes_similarity_tell_on_pictures_that_fill_little_of_it(pair: tuple[Path, Path]) -> None:
    result = asked(*pair, data_range=BRIGHTEST / 65535)
    wanted = oracle(pair[0] / "a.png", pair[1] / "a.png", BRIGHTEST)
    assert figures(result) == pytest.approx(wanted, abs=1e-5)
    assert wanted[1] < 0.9 < 0.999 < figures(asked(*pair))[1]
    assert result.scores["metrics/ssim"].protocol["data_range"] == pytest.approx(BRIGHTEST)


def test_a_gain_in_decibels_does_not_hang_on_how_much_of_the_range_is_filled(pair: tuple[Path, Path]) -> None:
    clean, noisy = pair
    better = clean.parent / "better"
    better.mkdir()
    levels = gaussian_filter(read_picture(noisy / "a.png").pixels.astype(np.float64), (1, 1, 0))
    write_picture(better / "a.png", Picture(pixels=np.round(levels).astype(np.uint16)))
    gain = figures(asked(clean, better))[0] - figures(asked(clean, noisy))[0]
    eight_bit = figures(asked(clean, better, rounding="uint8"))[0] - figures(asked(clean, noisy, rounding="uint8"))[0]
    wanted = oracle(clean / "a.png", better / "a.png", 65535)[0] - oracle(clean / "a.png", noisy / "a.png", 65535)[0]
    assert gain == pytest.approx(wanted, abs=1e-6)
    assert eight_bit < gain - 1.0


def test_float_pictures_are_not_rounded_and_their_range_is_one(pair: tuple[Path, Path]) -> None:
    for folder in pair:
        pixels = read_picture(folder / "a.png").pixels.astype(np.float32) / np.float32(65535.7)
        write_picture(folder / "a.tif", Picture(pixels=pixels))
        (folder / "a.png").unlink()
    result = asked(*pair)
    assert figures(result) == pytest.approx(oracle(pair[0] / "a.tif", pair[1] / "a.tif", 1.0), abs=1e-6)
    protocol = result.scores["metrics/ssim"].protocol
    assert (protocol["rounding"], protocol["data_range"]) == ("none", 1)


def test_a_folder_of_mixed_depths_is_judged_in_the_deepest(pair: tuple[Path, Path]) -> None:
    for folder in pair:
        levels = read_picture(folder / "a.png").pixels
        write_picture(folder / "shallow.png", Picture(pixels=np.minimum(levels, 255).astype(np.uint8)))
    result = asked(*pair)
    one = oracle(pair[0] / "shallow.png", pair[1] / "shallow.png", 255)
    assert result.scores["metrics/psnr"].per_image["shallow.png"] == pytest.approx(one[0], abs=1e-6)
    deep = oracle(pair[0] / "a.png", pair[1] / "a.png", 65535)
    assert result.scores["metrics/psnr"].per_image["a.png"] == pytest.approx(deep[0], abs=1e-6)
    assert result.scores["metrics/psnr"].protocol["rounding"] == "uint16"


def test_scores_of_two_depths_are_not_compared_and_the_message_says_which(pair: tuple[Path, Path]) -> None:
    old, new = asked(*pair, rounding="uint8"), asked(*pair)
    assert old.scores["metrics/psnr"].protocol["data_range"] == 255
    fact = "metrics/psnr was scored with rounding uint16 in one and uint8 in the other; evaluate both again"
    with pytest.raises(EvaluationError, match=fact):
        compare(new, old)


@pytest.mark.parametrize(
    "metric", [e.id for e in installed().entries("metrics").values() if "rounding" in e.spec.config]
)
def test_of_eight_bit_pictures_the_stated_protocol_is_what_it_always_was(metric: str) -> None:
    spec: Any = installed().get("metrics", metric).spec
    config = complete(spec, {})
    before = {key: value for key, value in config.items() if key != "data_range"} | {"rounding": "uint8"}
    assert stated(spec, config, "uint8") == {**spec.protocol, **before}
    assert spec.protocol["data_range"] == 255


def test_of_eight_bit_pictures_the_digest_is_what_it_always_was(clean: Path) -> None:
    catalog = installed()
    spec: Any = catalog.get("metrics", "psnr").spec
    noise = catalog.get("degraders", "gaussian-noise")
    protocol = {**spec.protocol, "border": "scale", "rounding": "uint8"}
    content = {
        "format": 1,
        "clean": data_hash(clean),
        "colour": "rgb",
        "metrics": {"metrics/psnr": {"version": spec.version, "protocol": protocol}},
        "degrader": noise.id,
        "config": complete(noise.spec, {"sigma": 0.1}),
        "version": f"{noise.distribution} {noise.version}",
        "seed": 0,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    noisy = Benchmark(
        name="n", clean=clean, degrader=noise.id, degrader_config={"sigma": 0.1}, metrics=("metrics/psnr",)
    )
    assert noisy.digest() == hashlib.sha256(text.encode()).hexdigest()


def test_the_pictures_that_an_evaluation_leaves_have_the_scores_that_it_states(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    benchmark = Benchmark(name="p", clean=pair[0], degraded=pair[1], metrics=("metrics/psnr",), colour="grey")
    card = scorecard(load_restorer("classical/median", device="cpu"), [benchmark], pictures=tmp_path / "out")
    written = [tmp_path / "out" / "p" / role / "a.png" for role in ("target", "estimate")]
    assert all(read_picture(path).pixels.dtype == np.uint16 for path in written)
    assert card.results["p"].scores["metrics/psnr"].mean == pytest.approx(oracle(*written, 65535)[0], abs=1e-6)
