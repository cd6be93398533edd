"""The published DnCNN-S-25 weights, put into a bundle, give their owners' figure through the command line."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest
import torch
from burnish.cli import main as cli
from burnish.inference import load_bundle
from torch.nn import functional

PUBLISHED = 29.21
"""Mean PSNR in dB over BSD68 at σ = 25, of estimates that are clipped but not rounded, as their owners measured it."""

SEED = 1
"""Noise alone moves this mean: over seeds 0…3 it is 29.2021, 29.2068, 29.2082, 29.2047 (mean 29.2055; the standard
deviation of one seed, from that of single pictures, is 0.0033). Rounded to 8 bit it is 0.0056 lower."""


@pytest.fixture(scope="module")
def converter() -> ModuleType:
    path = Path(__file__).with_name("convert_dncnn.py")
    spec = importlib.util.spec_from_file_location("convert_dncnn", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def weights(shared_data: Path) -> Path:
    return shared_data / "weights" / "SaoYan_DnCNN-S-25.pth"


@pytest.fixture(scope="module")
def bundle(weights: Path, converter: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("dncnn") / "bundle"
    converter.convert(weights, folder)
    return folder


def test_the_bundle_computes_what_the_published_layers_compute(weights: Path, bundle: Path) -> None:
    stored = list(torch.load(weights, map_location="cpu", weights_only=True).values())
    degraded = torch.rand(1, 1, 48, 40, generator=torch.Generator().manual_seed(0))
    x = functional.relu(functional.conv2d(degraded, stored[0], padding=1))
    for first in range(1, 76, 5):
        kernel, scale, shift, mean, variance = stored[first : first + 5]
        x = functional.conv2d(x, kernel, padding=1)
        x = functional.relu(functional.batch_norm(x, mean, variance, scale, shift, eps=1e-5))
    expected = degraded - functional.conv2d(x, stored[76], padding=1)
    restorer = load_bundle(bundle, device="cpu").restorer
    assert torch.allclose(restorer(degraded), expected, rtol=0, atol=2e-6)


def test_weights_of_another_network_are_refused(shared_data: Path, converter: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"meets weight of"):
        converter.convert(shared_data / "weights" / "vdsr_state_dict.pth", tmp_path / "bundle")


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.system
def test_bsd68_at_sigma_25_comes_out_as_published(
    bundle: Path, shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        *("--bundle", str(bundle), "--clean", str(shared_data / "test/BSD68"), "--colour", "grey"),
        *(
            "--degrader",
            "gaussian-noise",
            "--degrader-set",
            f"sigma={25 / 255}",
            "--precision",
            "fp32",
            "--seed",
            f"{SEED}",
        ),
        *("--metrics", "psnr", "--metric-set", "rounding=clip", "--json", "--quiet"),
    ]
    assert cli.main(["evaluate", *words]) == 0, capsys.readouterr().err
    (scores,) = json.loads(capsys.readouterr().out)["metrics"].values()
    assert len(scores["per_image"]) == 68
    assert scores["mean"] == pytest.approx(PUBLISHED, abs=0.005)
