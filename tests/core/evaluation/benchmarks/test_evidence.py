"""Facts about scores without clean pictures: they agree with those against clean ones, as far as each evidence can."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from burnish.errors import EvaluationError
from burnish.evaluation import Benchmark, evaluate
from burnish.inference import Restorer, load_restorer
from burnish.io import Picture, write_picture
from burnish.ops.noise import NoiseModel
from numpy.typing import NDArray

SIGMA = 0.1
SIDE = 96


def smooth(seed: int) -> NDArray[np.float32]:
    """H,W,1 in [0.25, 0.75]: waves of a few pixels."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    phase = np.float32(seed)
    waves = np.sin(x / 7 + phase) * np.cos(y / 9 - phase) + 0.5 * np.sin((x + y) / 5)
    return np.ascontiguousarray((0.5 + waves / 6)[:, :, None])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """``clean``, ``noisy`` (float files, so that noise is not clipped) and ``shots`` of the same four scenes."""
    draw = np.random.default_rng(0)
    for scene in range(4):
        clean = smooth(scene)
        shots = [clean + SIGMA * draw.standard_normal(clean.shape).astype(np.float32) for _ in range(4)]
        files = {"clean": clean, "noisy": shots[0]}
        for folder, pixels in files.items():
            write(tmp_path / folder / f"{scene}.tif", pixels)
        for number, shot in enumerate(shots):
            write(tmp_path / "shots" / f"scene{scene}" / f"{number}.tif", shot)
    return tmp_path


def write(path: Path, pixels: NDArray[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_picture(path, Picture(pixels=pixels))


def restorer(strength: float) -> Restorer:
    """Total variation, too weak at 0.1 and about right at 0.5."""
    return load_restorer("classical/total-variation", {"strength": strength}, device="cpu")


def scores(loaded: Restorer, metric: str, **parts: Any) -> dict[str, float]:
    known = {"sigma": SIGMA} if "degrader" not in parts else {}
    result = evaluate(loaded, Benchmark(name="n", metrics=(metric,), colour="grey", **known, **parts), quiet=True)
    return next(iter(result.scores.values())).per_image


def mean(loaded: Restorer, metric: str, **parts: Any) -> float:
    return float(np.mean(list(scores(loaded, metric, **parts).values())))


def test_other_shots_estimate_the_psnr_against_the_clean_pictures(data: Path) -> None:
    for strength in (0.1, 0.5):
        true = mean(restorer(strength), "psnr", clean=data / "clean", degraded=data / "noisy")
        estimated = mean(restorer(strength), "upsnr", shots=data / "shots")
        assert estimated == pytest.approx(true, abs=0.6)


def test_sure_estimates_the_psnr_against_the_clean_pictures(data: Path) -> None:
    for strength in (0.1, 0.5):
        true = mean(restorer(strength), "psnr", clean=data / "clean", degraded=data / "noisy")
        estimated = mean(restorer(strength), "sure", degraded=data / "noisy", noise=NoiseModel(read_noise=SIGMA))
        assert estimated == pytest.approx(true, abs=0.4)


@pytest.mark.parametrize("evidence", ["shots", "neighbours", "sure"])
def test_every_evidence_ranks_two_restorers_as_clean_pictures_do(data: Path, evidence: str) -> None:
    parts: dict[str, Any] = {
        "shots": {"shots": data / "shots"},
        "neighbours": {"degraded": data / "noisy"},
        "sure": {"degraded": data / "noisy", "noise": NoiseModel(read_noise=SIGMA)},
    }[evidence]
    metric = "sure" if evidence == "sure" else "upsnr"
    true = [mean(restorer(strength), "psnr", clean=data / "clean", degraded=data / "noisy") for strength in (0.1, 0.5)]
    found = [mean(restorer(strength), metric, **parts) for strength in (0.1, 0.5)]
    assert (true[0] < true[1]) == (found[0] < found[1])


def test_the_difference_of_two_restorers_by_one_other_shot_is_that_of_their_squared_errors(data: Path) -> None:
    """With 4 · 96² pixels the standard error of the difference is about 2 σ · rms(f − g)/√n ≈ 4e-5."""
    for path in (data / "shots").rglob("[23].tif"):
        path.unlink()
    one, other = restorer(0.1), restorer(0.5)
    by_shot = mean(one, "shot-error", shots=data / "shots") - mean(other, "shot-error", shots=data / "shots")
    clean, noisy = data / "clean", data / "noisy"
    true = [
        np.mean([10 ** (-v / 10) for v in scores(f, "psnr", clean=clean, degraded=noisy).values()])
        for f in (one, other)
    ]
    assert by_shot / 255**2 == pytest.approx(float(true[0] - true[1]), abs=2e-4)


def test_scores_of_other_evidence_have_another_digest_and_say_what_they_rest_on(data: Path) -> None:
    shots = Benchmark(name="n", metrics=("upsnr",), shots=data / "shots", colour="grey", sigma=SIGMA)
    single = Benchmark(name="n", metrics=("upsnr",), degraded=data / "noisy", colour="grey", sigma=SIGMA)
    results = [evaluate(restorer(0.5), one, quiet=True) for one in (shots, single)]
    assert results[0].digest != results[1].digest
    words = [str(next(iter(result.scores.values())).protocol["evidence"]) for result in results]
    assert "other shots" in words[0]
    assert "biased" in words[1]


def test_what_is_known_of_the_noise_beside_a_picture_wins_over_the_benchmark(data: Path) -> None:
    right = mean(restorer(0.5), "sure", degraded=data / "noisy", noise=NoiseModel(read_noise=SIGMA))
    for path in (data / "noisy").glob("*.tif"):
        path.with_suffix(".json").write_text('{"read_noise": 0.1}')
    assert mean(restorer(0.5), "sure", degraded=data / "noisy", noise=NoiseModel(read_noise=0.9)) == right


def test_unknown_noise_names_the_picture_and_the_mend(data: Path) -> None:
    with pytest.raises(EvaluationError, match=r"0.tif: its noise is not known; give noise .* 0.json"):
        mean(restorer(0.5), "sure", degraded=data / "noisy")


@pytest.mark.parametrize(
    ("parts", "metric", "fact"),
    [
        ({"degraded": "noisy"}, "psnr", "compares with clean pictures, which this benchmark lacks; use metrics/"),
        ({"clean": "clean", "degrader": "gaussian-noise"}, "upsnr", "is for degraded pictures or shots"),
    ],
)
def test_a_metric_that_does_not_fit_the_evidence_is_refused(
    data: Path, parts: dict[str, str], metric: str, fact: str
) -> None:
    places = {key: data / value if key != "degrader" else value for key, value in parts.items()}
    with pytest.raises(EvaluationError, match=fact):
        mean(restorer(0.5), metric, **places)


def test_a_restorer_that_enlarges_cannot_be_scored_without_clean_pictures(data: Path) -> None:
    loaded = load_restorer("classical/bicubic", {"scale": 2}, device="cpu")
    with pytest.raises(EvaluationError, match="enlarges by 2, which cannot be scored without clean pictures"):
        mean(loaded, "upsnr", degraded=data / "noisy")


def test_a_scene_with_a_single_shot_is_refused_with_its_folder(data: Path) -> None:
    for path in (data / "shots" / "scene2").glob("[123].tif"):
        path.unlink()
    with pytest.raises(Exception, match=r"scene2: has one shot only"):
        mean(restorer(0.5), "upsnr", shots=data / "shots")


def test_the_brightness_of_pairs_is_fitted_before_they_are_compared(data: Path) -> None:
    for scene in range(4):
        write(data / "brighter" / f"{scene}.tif", smooth(scene) * np.float32(1.4) - np.float32(0.1))
    plain = mean(restorer(0.5), "psnr", clean=data / "clean", degraded=data / "noisy")
    fitted = mean(restorer(0.5), "psnr", clean=data / "brighter", degraded=data / "noisy", match="affine")
    assert fitted == pytest.approx(plain, abs=0.05)
    assert mean(restorer(0.5), "psnr", clean=data / "brighter", degraded=data / "noisy") < plain - 5


def test_without_clean_pictures_none_is_written_beside_the_estimates(
    data: Path, tmp_path: Path, write_picture_file: Callable[..., Path]
) -> None:
    asked = Benchmark(name="n", metrics=("upsnr",), shots=data / "shots", colour="grey", sigma=SIGMA)
    evaluate(restorer(0.5), asked, quiet=True, pictures=tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["degraded", "estimate"]


def test_the_probe_does_not_change_torchs_global_generator(data: Path) -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    mean(restorer(0.5), "sure", degraded=data / "noisy", noise=NoiseModel(read_noise=SIGMA))
    assert torch.equal(torch.rand(1), expected)


def doubt(metric: str, **parts: Any) -> str:
    benchmark = Benchmark(name="n", metrics=(metric,), colour="grey", **parts)
    return next(iter(evaluate(restorer(0.5), benchmark, quiet=True).scores.values())).doubt


KNOWN = NoiseModel(read_noise=SIGMA)


def test_differences_by_neighbouring_pixels_prove_nothing_and_say_what_would(data: Path) -> None:
    assert "give shots of each scene, clean pictures, or the noise for metrics/sure" in doubt(
        "upsnr", degraded=data / "noisy", sigma=SIGMA
    )
    assert doubt("upsnr", shots=data / "shots", sigma=SIGMA) == ""
    assert doubt("psnr", clean=data / "clean", degraded=data / "noisy", sigma=SIGMA) == ""


@pytest.mark.parametrize("of", ["degraded", "shots"])
def test_sure_proves_differences_only_where_the_noise_of_neighbours_is_independent(data: Path, of: str) -> None:
    folder = data / {"degraded": "noisy", "shots": "shots"}[of]
    assert doubt("sure", **{of: folder}, noise=KNOWN, sigma=SIGMA) == ""
    for path in sorted(folder.rglob("*.tif")):
        picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        write(path, cv2.blur(picture, (2, 2))[:, :, None])
    assert "that of neighbouring pixels or of channels is correlated by 0." in doubt(
        "sure", **{of: folder}, noise=KNOWN, sigma=SIGMA
    )


def coloured(folder: Path, channels: int) -> Path:
    """The noisy pictures in three channels, which have the same noise (1) or each its own (3)."""
    draw = np.random.default_rng(1)
    for scene in range(4):
        noise = SIGMA * draw.standard_normal((SIDE, SIDE, channels)).astype(np.float32)
        write(folder / "noisy" / f"{scene}.tif", np.repeat(smooth(scene), 3, axis=2) + noise)
        write(folder / "clean" / f"{scene}.tif", np.repeat(smooth(scene), 3, axis=2))
    return folder


@pytest.mark.parametrize("channels", [1, 3])
def test_sure_of_a_restorer_that_mixes_channels_is_right_for_grey_pictures_read_as_rgb_and_for_colour(
    tmp_path: Path, channels: int
) -> None:
    """The bilateral filter weighs a pixel by all its channels."""
    folder, found = coloured(tmp_path, channels), []
    for parts in ({"clean": folder / "clean"}, {"noise": KNOWN}):
        metric = "psnr" if "clean" in parts else "sure"
        asked = Benchmark(name="n", metrics=(metric,), degraded=folder / "noisy", sigma=SIGMA, **parts)
        loaded = load_restorer("classical/bilateral", device="cpu")
        found.append(next(iter(evaluate(loaded, asked, quiet=True).scores.values())).mean)
    assert found[1] == pytest.approx(found[0], abs=0.5)


def test_sure_proves_nothing_where_the_channels_of_a_colour_picture_have_nearly_the_same_noise(tmp_path: Path) -> None:
    folder = coloured(tmp_path, 1)
    for path in (folder / "noisy").iterdir():
        tinted = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[:, :, ::-1] * np.float32([1.0, 0.9, 0.8])
        write(path, np.ascontiguousarray(tinted))
    asked = Benchmark(name="n", metrics=("sure",), degraded=folder / "noisy", noise=KNOWN, sigma=SIGMA)
    (scores,) = evaluate(restorer(0.5), asked, quiet=True).scores.values()
    assert "of channels is correlated by" in scores.doubt
