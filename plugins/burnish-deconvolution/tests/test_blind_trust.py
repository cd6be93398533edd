"""A restoration that is right is trusted; where something moved otherwise it rings, and is not."""

from __future__ import annotations

import pytest
import torch
from burnish_deconvolution.blind.trust import trust
from burnish_deconvolution.solvers.hyper_laplacian import HyperLaplacian
from scipy import ndimage
from torch import Tensor

SIGMA = 0.004
EDGE = 200


@pytest.fixture(scope="module")
def wide(rectangles: Tensor) -> Tensor:
    """128,256: the rectangles and their mirror image."""
    return torch.cat([rectangles, rectangles.flip(1)], dim=1)


@pytest.fixture(scope="module")
def twice_moved(wide: Tensor) -> tuple[Tensor, Tensor]:
    """1,1,128,256: along its rows, but along its columns in the right part; and the kernel of the rest."""
    along = torch.zeros(15, 15)
    along[7, 1:14] = 1.0 / 13.0
    across = torch.from_numpy(ndimage.convolve(wide.numpy(), along.T.numpy(), mode="mirror"))
    blurred = torch.from_numpy(ndimage.convolve(wide.numpy(), along.numpy(), mode="mirror"))
    blurred[:, EDGE:] = across[:, EDGE:]
    noise = SIGMA * torch.randn(blurred.shape, generator=torch.Generator().manual_seed(0))
    return (blurred + noise)[None, None], along


def restored(blurred: Tensor, kernel: Tensor) -> Tensor:
    estimate: Tensor = HyperLaplacian()(blurred, kernel=kernel[None], sigma=torch.tensor([SIGMA]))
    return estimate


def test_what_moved_otherwise_is_not_trusted_and_the_rest_is(twice_moved: tuple[Tensor, Tensor]) -> None:
    blurred, kernel = twice_moved
    weight = trust(blurred, restored(blurred, kernel), len(kernel))
    assert weight.shape == (1, 1, 128, 256)
    assert float(weight[..., : EDGE // 2].mean()) > 0.95
    assert float(weight[..., EDGE:].mean()) < 0.05


def test_with_the_picture_in_place_of_what_is_not_trusted_nothing_is_worse(
    twice_moved: tuple[Tensor, Tensor], wide: Tensor
) -> None:
    blurred, kernel = twice_moved
    estimate = restored(blurred, kernel)
    mixed = torch.lerp(blurred, estimate, trust(blurred, estimate, len(kernel)))

    def error(picture: Tensor) -> float:
        return float((picture - wide).square().mean())

    assert error(mixed) < error(blurred) < error(estimate)


def test_beside_lights_that_the_sensor_clipped_values_beyond_white_prove_nothing() -> None:
    blurred = torch.full((1, 1, 256, 64), 0.4)
    blurred[..., 20:44, 20:44] = 1.0
    restored = blurred + 0.7
    weight = trust(blurred, restored, 15)
    assert float(weight[..., :40, :].min()) == 1.0
    assert float(weight[..., 160:, :].max()) == 0.0


def test_each_picture_of_a_batch_is_judged_alone(twice_moved: tuple[Tensor, Tensor]) -> None:
    blurred, kernel = twice_moved
    estimate = restored(blurred, kernel)
    both = trust(torch.cat([blurred, blurred]), torch.cat([estimate, blurred]), len(kernel))
    assert torch.equal(both[:1], trust(blurred, estimate, len(kernel)))
    assert torch.equal(both[1], torch.ones(1, 128, 256))
