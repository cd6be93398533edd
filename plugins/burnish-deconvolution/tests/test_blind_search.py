"""The search for a kernel from several starts."""

from collections.abc import Callable

import pytest
import torch
from burnish_deconvolution.blind.pyramid import Estimation
from burnish_deconvolution.blind.search import Candidate, Found, Start, agreement, halfway, search

Photographed = Callable[[torch.Tensor], torch.Tensor]
Likeness = Callable[[torch.Tensor, torch.Tensor], float]
STARTS = (Start(), Start(gradient=4.0))


@pytest.fixture(scope="module")
def found(photographed: Photographed, hook: torch.Tensor) -> Found:
    return search(photographed(hook), 13, Estimation(iterations=3, refinements=1), STARTS)


def test_a_shake_is_found_and_trusted(found: Found, hook: torch.Tensor, likeness: Likeness) -> None:
    assert likeness(found.kernel, hook) > 0.9
    assert found.confidence.blurred
    assert found.confidence.reasons == ()


def test_what_is_found_is_a_kernel_without_an_empty_border(found: Found) -> None:
    side = found.kernel.shape[-1]
    assert side % 2 == 1
    assert side <= 13
    assert (found.kernel >= 0).all()
    assert torch.isclose(found.kernel.sum(), torch.tensor(1.0), atol=1e-5)
    rim = found.kernel.clone()
    rim[1:-1, 1:-1] = 0.0
    assert float(rim.sum()) > 0.0


def test_starts_that_become_the_same_are_tried_once() -> None:
    ways = halfway(torch.rand(32, 32), 5, Estimation(iterations=1), (Start(part=2), Start(part=3), Start()))
    assert sorted(side for side, _, _ in ways) == [3, 5]


def test_starts_disagree_if_another_kernel_explains_the_picture_about_as_well(hook: torch.Tensor) -> None:
    def candidate(kernel: torch.Tensor, cost: float) -> Candidate:
        return Candidate(kernel=kernel, restored=kernel, cost=cost)

    other = torch.eye(9).flip(0) / 9
    best, moved = candidate(hook, -7.0), candidate(hook.roll(1, 0), -6.99)
    assert agreement([best], unblurred=-6.0) == 1.0
    assert agreement([best, moved, candidate(other, -6.9)], unblurred=-6.0) == pytest.approx(1.0)
    assert agreement([best, moved, candidate(other, -6.98)], unblurred=-6.0) < 0.7


def test_a_picture_without_edges_has_no_blur_that_is_trusted() -> None:
    found = search(torch.full((40, 40), 0.5), 5, Estimation(iterations=1, refinements=1), STARTS)
    assert torch.isclose(found.kernel.sum(), torch.tensor(1.0), atol=1e-5)
    assert not found.confidence.blurred or found.confidence.reasons


def test_noise_alone_is_not_taken_for_a_blur() -> None:
    noise = 0.5 + 0.05 * torch.randn(64, 64, generator=torch.Generator().manual_seed(0))
    found = search(noise, 9, Estimation(iterations=2, refinements=1), STARTS)
    assert not found.confidence.blurred or found.confidence.reasons
