"""AP-BSN learns to remove noise that is related over a few pixels, where Noise2Void learns to keep it."""

from __future__ import annotations

from typing import Any

import torch
from burnish_self_supervised.learners.ap_bsn import APBSN
from burnish_self_supervised.learners.noise2void import Noise2Void
from burnish_self_supervised.networks.ap_bsn_net import APBSNNet
from torch import Tensor, nn
from torch.nn import functional


def related(pictures: int, seed: int) -> Tensor:
    """Noise of standard deviation 0.1, each pixel the mean of 3×3 independent ones: N,1,40,40."""
    rough = torch.randn(pictures, 1, 42, 42, generator=torch.Generator().manual_seed(5000 + seed))
    return 0.3 * functional.avg_pool2d(rough, 3, stride=1)


def fitted(learner: Any, clean: Any) -> Any:
    optimizer = torch.optim.Adam(learner.restorer.parameters(), lr=0.005)
    for step in range(80):
        optimizer.zero_grad()
        learner.training_step((step, {"degraded": clean(4, 40, 1, step) + related(4, step)}), 0).backward()
        optimizer.step()
    return learner.restorer.eval()


def test_it_removes_related_noise_and_noise2void_does_not(made: Any, clean: Any) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(1, 16, 5, padding=2), nn.ReLU(), nn.Conv2d(16, 1, 3, padding=1))
    apart = APBSNNet(channels=1, features=12, modules=1, stride=4, refinements=0)
    keeping, removing = (fitted(made(*pair), clean) for pair in ((Noise2Void, network), (APBSN, apart)))
    truth = clean(8, 40, 1, 500)
    degraded = truth + related(8, 500)
    with torch.no_grad():
        before, kept, left = (
            float((estimate - truth).square().mean()) for estimate in (degraded, keeping(degraded), removing(degraded))
        )
    assert kept > 0.6 * before
    assert left < 0.35 * before


def test_the_loss_is_the_mean_error_of_the_guess_of_pixels_far_apart(made: Any, noisy: Any) -> None:
    """An untrained network guesses the mean of the eight pixels of the same part around."""
    degraded = noisy(2, 32)
    learner = made(APBSN, APBSNNet(channels=1, features=8, modules=1, refinements=0), stride=5)
    loss = float(learner.training_step((0, {"degraded": degraded}), 0).detach())
    part = degraded[..., :30, :30]
    inner = part[..., 5:25, 5:25]
    shifts = [(y, x) for y in (-5, 0, 5) for x in (-5, 0, 5) if (y, x) != (0, 0)]
    guess = torch.stack([part[..., 5 + y : 25 + y, 5 + x : 25 + x] for y, x in shifts]).mean(0)
    assert abs(loss - float((guess - inner).abs().mean())) < 0.02
