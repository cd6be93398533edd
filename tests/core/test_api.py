"""The front door: ``import burnish`` is light, and each of its lines works on every kind of picture."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import burnish
import numpy as np
import pytest
import torch
from burnish.errors import BundleError, RestorationError, UnknownIdError, UsageError
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio

pytest.importorskip("burnish_cnn")
pytest.importorskip("burnish_degradations")

SIGMA = 25 / 255


@pytest.fixture(scope="module")
def scene() -> np.ndarray[Any, Any]:
    """A photograph of 96 × 80."""
    from skimage.data import astronaut

    return np.ascontiguousarray(astronaut()[40:136, 180:260])


@pytest.fixture(scope="module")
def denoiser() -> burnish.Restorer:
    return burnish.load("cnn/ffdnet:colour", device="cpu")


KINDS: dict[str, Callable[[np.ndarray[Any, Any]], Any]] = {
    "uint8": lambda levels: levels,
    "uint16": lambda levels: levels.astype(np.uint16) * 257,
    "float32": lambda levels: levels.astype(np.float32) / 255,
    "float64": lambda levels: levels / 255,
    "alpha": lambda levels: np.dstack([levels, np.full(levels.shape[:2], 128, np.uint8)]),
    "Pillow": Image.fromarray,
    "Picture": lambda levels: burnish.Picture(pixels=levels),
    "torch": lambda levels: torch.from_numpy(levels.transpose(2, 0, 1)[None].astype(np.float32) / 255),
    "float64 of torch": lambda levels: torch.from_numpy(levels.transpose(2, 0, 1)[None] / 255),
}


def eight_bit(value: Any) -> np.ndarray[Any, Any]:
    """H,W,3 in 0..255."""
    if isinstance(value, torch.Tensor):
        value = value[0].numpy().transpose(1, 2, 0)
    array = np.asarray(value)[:, :, :3]
    scale = {"uint8": 1.0, "uint16": 1 / 257}.get(array.dtype.name, 255.0)
    return np.asarray(array * scale)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_of_each_kind_is_degraded_restored_and_comes_back_as_that_kind(
    scene: np.ndarray[Any, Any], denoiser: burnish.Restorer, kind: str
) -> None:
    given = KINDS[kind](scene)
    noisy = burnish.degrade(given, "degradations/gaussian-noise", sigma=SIGMA, seed=0)
    clear = denoiser(noisy, sigma=SIGMA)
    for made in (noisy, clear):
        assert type(made) is type(given)
        for fact in ("dtype", "shape", "mode", "size"):
            expected = getattr(given, fact, None)
            assert callable(expected) or getattr(made, fact, None) == expected
    before = peak_signal_noise_ratio(scene, eight_bit(noisy), data_range=255)
    after = peak_signal_noise_ratio(scene, eight_bit(clear), data_range=255)
    assert before == pytest.approx(20.4, abs=0.6)
    assert after > before + 7
    if kind == "alpha":
        assert (np.asarray(clear)[:, :, 3] == 128).all()


def test_the_seed_alone_decides_what_is_drawn(scene: np.ndarray[Any, Any]) -> None:
    one, same, other = (burnish.degrade(scene, "gaussian-noise", sigma=0.1, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_what_is_known_of_a_degradation_is_what_a_restorer_takes(scene: np.ndarray[Any, Any]) -> None:
    pytest.importorskip("burnish_deconvolution")
    settings = {"degrader": "degradations/motion-blur", "seed": 3, "noise": 0.01}
    blurred, known = burnish.degrade(scene, return_conditions=True, **settings)
    assert (known["kernel"].ndim, known["sigma"]) == (2, pytest.approx(0.01))
    clear = burnish.load("deconvolution/hyper-laplacian")(blurred, **known)
    inner = np.s_[8:-8, 8:-8]
    before = peak_signal_noise_ratio(scene[inner], blurred[inner])
    assert peak_signal_noise_ratio(scene[inner], clear[inner]) > before + 1


def test_a_restorer_that_enlarges_takes_the_scale_that_is_known(scene: np.ndarray[Any, Any]) -> None:
    small, known = burnish.degrade(scene, "degradations/bicubic", scale=2, return_conditions=True)
    assert small.shape == (48, 40, 3)
    assert burnish.load("classical/bicubic", scale=2)(small, **known).shape == scene.shape


def test_frames_make_a_burst_s_picture_or_a_clip(scene: np.ndarray[Any, Any]) -> None:
    pytest.importorskip("burnish_optical_flow")
    frames = burnish.degrade(scene, "degradations/burst", seed=1)
    assert len(frames) > 1
    assert burnish.load("optical-flow/burst-fusion")(frames).shape == frames[0].shape
    clear = burnish.load("cnn/ffdnet:colour")([scene, scene], sigma=0.0)
    assert [one.shape for one in clear] == [scene.shape, scene.shape]


def test_what_clips_is_said(scene: np.ndarray[Any, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "burnish"):
        burnish.write(tmp_path / "clipped.png", scene / 160.0, like=burnish.Picture(pixels=scene))
    assert "clip" in caplog.text


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float32", "Pillow", "Picture"])
def test_a_written_picture_holds_what_its_model_holds_besides_pixels(
    scene: np.ndarray[Any, Any], tmp_path: Path, kind: str
) -> None:
    alpha = np.arange(scene.shape[0] * scene.shape[1], dtype=np.uint8).reshape(scene.shape[:2])
    like = burnish.Picture(pixels=scene, alpha=alpha)
    burnish.write(tmp_path / "like.png", like)
    value = KINDS[kind](scene)
    burnish.write(tmp_path / "out.png", value, like=burnish.read(tmp_path / "like.png"))
    again = burnish.read(tmp_path / "out.png")
    assert again.pixels.dtype == (np.uint16 if kind == "uint16" else np.uint8)
    assert np.array_equal(eight_bit(again.pixels), scene)
    assert again.alpha is not None
    assert np.array_equal(eight_bit(np.dstack([again.alpha] * 3))[:, :, 0], alpha)


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("depth", ["uint8", "uint16"])
def test_alpha_of_what_is_written_wins_and_floats_take_the_depth_of_the_model(
    scene: np.ndarray[Any, Any], tmp_path: Path, kind: str, depth: str
) -> None:
    like = burnish.Picture(pixels=KINDS[depth](scene))
    value = KINDS[kind](np.dstack([scene, scene[:, :, 0]]))
    burnish.write(tmp_path / "out.png", value, like=like)
    again = burnish.read(tmp_path / "out.png")
    assert again.pixels.dtype.name == (depth if kind == "float32" else kind)
    assert again.alpha is not None
    assert np.array_equal(
        eight_bit(np.dstack([again.alpha, again.pixels])), np.dstack([scene[:, :, 0], scene])[:, :, :3]
    )


def test_a_restorer_says_what_it_is(denoiser: burnish.Restorer) -> None:
    assert repr(denoiser).startswith("<Restorer cnn/ffdnet:colour: for denoise; takes pictures")
    assert "needs sigma" in repr(denoiser)
    assert '<td style="text-align:left">cnn/ffdnet:colour</td>' in denoiser._repr_html_()


def test_scores_come_from_a_benchmark_a_degrader_or_pairs(
    scene: np.ndarray[Any, Any], denoiser: burnish.Restorer, tmp_path: Path
) -> None:
    for name in ("clean", "noisy"):
        (tmp_path / name).mkdir()
    burnish.write(tmp_path / "clean" / "a.png", scene)
    burnish.write(tmp_path / "noisy" / "a.png", burnish.degrade(scene, "gaussian-noise", sigma=SIGMA))
    declared = burnish.evaluate(denoiser, clean=tmp_path / "clean", benchmark="metrics/gaussian-25-colour", quiet=True)
    drawn = burnish.evaluate(
        "cnn/ffdnet:colour", clean=tmp_path / "clean", degrader="gaussian-noise",
        degrader_settings={"sigma": SIGMA}, metrics=("psnr",), quiet=True,
    )  # fmt: skip
    pairs = burnish.evaluate("identity", clean=tmp_path / "clean", degraded=tmp_path / "noisy", quiet=True)
    means = [next(iter(next(iter(card.results.values())).scores.values())).mean for card in (declared, drawn, pairs)]
    assert means[0] == pytest.approx(means[1])
    assert means[2] == pytest.approx(20.4, abs=0.6)
    assert "metrics/psnr" in repr(declared)
    assert "<table>" in declared._repr_html_()


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda scene: burnish.load("deconvolution/wiener").restore(scene), RestorationError, "give kernel"),
        (lambda scene: burnish.load("cnn/ffdnet:colour")(scene, sgma=0.1), UsageError, "'sgma' is not a condition"),
        (lambda scene: burnish.load("cnn/ffdnet"), UsageError, "must be trained first"),
        (lambda scene: burnish.load("cnn/ffdent:colour"), UnknownIdError, "ffdnet"),
        (lambda scene: burnish.load("."), BundleError, "bundle.json"),
        (lambda scene: burnish.load("identity")(torch.zeros(3, 8, 8)), UsageError, "N,C,H,W"),
        (lambda scene: burnish.load("identity")([]), UsageError, "at least one picture"),
        (lambda scene: burnish.load("identity")([scene, scene[1:]]), UsageError, "differ in size"),
        (lambda scene: burnish.degrade([scene], "gaussian-noise"), UsageError, "one picture"),
        (lambda scene: burnish.evaluate("identity", clean="."), UsageError, "give one of benchmark"),
        (
            lambda scene: burnish.evaluate("identity", clean=".", benchmark="metrics/gaussian-25-colour", seed=1),
            UsageError,
            "benchmark already fixes seed",
        ),
    ],
)
def test_what_is_wrong_is_one_line_with_its_mend(
    scene: np.ndarray[Any, Any], call: Callable[..., Any], kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind) as caught:
        call(scene)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_importing_burnish_reaches_no_framework_and_names_what_it_offers() -> None:
    code = (
        "import sys, burnish; assert set(burnish.__all__) == set(dir(burnish)); "
        "assert not {'torch', 'numpy', 'cv2', 'PIL', 'pydantic'} & sys.modules.keys(); burnish.read; "
        "assert 'numpy' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_name_that_burnish_does_not_have_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        _ = burnish.nothing
