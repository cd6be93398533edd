"""Richardson–Lucy against scikit-image, its invariants, and its own plain iteration."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from burnish_deconvolution.model.blur import Blur
from burnish_deconvolution.model.canvas import canvas_for
from burnish_deconvolution.model.recorded import Recorded
from burnish_deconvolution.solvers.richardson_lucy import RichardsonLucy
from burnish_deconvolution.solvers.scene_by_lucy import curvature
from burnish_deconvolution.solvers.scene_by_lucy import scene as lucy_scene
from torch import Tensor

Scene = Callable[..., Tensor]
Blurred = Callable[..., tuple[Tensor, Tensor]]

PLAIN = {"acceleration": False, "tv": 0.0}


def test_away_from_the_border_the_plain_iteration_is_scikit_image_s(scene: Scene, shake: Tensor) -> None:
    restoration = pytest.importorskip("skimage.restoration")
    degraded, shake = scene(90, 90), (shake + 0.01) / (shake + 0.01).sum()  # it divides by 0 beyond a kernel with holes
    # scikit-image starts from a constant c: its first step gives Kᵀ y, which is what both go on from here.
    started = restoration.richardson_lucy(degraded[0, 0].numpy(), shake.numpy(), num_iter=1, clip=False)
    expected = restoration.richardson_lucy(degraded[0, 0].numpy(), shake.numpy(), num_iter=2, clip=False)
    canvas = canvas_for(90, 90, side=13, boundary="circular")
    blur = Blur(shake[None], canvas)
    x = torch.from_numpy(started)[None, None]
    recorded = Recorded(degraded, blur.canvas)
    recorded.start = x
    found = lucy_scene(recorded, blur, iterations=1, acceleration=False, tv=0.0)
    assert np.allclose(found[0, 0, 30:-30, 30:-30], expected[30:-30, 30:-30], atol=1e-5)


def test_a_periodic_iteration_keeps_the_light(scene: Scene, shake: Tensor, blurred: Blurred) -> None:
    degraded, _ = blurred(scene(40, 44), shake, sigma=0.0, boundary="circular")
    found = RichardsonLucy(iterations=6, boundary="circular", **PLAIN)(degraded, kernel=shake[None])  # type: ignore[arg-type]
    assert found.sum() == pytest.approx(float(degraded.sum()), rel=1e-4)
    assert found.min() >= 0


def test_the_periodic_update_is_its_formula(scene: Scene, shake: Tensor, blurred: Blurred) -> None:
    from scipy import ndimage

    degraded, _ = blurred(scene(30, 28).double(), shake.double(), sigma=0.0, boundary="circular")
    x, k = degraded[0, 0].numpy(), shake.double().numpy()
    for _ in range(4):
        ratio = degraded[0, 0].numpy() / ndimage.convolve(x, k, mode="wrap")
        x = x * ndimage.correlate(ratio, k, mode="wrap")
    restorer = RichardsonLucy(iterations=4, boundary="circular", **PLAIN)  # type: ignore[arg-type]
    found = restorer(degraded, kernel=shake[None].double())
    assert np.allclose(found[0, 0], x, atol=1e-9)


def test_acceleration_is_worth_several_iterations(scene: Scene, shake: Tensor, blurred: Blurred) -> None:
    degraded, clean = blurred(scene(80, 80), shake, sigma=0.0, boundary="unknown")
    plain, fast, long = (
        (RichardsonLucy(iterations=n, acceleration=a, tv=0.0)(degraded, kernel=shake[None]) - clean).square().mean()
        for n, a in ((15, False), (15, True), (40, False))
    )
    assert fast < long < plain


def test_nothing_rings_at_a_border_that_is_known_to_be_unknown(scene: Scene, shake: Tensor, blurred: Blurred) -> None:
    degraded, clean = blurred(scene(90, 90), shake, sigma=0.0, boundary="unknown")
    unknown, circular = (
        (RichardsonLucy(boundary=boundary)(degraded, kernel=shake[None]) - clean).square().mean()  # type: ignore[arg-type]
        for boundary in ("unknown", "circular")
    )
    assert unknown < 0.3 * circular


def test_total_variation_calms_noise(scene: Scene, shake: Tensor, blurred: Blurred) -> None:
    degraded, clean = blurred(scene(70, 70), shake, sigma=0.02, boundary="unknown")
    rough, calm = (
        (RichardsonLucy(iterations=40, tv=tv)(degraded, kernel=shake[None]) - clean).square().mean()
        for tv in (0.0, 0.01)
    )
    assert calm < rough


def test_the_curvature_of_a_ramp_is_nothing_and_that_of_a_peak_negative() -> None:
    ramp = torch.arange(20.0).expand(1, 1, 20, 20)
    assert torch.allclose(curvature(ramp)[..., 2:-2], torch.zeros(1, 1, 20, 16), atol=1e-5)
    peak = torch.zeros(1, 1, 9, 9).index_put(
        [torch.tensor(0), torch.tensor(0), torch.tensor(4), torch.tensor(4)], torch.ones(1)[0]
    )
    assert curvature(peak)[0, 0, 4, 4] < -1


def test_negative_noise_counts_as_darkness(shake: Tensor) -> None:
    degraded = 0.05 * torch.randn(1, 1, 30, 30, generator=torch.Generator().manual_seed(0))
    found = RichardsonLucy()(degraded, kernel=shake[None])
    assert torch.isfinite(found).all()
    assert found.min() >= 0


@pytest.mark.slow
@pytest.mark.parametrize("iterations", [20, 50])
def test_on_a_real_capture_it_beats_scikit_image_by_a_decibel(iterations: int, shared_data: object) -> None:
    restoration = pytest.importorskip("skimage.restoration")
    from pathlib import Path

    from burnish.io import read_picture, to_tensor

    folder = Path(str(shared_data))
    clean = to_tensor(read_picture(folder / "deblur/levin/gt/im1.png")).mean(1, keepdim=True)
    degraded = to_tensor(read_picture(folder / "deblur/levin/im1_kernel7.png")).mean(1, keepdim=True)
    kernel = torch.from_numpy(np.load(folder / "kernels/levin09/kernel7.npy")).float().flip(0, 1)
    kernel = kernel / kernel.sum()
    padded = np.pad(degraded[0, 0].numpy(), 21, mode="symmetric")
    theirs = restoration.richardson_lucy(padded, kernel.numpy(), num_iter=iterations)[21:-21, 21:-21]
    ours = RichardsonLucy(iterations=iterations)(degraded, kernel=kernel[None])[0, 0]

    def best(estimate: Tensor) -> float:
        inner = clean[0, 0, 15:-15, 15:-15]
        errors = [
            (estimate.clamp(0, 1)[15 + y : 240 + y, 15 + x : 240 + x] - inner).square().mean()
            for y in range(-5, 6)
            for x in range(-5, 6)
        ]
        return float(-10 * torch.stack(errors).min().log10())

    assert best(ours) >= best(torch.from_numpy(theirs)) + 1.0
