"""The steps at one level: what a step is given, how often, and what becomes of its flow."""

import pytest
import torch
from burnish_optical_flow.estimators.warped_steps import Linearized, warped_steps
from scipy.ndimage import median_filter
from torch import Tensor


def ramp(offset: float) -> Tensor:
    """1,1,20,24: 0.03 brighter with every pixel to the right, 0.02 with every pixel down."""
    rows, columns = torch.meshgrid(torch.arange(20.0), torch.arange(24.0), indexing="ij")
    return (0.03 * columns + 0.02 * rows + offset)[None, None]


def test_a_step_is_given_the_exact_difference_of_planes_around_the_flow_so_far() -> None:
    given: list[Linearized] = []

    def kept(around: Linearized, flow: Tensor) -> Tensor:
        given.append(around)
        return flow

    flow = torch.tensor([1.5, -2.0])[:, None, None].expand(1, 2, 20, 24)
    warped_steps(kept, count=1)(ramp(0.0), ramp(0.1), flow)
    inner = (..., slice(6, -6), slice(6, -6))
    around = given[0]
    assert torch.allclose(around.change[inner], torch.tensor(0.1 + 1.5 * 0.03 - 2.0 * 0.02), atol=1e-5)
    assert torch.allclose(around.slope[:, :1][inner], torch.tensor(0.03), atol=1e-5)
    assert torch.allclose(around.slope[:, 1:][inner], torch.tensor(0.02), atol=1e-5)


def test_pixels_that_the_flow_leads_out_of_the_picture_are_unknown() -> None:
    given: list[Tensor] = []

    def kept(around: Linearized, flow: Tensor) -> Tensor:
        given.append(around.known)
        return flow

    flow = torch.tensor([3.0, 0.0])[:, None, None].expand(1, 2, 20, 24)
    warped_steps(kept, count=1)(ramp(0.0), ramp(0.0), flow)
    assert given[0].shape == (1, 1, 20, 24)
    assert bool((given[0][..., :-3] == 1).all())
    assert bool((given[0][..., -3:] == 0).all())


@pytest.mark.parametrize(("height", "side"), [(20, 5), (4, 3)])
def test_every_step_goes_on_from_the_median_of_the_one_before(height: int, side: int) -> None:
    added = torch.rand(1, 2, height, 24, generator=torch.Generator().manual_seed(0))
    picture, expected = ramp(0.0)[..., :height, :], torch.zeros(2, height, 24).numpy()
    found = warped_steps(lambda _, flow: flow + added, count=3)(picture, picture, torch.zeros(1, 2, height, 24))
    for _ in range(3):
        expected = median_filter(expected + added[0].numpy(), size=(1, side, side), mode="nearest")
    assert torch.allclose(found[0], torch.from_numpy(expected), atol=1e-6)
