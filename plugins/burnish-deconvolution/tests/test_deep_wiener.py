"""Deep Wiener deconvolution: size, start, learning, border."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from burnish_deconvolution.learned.deep_wiener import DeepWiener, FeatureWiener, mistaken
from burnish_deconvolution.model.blur import Blur
from burnish_deconvolution.model.canvas import canvas_for
from burnish_deconvolution.solvers.wiener import Wiener
from torch import Tensor

Scene = Callable[..., Tensor]
Blurred = Callable[..., tuple[Tensor, Tensor]]

TINY = {"channels": 1, "features": 4, "width": 8, "blocks": 1}


def test_the_default_network_is_small() -> None:
    with torch.device("meta"):
        count = sum(p.numel() for p in DeepWiener().parameters())
    assert count < 700_000


def test_a_fresh_network_restores_as_well_as_the_classical_filter(
    scene: Scene, shake: Tensor, blurred: Blurred
) -> None:
    degraded, clean = blurred(scene(80, 80), shake, sigma=0.01, boundary="unknown")
    told = {"kernel": shake[None]}
    fresh = (DeepWiener(**TINY)(degraded, **told) - clean).square().mean()  # type: ignore[arg-type]
    classical = (Wiener()(degraded, **told, sigma=torch.tensor([0.01])) - clean).square().mean()
    assert fresh < 1.3 * classical
    assert fresh < 0.5 * (degraded - clean).square().mean()


def test_a_feature_without_noise_is_deconvolved_exactly(scene: Scene) -> None:
    kernel = torch.tensor([[0.0, 0.05, 0.0], [0.1, 0.7, 0.1], [0.0, 0.05, 0.0]])[None]
    clean = scene(20, 24)
    blur = Blur(kernel, canvas_for(20, 24, side=3, boundary="circular"))
    found = FeatureWiener(1)(blur.forward(clean), blur, torch.full((1, 1, 1, 1), 1e-6))
    assert torch.allclose(found, clean, atol=1e-4)


def test_it_learns_from_one_picture_within_forty_steps(scene: Scene, shake: Tensor, blurred: Blurred) -> None:
    torch.manual_seed(0)
    degraded, clean = blurred(scene(64, 64), shake, sigma=0.01, boundary="unknown")
    network = DeepWiener(**TINY)  # type: ignore[arg-type]
    optimizer = torch.optim.Adam(network.parameters(), lr=0.003)
    errors = []
    for _ in range(40):
        error = (network(degraded, kernel=shake[None]) - clean).square().mean()
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
        errors.append(error.item())
    assert errors[-1] < 0.8 * errors[0]


def test_the_prior_s_strength_and_slope_learn_too(scene: Scene, shake: Tensor) -> None:
    network = DeepWiener(**TINY)  # type: ignore[arg-type]
    torch.nn.init.normal_(network.refining.closing.weight, std=0.1)
    network(scene(24, 24), kernel=shake[None]).square().mean().backward()
    for parameter in (network.wiener.strength, network.wiener.slope, network.opening.weight):
        assert parameter.grad is not None
        assert parameter.grad.any()


@pytest.mark.parametrize("transfer", ["linear", "srgb"])
def test_values_that_the_mask_leaves_out_may_be_nan(transfer: str, scene: Scene, shake: Tensor) -> None:
    known = torch.ones(1, 1, 30, 33)
    known[..., 9:12, 20:22] = 0.0
    network = DeepWiener(**TINY, transfer=transfer).eval()  # type: ignore[arg-type]
    degraded = torch.where(known > 0, scene(30, 33), torch.nan)
    assert network(degraded, kernel=shake[None], mask=known).isfinite().all()


@pytest.mark.parametrize("size", [(30, 33), (31, 30)])
def test_transforms_stay_in_full_precision_under_autocast(size: tuple[int, int], scene: Scene, shake: Tensor) -> None:
    network = DeepWiener(**TINY).eval()  # type: ignore[arg-type]
    exact = network(scene(*size), kernel=shake[None])
    with torch.autocast("cpu", torch.bfloat16):
        reduced = network(scene(*size), kernel=shake[None])
    assert reduced.dtype == torch.float32
    assert torch.equal(exact, reduced)  # a fresh refinement adds nothing: all that is left is transforms


def test_mistaken_kernels_stay_kernels_near_the_path_of_the_true_ones(shake: Tensor) -> None:
    torch.manual_seed(0)
    true = shake[None].repeat(50, 1, 1)
    wrong = mistaken(true, 0.1)
    assert torch.allclose(wrong.sum(dim=(1, 2)), torch.ones(50), atol=1e-5)
    assert float(wrong.min()) >= 0.0
    assert float((wrong - true).abs().amax(dim=(1, 2)).min()) > 0.0
    assert float((wrong.mean(dim=0) - shake).abs().max()) < 0.2 * float(shake.max())
    reach = torch.nn.functional.max_pool2d(true[:, None], 5, stride=1, padding=2)[:, 0]
    assert float(wrong[reach == 0.0].abs().sum()) == 0.0


def test_kernels_without_mistakes_are_at_most_softer_by_half_a_pixel(shake: Tensor) -> None:
    torch.manual_seed(0)
    wrong = mistaken(shake[None].repeat(20, 1, 1), 0.0)
    side = shake.shape[-1]
    place = torch.arange(side, dtype=shake.dtype) - side // 2

    def variance(kernels: Tensor) -> Tensor:
        along = kernels.sum(dim=-2)
        mean = (along * place).sum(dim=-1, keepdim=True)
        return (along * (place - mean) ** 2).sum(dim=-1)

    added = variance(wrong) - variance(shake[None])
    assert float(added.min()) >= -1e-4
    assert float(added.max()) <= 0.5**2


def test_mistakes_are_made_in_training_alone(scene: Scene, shake: Tensor, blurred: Blurred) -> None:
    degraded, _ = blurred(scene(64, 64), shake, sigma=0.01, boundary="unknown")
    network = DeepWiener(**TINY, mistake=0.1)  # type: ignore[arg-type]
    told = {"kernel": shake[None], "sigma": torch.tensor([0.01])}
    network.eval()
    assert torch.equal(network(degraded, **told), network(degraded, **told))
    network.train()
    assert not torch.equal(network(degraded, **told), network(degraded, **told))


def test_the_noise_that_it_is_told_counts_and_unless_told_it_is_estimated(
    scene: Scene, shake: Tensor, blurred: Blurred
) -> None:
    degraded, clean = blurred(scene(80, 80), shake, sigma=0.02, boundary="unknown")
    network = DeepWiener(**TINY).eval()  # type: ignore[arg-type]

    def error(sigma: float | None) -> float:
        told = None if sigma is None else torch.tensor([sigma])
        return (network(degraded, kernel=shake[None], sigma=told) - clean).square().mean().item()

    assert error(0.02) < 0.8 * error(0.3)
    assert error(0.02) < 0.8 * error(0.001)
    assert error(None) < 1.2 * error(0.02)
