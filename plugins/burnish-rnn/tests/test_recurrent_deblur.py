"""Bidirectional propagation: symmetry in time, its single-frame twin, and what it can learn of its neighbours."""

from __future__ import annotations

import copy

import pytest
import torch
from burnish_rnn.plugin import RECURRENT_DEBLUR
from burnish_rnn.recurrent_deblur import RecurrentDeblur
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

SMALL = {"width": 8, "blocks": 1, "closing_blocks": 1}


def trained_like(**changes: object) -> RecurrentDeblur:
    """Random weights everywhere, so that every part acts."""
    generator = torch.Generator().manual_seed(1)
    network = RecurrentDeblur(**{**SMALL, **changes})  # type: ignore[arg-type]
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(0.1 * torch.randn(parameter.shape, generator=generator))
    return network.eval()


def clip(frames: int = 4, side: int = 32) -> Tensor:
    """A smooth picture that slides by two pixels a frame."""
    generator = torch.Generator().manual_seed(0)
    wide = nn.functional.avg_pool2d(torch.rand(1, 3, side + 4, side + 4 + 2 * frames, generator=generator), 5, 1)
    return torch.stack([wide[..., :side, 2 * t : 2 * t + side] for t in range(frames)], dim=1)


def test_a_fresh_network_returns_its_clip() -> None:
    degraded = clip()
    assert torch.equal(RecurrentDeblur(**SMALL)(degraded), degraded)  # type: ignore[arg-type]


def test_the_default_network_is_small_and_of_the_declared_grid() -> None:
    network = RecurrentDeblur()
    assert sum(p.numel() for p in network.parameters()) <= 700_000
    assert network.size_multiple == RECURRENT_DEBLUR.size_multiple


def test_every_estimate_depends_on_every_frame() -> None:
    network, degraded = trained_like(), clip(3)
    for t in range(3):
        leaf = degraded.clone().requires_grad_()
        network(leaf)[0, t].sum().backward()
        assert leaf.grad is not None
        assert bool((leaf.grad.abs().amax((0, 2, 3, 4)) > 0).all())


def test_a_reversed_clip_gives_the_reversed_estimate_once_the_directions_are_exchanged() -> None:
    network = trained_like()
    mirrored = copy.deepcopy(network)
    mirrored.forwards, mirrored.backwards = mirrored.backwards, mirrored.forwards
    width = network.aggregation.in_channels // 3
    order = torch.cat([torch.arange(width), torch.arange(2 * width, 3 * width), torch.arange(width, 2 * width)])
    mirrored.aggregation.weight.data = network.aggregation.weight.data[:, order]
    turned = torch.arange(network.opening.in_channels)
    turned[48:144] = torch.cat([turned[96:144], turned[48:96]])  # frame, before, after, …
    mirrored.opening.weight.data = network.opening.weight.data[:, turned]
    degraded = clip()
    with torch.no_grad():
        assert torch.allclose(mirrored(degraded.flip(1)).flip(1), network(degraded), rtol=0, atol=2e-5)


def test_one_frame_is_restored_as_by_the_single_frame_twin() -> None:
    network, twin = trained_like(), trained_like(recurrent=False)
    degraded = clip()
    with torch.no_grad():
        alone = torch.cat([network(degraded[:, t : t + 1]) for t in range(4)], dim=1)
        assert torch.allclose(twin(degraded), alone, rtol=0, atol=1e-5)
        assert not torch.allclose(network(degraded), alone, rtol=0, atol=1e-3)


def test_the_single_frame_twin_has_the_same_weights_and_multiplies_as_often(monkeypatch: pytest.MonkeyPatch) -> None:
    still = torch.zeros(1, 2, 32, 32)
    monkeypatch.setattr("burnish_rnn.recurrent_deblur.flows_between", lambda clip: ([still] * 3, [still] * 3))
    counts, names = [], []
    for network in (trained_like(), trained_like(recurrent=False)):
        with FlopCounterMode(display=False) as counter:
            network(clip())
        counts.append(counter.get_total_flops())
        names.append({name: p.shape for name, p in network.named_parameters()})
    assert counts[0] == counts[1] > 0
    assert names[0] == names[1]


@pytest.mark.parametrize("frames", [1, 2, 6])
def test_any_number_of_frames_can_be_given(frames: int) -> None:
    degraded = clip(frames)
    assert trained_like()(degraded).shape == degraded.shape


def test_neighbours_are_moved_to_the_frame_before_they_are_read() -> None:
    network, degraded = trained_like(), clip(3, side=64)
    seen = []
    network.opening.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    with torch.no_grad():
        network(degraded)
    frame, before, after = nn.functional.pixel_shuffle(seen[1][:, :144], 4).chunk(3, dim=1)
    inner = (..., slice(8, -8), slice(8, -8))
    still = float((degraded[:, 1] - degraded[:, 0])[inner].square().mean())
    assert torch.equal(frame, degraded[:, 1])
    for neighbour in (before, after):
        assert float((frame - neighbour)[inner].square().mean()) < 0.05 * still


def test_bfloat16_stays_near_float32() -> None:
    torch.manual_seed(0)
    network, degraded = RecurrentDeblur(**SMALL).eval(), clip()  # type: ignore[arg-type]
    nn.init.normal_(network.closing.weight, std=0.02)
    with torch.no_grad():
        exact = network(degraded)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            reduced = network(degraded)
    assert reduced.dtype == torch.float32
    assert float((exact - reduced).square().mean().sqrt()) < 1e-3
