"""R-CRD-net: frames are aligned, all of them count, and a single one is enough."""

from __future__ import annotations

import pytest
import torch
from burnish_diffusion.fourier_burst import accumulated
from burnish_diffusion.r_crd_net import RCRDNet, _aligned
from torch import Tensor, nn

SMALL = {"width": 4, "features": 8}


def trained_like(**changes: int) -> RCRDNet:
    torch.manual_seed(0)
    network = RCRDNet(**{**SMALL, **changes}).eval()
    last = network.fusion.closing[-1]
    assert isinstance(last, nn.Conv2d)
    for layer in (last, network.network.closing):
        nn.init.normal_(layer.weight, std=0.1)
    return network


def burst(frames: int = 3, side: int = 64) -> Tensor:
    """A smooth picture, displaced by t pixels to the right and −t down in frame t."""
    wide = torch.rand(1, 3, side + 24, side + 24, generator=torch.Generator().manual_seed(0))
    smooth = nn.functional.avg_pool2d(wide, 5, 1)
    return torch.stack([smooth[..., 10 + t : 10 + t + side, 10 - t : 10 - t + side] for t in range(frames)], dim=1)


def test_a_fresh_network_returns_the_accumulated_burst() -> None:
    merged = accumulated(torch.stack(_aligned(burst()), dim=1))
    assert torch.equal(RCRDNet(**SMALL)(burst()), merged)


def test_a_fresh_network_returns_the_only_frame() -> None:
    assert torch.allclose(RCRDNet(**SMALL)(burst(1)), burst(1)[:, 0], atol=1e-5)


def test_the_default_network_is_small() -> None:
    assert sum(p.numel() for p in RCRDNet().parameters()) <= 700_000


def test_frames_are_moved_to_frame_0() -> None:
    frames, inner = burst(4), (..., slice(8, -8), slice(8, -8))
    reference = frames[:, 0]
    for given, moved in zip(frames.unbind(1)[1:], _aligned(frames)[1:], strict=True):
        before, after = ((reference - part)[inner].square().mean() for part in (given, moved))
        assert float(after) < 0.01 * float(before)


def test_every_frame_counts() -> None:
    network, degraded = trained_like(), burst().requires_grad_()
    network(degraded).square().sum().backward()
    assert degraded.grad is not None
    assert bool((degraded.grad.abs().amax((0, 2, 3, 4)) > 0).all())


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_any_number_of_frames_can_be_given(frames: int) -> None:
    assert trained_like(steps=2)(burst(frames, side=32)).shape == (1, 3, 32, 32)


def test_one_step_is_the_prediction_from_the_fused_picture() -> None:
    network = trained_like()
    with torch.no_grad():
        assert torch.equal(network(burst()), network.predict(network.start(burst()), torch.ones(1)))
