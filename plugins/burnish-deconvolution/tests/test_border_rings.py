"""Every solver's outer rings, where light from beyond the picture was recorded, at low noise."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from burnish.inference import load_restorer, restore
from scipy import ndimage
from torch import Tensor

CLEAN_SIDE, CROP = 108, 6
RINGS = {"0 to 2": (0, 2), "2 to 4": (2, 4), "4 to 8": (4, 8)}
SOLVERS: list[tuple[str, dict[str, Any]]] = [
    ("wiener", {}),
    ("richardson-lucy", {}),
    ("hyper-laplacian", {}),
    ("admm-tv", {}),
    ("plug-and-play", {}),
    ("deep-wiener:camera-shake", {}),
]


def photograph() -> tuple[Tensor, Tensor, Tensor]:
    """A scene, what a Gaussian of 1.6 pixels leaves of it where nothing is missing, and the kernel."""
    generator = torch.Generator().manual_seed(4)
    spots = torch.randn(3, CLEAN_SIDE, CLEAN_SIDE, generator=generator).numpy()
    smooth = torch.stack([torch.from_numpy(ndimage.gaussian_filter(plane, 5.0)) for plane in spots])
    cells = (smooth > 0).float() * 0.35 + 0.25 + 0.6 * smooth.clamp(-0.2, 0.2)
    line = torch.exp(-0.5 * (torch.arange(-CROP, CROP + 1) / 1.6) ** 2)
    kernel = torch.outer(line, line) / line.sum() ** 2
    blurred = torch.nn.functional.conv2d(cells[:, None].float(), kernel[None, None])[:, 0]
    return cells[None, :, CROP:-CROP, CROP:-CROP].float(), blurred[None], kernel


def psnr(error: Tensor) -> float:
    return float(-10 * error.square().mean().log10())


def rings(error: Tensor) -> dict[str, float]:
    """PSNR in dB of every ring, given by its distance in pixels from the border, and of the inside."""
    height, width = error.shape[-2:]
    down, across = torch.arange(height), torch.arange(width)
    distance = torch.minimum(
        torch.minimum(down, height - 1 - down)[:, None], torch.minimum(across, width - 1 - across)[None]
    )
    found = {name: psnr(error[..., (distance >= first) & (distance < last)]) for name, (first, last) in RINGS.items()}
    return {**found, "inside": psnr(error[..., distance >= 8])}


@pytest.mark.parametrize("sigma", [0.001, 0.002, 0.01])
@pytest.mark.parametrize(("name", "config"), SOLVERS)
def test_no_ring_at_the_border_is_worse_than_the_blurred_picture(
    name: str, config: dict[str, Any], sigma: float
) -> None:
    if not config and name == "plug-and-play":
        pytest.importorskip("burnish_cnn")
    clean, blurred, kernel = photograph()
    degraded = blurred + sigma * torch.randn(blurred.shape, generator=torch.Generator().manual_seed(1))
    loaded = load_restorer(f"deconvolution/{name}", config, device="cpu")
    before = rings(degraded - clean)
    after = rings(restore(loaded, degraded, {"kernel": kernel, "sigma": sigma}) - clean)
    assert {ring: after[ring] > before[ring] for ring in before} == dict.fromkeys(before, True), (before, after)
    assert after["2 to 4"] > after["inside"] - 3.0, after
    assert after["0 to 2"] > after["inside"] - 4.0, after


@pytest.mark.parametrize("sigma", [0.001, 0.002])
def test_nor_is_one_under_non_local_means(sigma: float) -> None:
    clean, blurred, kernel = photograph()
    degraded = blurred + sigma * torch.randn(blurred.shape, generator=torch.Generator().manual_seed(1))
    loaded = load_restorer("deconvolution/plug-and-play", {"denoiser": "classical/nlm"}, device="cpu")
    before = rings(degraded - clean)
    after = rings(restore(loaded, degraded, {"kernel": kernel, "sigma": sigma}) - clean)
    assert all(after[ring] > before[ring] for ring in before), (before, after)


@pytest.mark.parametrize(
    ("name", "side", "sigma"),
    [
        *(("deconv-net:defocus", 7, sigma) for sigma in (0.001, 0.002, 0.01)),
        ("blind", 7, 0.001),
        *(pytest.param("blind", 7, sigma, marks=pytest.mark.long) for sigma in (0.002, 0.01)),
    ],
)
def test_nor_by_those_that_are_told_nothing_on_a_lens_out_of_focus(name: str, side: int, sigma: float) -> None:
    clean, _, _ = photograph()
    across = torch.arange(side) - side // 2
    kernel = ((across[:, None] ** 2 + across**2) <= 2.5**2).float()
    kernel = kernel / kernel.sum()
    radius = side // 2
    blurred = torch.nn.functional.conv2d(clean.transpose(0, 1), kernel[None, None]).transpose(0, 1)
    clean = clean[..., radius:-radius, radius:-radius]
    degraded = blurred + sigma * torch.randn(blurred.shape, generator=torch.Generator().manual_seed(1))
    before = rings(degraded - clean)
    after = rings(restore(load_restorer(f"deconvolution/{name}", device="cpu"), degraded) - clean)
    assert all(after[ring] > before[ring] for ring in before), (before, after)
