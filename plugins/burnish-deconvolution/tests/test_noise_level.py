"""The estimated noise against the noise that was added."""

from __future__ import annotations

import pytest
import torch
from burnish_deconvolution.model.noise_level import noise_level


@pytest.mark.parametrize("sigma", [0.004, 0.02, 0.1])
def test_the_noise_of_a_smooth_picture_is_found_within_five_percent(sigma: float) -> None:
    ramp = torch.linspace(0, 1, 160).expand(2, 3, 160, 160)
    noise = sigma * torch.randn(ramp.shape, generator=torch.Generator().manual_seed(0))
    found = noise_level(ramp + noise)
    assert found.shape == (2, 1, 1, 1)
    assert torch.allclose(found, torch.full_like(found, sigma), rtol=0.05)


def test_every_picture_of_a_batch_is_judged_by_itself() -> None:
    noise = (
        torch.randn(2, 1, 64, 64, generator=torch.Generator().manual_seed(0))
        * torch.tensor([0.01, 0.1])[:, None, None, None]
    )
    both = noise_level(noise)
    assert torch.equal(both[:1], noise_level(noise[:1]))
    assert both[1] > 5 * both[0]


def test_a_picture_of_one_row_has_no_noise_to_be_seen() -> None:
    assert noise_level(torch.rand(1, 1, 1, 9)).item() == 0
