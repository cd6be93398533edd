"""Noise-aware sharpening."""

import torch
from burnish_optical_flow.bursts.sharpening import sharpened
from burnish_optical_flow.filtering import gaussian


def test_an_amount_of_zero_changes_nothing() -> None:
    picture = torch.rand(3, 9, 9)
    assert torch.equal(sharpened(picture, amount=0, radius=1.5), picture)


def test_an_edge_becomes_steeper_and_its_sides_stay() -> None:
    edge = gaussian((torch.arange(64) >= 32).float().expand(1, 1, 64, 64), 2.0)[0]
    found = sharpened(edge, amount=1.0, radius=1.5)[0, 32]
    assert float(found[32] - found[31]) > 1.15 * float(edge[0, 32, 32] - edge[0, 32, 31])
    torch.testing.assert_close(found[:16], torch.zeros(16), atol=1e-3, rtol=0)
    torch.testing.assert_close(found[-16:], torch.ones(16), atol=1e-3, rtol=0)


def test_noise_becomes_less_instead_of_more() -> None:
    noisy = 0.5 + 0.05 * torch.randn(1, 64, 64, generator=torch.Generator().manual_seed(0))
    assert float(sharpened(noisy, amount=1.0, radius=1.5).std()) < 0.6 * float(noisy.std())
