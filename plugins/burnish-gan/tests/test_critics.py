"""The critics: what each logit sees, that pictures are judged apart, and that they learn to tell sharp from smooth."""

from __future__ import annotations

import pytest
import torch
from burnish_gan.critics import SMALLEST, LocalCritic, WholeCritic
from burnish_gan.relativistic import critic_loss
from torch import Tensor, nn
from torch.nn import functional


def pictures(count: int, side: int, seed: int = 0) -> Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(seed))


def test_a_logit_of_the_local_critic_sees_70_pixels() -> None:
    torch.manual_seed(0)
    critic = LocalCritic(1, 2).double().eval()
    picture = torch.rand(1, 1, 160, 160, dtype=torch.float64).requires_grad_()
    logits = critic(picture)
    logits[0, 0, logits.shape[2] // 2, logits.shape[3] // 2].backward()
    assert picture.grad is not None
    rows = picture.grad[0, 0].abs().sum(1).nonzero()
    assert int(rows.max() - rows.min()) + 1 == 70


def test_the_whole_critic_gives_one_logit_a_picture_that_depends_on_all_of_it() -> None:
    torch.manual_seed(0)
    critic = WholeCritic(3, 2).double().eval()
    picture = pictures(2, 64).double().requires_grad_()
    logits = critic(picture)
    assert logits.shape == (2, 1, 1, 1)
    logits[0].sum().backward()
    assert picture.grad is not None
    assert bool((picture.grad[0].abs().sum(0) > 0).all())
    assert not picture.grad[1].any()


@pytest.mark.parametrize("kind", [LocalCritic, WholeCritic])
@pytest.mark.parametrize("side", [SMALLEST, 47, 96])
def test_they_take_pictures_from_the_smallest_on(kind: type[LocalCritic | WholeCritic], side: int) -> None:
    assert torch.isfinite(kind(3, 2)(pictures(2, side))).all()


@pytest.mark.parametrize("kind", [LocalCritic, WholeCritic])
def test_a_critic_learns_to_tell_sharp_from_smooth(kind: type[LocalCritic | WholeCritic]) -> None:
    torch.manual_seed(0)
    critic: nn.Module = kind(3, 8)
    optimizer = torch.optim.Adam(critic.parameters(), lr=0.002, betas=(0.5, 0.999))

    def losses(seed: int) -> Tensor:
        sharp = pictures(4, 48, seed)
        smooth = functional.avg_pool2d(functional.pad(sharp, (1, 1, 1, 1), mode="reflect"), 3, stride=1)
        return critic_loss(critic(sharp), critic(smooth), "least-squares")

    before = float(losses(100).detach())
    for step in range(30):
        optimizer.zero_grad()
        losses(step).backward()
        optimizer.step()
    critic.eval()
    assert before == pytest.approx(2.0, abs=0.3), "one that knows nothing is at two"
    assert float(losses(101).detach()) < 0.5 * before
