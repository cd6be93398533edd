"""Photographs: blurred as light, stored as sRGB, with clipped lights and missing pixels; through the host's default."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from burnish.inference import into_light, load_restorer, restore, restore_picture
from burnish.io import Metadata, Picture, read_picture, to_tensor, write_picture
from burnish.ops.transfer import transfer_named
from torch import Tensor

SRGB = transfer_named("srgb")
SIGMA = 1 / 255
SIDE = 96
SOLVERS = ["wiener", "richardson-lucy", "hyper-laplacian", "admm-tv", "plug-and-play", "deep-wiener:camera-shake"]


def motion() -> Tensor:
    """17,17: a straight path, a little inclined."""
    kernel = torch.zeros(17, 17)
    for step in range(401):
        t = (step - 200) / 25
        kernel[round(8 + 0.35 * t), round(8 + 0.93 * t)] += 1
    return kernel / kernel.sum()


def face() -> Tensor:
    """Light 1,3,H,W of a portrait: an oval in front of a dark wall, eyes, mouth and hair, skin tones."""
    rows, columns = torch.meshgrid(*[torch.arange(SIDE + 16) / (SIDE + 15.0)] * 2, indexing="ij")

    def oval(y: float, x: float, tall: float, wide: float) -> Tensor:
        return ((rows - y) / tall) ** 2 + ((columns - x) / wide) ** 2 < 1

    stored = torch.tensor([0.16, 0.18, 0.22])[:, None, None] + 0.06 * torch.sin(40 * columns) * (rows > 0.2)
    for where, colour in (
        (oval(0.45, 0.5, 0.4, 0.33), (0.25, 0.17, 0.12)),
        (oval(0.5, 0.5, 0.33, 0.25), (0.9, 0.72, 0.62)),
        (oval(0.42, 0.4, 0.03, 0.05), (0.08, 0.1, 0.16)),
        (oval(0.42, 0.6, 0.03, 0.05), (0.08, 0.1, 0.16)),
        (oval(0.66, 0.5, 0.025, 0.1), (0.62, 0.2, 0.22)),
        (rows > 0.88, (0.75, 0.78, 0.85)),
    ):
        stored = torch.where(where, torch.tensor(colour)[:, None, None], stored)
    return SRGB.to_light(stored)[None]


def eight_bit(stored: Tensor) -> Tensor:
    return (stored.clamp(0, 1) * 255 + 0.5).floor() / 255


def photograph(light: Tensor) -> tuple[Tensor, Tensor]:
    """The stored values of the blurred scene, and those of the sharp one."""
    blurred = torch.nn.functional.conv2d(light.transpose(0, 1), motion().flip(0, 1)[None, None]).transpose(0, 1)
    noise = SIGMA * torch.randn(blurred.shape, generator=torch.Generator().manual_seed(0))
    return eight_bit(SRGB.from_light(blurred) + noise), eight_bit(SRGB.from_light(light[..., 8:-8, 8:-8]))


def lamps() -> Tensor:
    """A dim street with lamps up to twelve times as bright as white."""
    light = 0.3 * face()
    for row, column, strength in ((20, 30, 12.0), (25, 80, 8.0), (60, 20, 5.0), (70, 90, 10.0)):
        light[..., row : row + 4, column : column + 4] = strength * torch.tensor([1.0, 0.9, 0.6])[:, None, None]
    return light


def stored(values: Tensor, metadata: Metadata | None = None) -> Picture:
    pixels = (values[0].permute(1, 2, 0) * 255).round().byte().numpy()
    return Picture(pixels=pixels, metadata=metadata or Metadata())


def known(name: str) -> dict[str, Any]:
    return {"kernel": motion(), "sigma": SIGMA}


def psnr(a: Tensor, b: Tensor) -> float:
    return float(-10 * (a - b).square().mean().log10())


@pytest.mark.parametrize("name", SOLVERS)
def test_a_photograph_blurred_as_light_is_restored_as_light(name: str) -> None:
    degraded, clean = photograph(face())
    loaded = load_restorer(f"deconvolution/{name}", device="cpu")
    before, picture = psnr(degraded, clean), stored(degraded)
    as_light = psnr(to_tensor(restore_picture(loaded, picture, known(name))), clean)
    as_stored = psnr(to_tensor(restore_picture(loaded, picture, known(name), transfer="linear")), clean)
    assert as_light > before + 2.0, (before, as_light, as_stored)
    assert as_light > as_stored + 2.0, (before, as_light, as_stored)


@pytest.mark.parametrize("name", SOLVERS)
def test_clipped_lamps_do_not_ring(name: str) -> None:
    degraded, clean = photograph(lamps())
    loaded = load_restorer(f"deconvolution/{name}", device="cpu")
    found = to_tensor(restore_picture(loaded, stored(degraded), known(name)))
    assert psnr(found, clean) > psnr(degraded, clean) + 2.0, (psnr(degraded, clean), psnr(found, clean))


@pytest.mark.parametrize("name", SOLVERS)
def test_pixels_that_nobody_recorded_cost_little(name: str) -> None:
    degraded, clean = photograph(face())
    loaded = load_restorer(f"deconvolution/{name}", device="cpu")
    whole = restore(loaded, degraded, known(name), transfer="srgb")
    holes = torch.rand(1, 1, *degraded.shape[-2:], generator=torch.Generator().manual_seed(2)) < 0.02
    gaps = restore(loaded, torch.where(holes, torch.nan, degraded), known(name), transfer="srgb")
    wrong = restore(loaded, torch.where(holes, 0.0, degraded), known(name), transfer="srgb")
    told = restore(
        loaded, torch.where(holes, 0.9, degraded), {**known(name), "mask": (~holes).float()}, transfer="srgb"
    )
    assert psnr(gaps, clean) > psnr(whole, clean) - 1.5
    assert psnr(told, clean) > psnr(whole, clean) - 1.5
    assert psnr(gaps, clean) > psnr(wrong, clean) + 3.0


def test_the_noise_of_the_light_does_not_depend_on_what_the_mask_leaves_out() -> None:
    degraded, _ = photograph(face())
    known = torch.rand(1, 1, *degraded.shape[-2:], generator=torch.Generator().manual_seed(2)) > 0.02
    sigmas = []
    for hidden in (torch.nan, 0.0):
        values = torch.where(known, degraded, hidden)
        told = into_light(values, {"sigma": SIGMA, "mask": known}, SRGB, accepts=frozenset())[1]
        sigmas.append(float(told["sigma"]))
    assert sigmas[0] == sigmas[1]


@pytest.mark.parametrize("name", ["wiener", "hyper-laplacian"])
@pytest.mark.parametrize("boundary", ["circular", "unknown"])
def test_white_paper_that_is_saturated_stays_white(name: str, boundary: str) -> None:
    page = torch.ones(1, 1, SIDE + 16, SIDE + 16)
    for row in range(20, 100, 12):
        page[..., row : row + 5, 20:90:9] = 0.03
    degraded, clean = photograph(page)
    loaded = load_restorer(f"deconvolution/{name}", {"boundary": boundary}, device="cpu")
    found = to_tensor(restore_picture(loaded, stored(degraded), known(name)))
    light, told = into_light(degraded, known(name), SRGB, accepts=frozenset())
    believed = SRGB.from_light(restore(loaded, light, told)).clamp(0, 1)
    assert psnr(found, clean) > psnr(believed, clean) - 0.3, (psnr(found, clean), psnr(believed, clean))
    assert float(found[clean > 0.99].mean()) > 0.97


@pytest.mark.parametrize("name", ["wiener", "richardson-lucy", "hyper-laplacian", "admm-tv"])
def test_the_solver_s_own_setting_does_what_the_host_does(name: str) -> None:
    degraded, _ = photograph(face())
    own = load_restorer(f"deconvolution/{name}", {"transfer": "srgb"}, device="cpu")
    by_host = restore(load_restorer(f"deconvolution/{name}", device="cpu"), degraded, known(name), transfer="srgb")
    assert torch.allclose(restore(own, degraded, known(name)), by_host, atol=1e-5)
    assert torch.equal(restore(own, degraded, known(name), transfer="srgb"), restore(own, degraded, known(name)))


@pytest.mark.parametrize("name", ["wiener", "richardson-lucy", "hyper-laplacian", "admm-tv"])
def test_where_nothing_is_saturated_the_saturation_changes_nothing(name: str) -> None:
    degraded, _ = photograph(face())
    degraded = degraded * 0.9
    loaded = load_restorer(f"deconvolution/{name}", device="cpu")
    plain = restore(loaded, degraded, known(name))
    assert torch.equal(restore(loaded, degraded, {**known(name), "saturated": torch.zeros_like(degraded)}), plain)
    assert torch.equal(restore(loaded, degraded, known(name), transfer="linear"), plain)


def test_the_command_says_which_light_it_worked_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from burnish.cli.commands.restore import main

    degraded, clean = photograph(face())
    write_picture(tmp_path / "in.png", stored(degraded))
    np.save(tmp_path / "kernel.npy", motion().numpy())
    asked = [str(tmp_path / "in.png"), str(tmp_path / "out.png"), "--restorer", "deconvolution/wiener"]
    asked += ["--kernel", str(tmp_path / "kernel.npy"), "--sigma", "1/255"]
    assert main([*asked, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["pictures"][0]["transfer"] == "srgb"
    assert psnr(to_tensor(read_picture(tmp_path / "out.png")), clean) > psnr(degraded, clean) + 2.0
    assert main([*asked, "--transfer", "linear"]) == 0
    assert "(in linear light: linear)" in capsys.readouterr().out


def test_an_evaluation_of_given_pictures_takes_them_for_what_they_are(tmp_path: Path) -> None:
    from burnish.evaluation import Benchmark
    from burnish.evaluation.evaluate import evaluate

    degraded, clean = photograph(face())
    for name, values in (("clean", clean), ("degraded", degraded)):
        (tmp_path / name).mkdir()
        write_picture(tmp_path / name / "a.png", stored(values))
    np.save(tmp_path / "kernel.npy", motion().numpy())
    loaded = load_restorer("deconvolution/wiener", device="cpu")
    figures = {}
    for transfer in ("auto", "linear"):
        benchmark = Benchmark(
            name="given", clean=tmp_path / "clean", degraded=tmp_path / "degraded", kernels=tmp_path / "kernel.npy",
            sigma=SIGMA, metrics=("metrics/psnr",), transfer=transfer,
        )  # fmt: skip
        figures[transfer] = evaluate(loaded, benchmark, quiet=True).scores["metrics/psnr"].mean
    assert figures["auto"] > figures["linear"] + 2.0


def test_an_observation_says_which_light_was_blurred_and_is_undone_in_it() -> None:
    from burnish.evaluation.prediction import answer
    from burnish.plugins import installed

    pytest.importorskip("burnish_degradations")
    clean = SRGB.from_light(face())
    loaded = load_restorer("deconvolution/hyper-laplacian", device="cpu")
    gains = {}
    for transfer in ("srgb", "linear"):
        config = {"width": 1.6, "noise": 0.004, "transfer": transfer}
        degrader = installed().create("degraders", "degradations/gaussian-blur", config)
        seen = degrader(clean, torch.Generator().manual_seed(0))
        assert seen.transfer == (None if transfer == "linear" else "srgb")
        gains[transfer] = psnr(answer(loaded, seen).estimate, clean) - psnr(seen.degraded, clean)
    assert gains["linear"] > 2.0
    assert gains["srgb"] > 2.0
