"""The networks around the cells: what a fresh one gives, and which frame an estimate depends on."""

from __future__ import annotations

import pytest
import torch
from burnish_rnn.convlstm import BurstConvLSTM, ConvLSTM
from torch import Tensor, nn

SMALL = {"width": 8, "blocks": 1}


def trained_like(network: nn.Module) -> nn.Module:
    """Random weights everywhere, so that every part acts."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(0.2 * torch.randn(parameter.shape, generator=generator))
    return network.eval()


def clip(frames: int = 4, seed: int = 0) -> Tensor:
    return torch.rand(1, frames, 3, 12, 16, generator=torch.Generator().manual_seed(seed))


def test_a_fresh_network_returns_its_clip_and_its_reference_frame() -> None:
    degraded = clip()
    assert torch.equal(ConvLSTM(**SMALL)(degraded), degraded)
    assert torch.equal(BurstConvLSTM(**SMALL)(degraded), degraded[:, 0])


def test_the_default_networks_are_small() -> None:
    for network in (ConvLSTM(), BurstConvLSTM()):
        assert sum(p.numel() for p in network.parameters()) <= 700_000


def test_an_estimate_depends_on_its_frame_and_on_those_before_it_alone() -> None:
    network = trained_like(ConvLSTM(**SMALL))
    degraded = clip().requires_grad_()
    network(degraded)[0, 2].sum().backward()
    assert degraded.grad is not None
    reached = [bool(frame.abs().max() > 0) for frame in degraded.grad[0]]
    assert reached == [True, True, True, False]


def test_the_first_frames_of_a_clip_are_restored_as_if_it_ended_there() -> None:
    network = trained_like(ConvLSTM(layers=2, **SMALL))
    degraded = clip(5)
    assert torch.allclose(network(degraded)[:, :3], network(degraded[:, :3]), rtol=0, atol=1e-6)


def test_a_burst_is_restored_as_the_last_frame_of_the_reversed_clip() -> None:
    video, burst = trained_like(ConvLSTM(**SMALL)), BurstConvLSTM(**SMALL).eval()
    burst.load_state_dict(video.state_dict())
    degraded = clip()
    assert torch.allclose(burst(degraded), video(degraded.flip(1))[:, -1], rtol=0, atol=1e-6)


@pytest.mark.parametrize("frames", [1, 2, 7])
def test_any_number_of_frames_can_be_given(frames: int) -> None:
    network = trained_like(BurstConvLSTM(**SMALL))
    degraded = clip(frames)
    assert network(degraded).shape == (1, 3, 12, 16)
    assert trained_like(ConvLSTM(**SMALL))(degraded).shape == degraded.shape


def test_every_frame_of_a_burst_counts() -> None:
    network = trained_like(BurstConvLSTM(**SMALL))
    degraded = clip(3).requires_grad_()
    network(degraded).sum().backward()
    assert degraded.grad is not None
    assert bool((degraded.grad.abs().amax((0, 2, 3, 4)) > 0).all())


def test_bfloat16_stays_near_float32() -> None:
    torch.manual_seed(0)
    network = ConvLSTM(**SMALL).eval()
    nn.init.normal_(network.closing.weight, std=0.02)
    degraded = clip()
    with torch.no_grad():
        exact = network(degraded)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            reduced = network(degraded)
    assert reduced.dtype == torch.float32
    assert float((exact - reduced).square().mean().sqrt()) < 1e-3
