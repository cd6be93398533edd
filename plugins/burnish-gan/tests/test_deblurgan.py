"""DeblurGAN-v2's generator: start at identity, exact view, and that all of the pyramid takes part."""

from __future__ import annotations

import pytest
import torch
from burnish_gan.deblurgan import DeblurGAN
from torch import Tensor


def trained_like(network: DeblurGAN) -> DeblurGAN:
    """Random weights everywhere, so that nothing is zero and every connection carries."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
    return network.eval()


def picture(height: int, width: int, channels: int = 3, seed: int = 1) -> Tensor:
    return torch.rand(1, channels, height, width, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("config", [{}, {"channels": 1}, {"levels": 1}, {"bands": True}])
def test_a_fresh_network_returns_what_it_is_given(config: dict[str, int]) -> None:
    network = DeblurGAN(**{"width": 4, "pyramid": 4, "levels": 3, "blocks": 1, **config})  # type: ignore[arg-type]
    degraded = picture(32, 48, network.channels)
    assert torch.equal(network(degraded), degraded)


@pytest.mark.parametrize(
    ("levels", "blocks", "bands"), [(1, 1, False), (2, 1, False), (2, 2, False), (3, 1, False), (1, 1, True)]
)
def test_an_output_pixel_depends_on_exactly_its_receptive_field(levels: int, blocks: int, bands: bool) -> None:
    network = trained_like(
        DeblurGAN(channels=1, width=4, pyramid=4, levels=levels, blocks=blocks, bands=bands)
    ).double()
    reach, multiple = network.receptive_field // 2, network.size_multiple
    size = 2 * (reach // multiple + 2) * multiple
    furthest = 0
    for place in range(multiple):
        row = size // 2 + place
        degraded = picture(size, 64, 1).double().requires_grad_()
        network(degraded)[0, 0, row].sum().backward()
        assert degraded.grad is not None
        touched = degraded.grad[0, 0].abs().sum(1).nonzero()
        furthest = max(furthest, row - int(touched.min()), int(touched.max()) - row)
    assert furthest == reach


def test_every_weight_learns_within_three_steps() -> None:
    network = DeblurGAN(width=4, pyramid=4, levels=2, blocks=1)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (network(picture(32, 32)) - picture(32, 32, seed=2)).square().mean().backward()
        optimizer.step()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []


def test_the_weights_for_training_change_nothing_about_the_network() -> None:
    torch.manual_seed(0)
    plain = DeblurGAN(width=4, pyramid=4, levels=1, blocks=1)
    torch.manual_seed(0)
    other = DeblurGAN(
        width=4,
        pyramid=4,
        levels=1,
        blocks=1,
        adversarial_weight=1.0,
        content_weight=3.0,
        pretraining=0.1,
        critic_features=7,
    )
    assert all(torch.equal(a, b) for a, b in zip(plain.parameters(), other.parameters(), strict=True))
    assert (other.balance.adversarial_weight, other.balance.critic_features) == (1.0, 7)
