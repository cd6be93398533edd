"""The burst network: what a fresh one gives, what the frames add, exposure, any number of frames."""

from __future__ import annotations

import pytest
import torch
from burnish.ops.resampling import resize
from burnish_super_resolution.burst_sr import BurstSR, ConvGRU
from torch import Tensor, nn

SMALL = {"width": 8, "blocks": 1, "hidden": 4}


def trained_like(**changes: object) -> BurstSR:
    torch.manual_seed(0)
    network = BurstSR(**{**SMALL, **changes}).eval()  # type: ignore[arg-type]
    for layer in (network.closing, network.direct):
        nn.init.normal_(layer.weight, std=0.05)
    return network


def burst(frames: int = 4, side: int = 24) -> Tensor:
    """A smooth picture of a camera that moves a third of a pixel a frame to the right."""
    wide = torch.rand(1, 3, 3 * side + 8, 3 * (side + frames), generator=torch.Generator().manual_seed(0))
    smooth = nn.functional.avg_pool2d(wide, 11, 1, padding=5) * 4.0 - 1.5
    shown = [smooth[..., : 3 * side, t : 3 * side + t] for t in range(frames)]
    return torch.stack([nn.functional.avg_pool2d(part, 3) for part in shown], dim=1)


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("frames", [1, 3])
def test_a_fresh_network_returns_the_bicubic_enlargement_of_frame_0(scale: int, frames: int) -> None:
    degraded = burst(frames)
    network = BurstSR(scale=scale, **SMALL)  # type: ignore[arg-type]
    assert torch.equal(network(degraded), resize(degraded[:, 0], float(scale)))


def test_the_default_network_is_small() -> None:
    for scale in (2, 3, 4):
        assert sum(p.numel() for p in BurstSR(scale=scale).parameters()) <= 700_000


def test_the_recurrent_unit_is_the_one_of_the_literature() -> None:
    torch.manual_seed(0)
    unit, x, hidden = ConvGRU(2, 3), torch.randn(1, 2, 5, 5), torch.randn(1, 3, 5, 5)
    gates = torch.sigmoid(unit.gates(torch.cat([x, hidden], 1)))
    candidate = torch.tanh(unit.candidate(torch.cat([x, gates[:, 3:] * hidden], 1)))
    expected = (1 - gates[:, :3]) * hidden + gates[:, :3] * candidate
    assert torch.allclose(unit(x, hidden), expected, atol=1e-6)


def test_the_motion_of_the_frames_is_found() -> None:
    _, flows = trained_like()._registered(burst(side=48))
    for t, flow in enumerate(flows):
        assert float((flow - torch.tensor([-t / 3, 0.0]).view(1, 2, 1, 1)).abs().max()) < 0.05


def test_frames_of_another_exposure_are_brought_to_that_of_frame_0() -> None:
    degraded = burst()
    gains = torch.tensor([1.0, 0.8, 1.25, 1.1]).view(1, 4, 1, 1, 1)
    frames, _ = trained_like()._registered(degraded * gains)
    for found, wanted in zip(frames, trained_like()._registered(degraded)[0], strict=True):
        assert torch.allclose(found, wanted, rtol=2e-3, atol=2e-3)


def test_every_frame_counts() -> None:
    network, degraded = trained_like(), burst(3)
    estimates = [network(degraded).detach()]
    for t in range(3):
        changed = degraded.clone()
        changed[:, t, :, 10:14, 10:14] += 0.2
        estimates.append(network(changed).detach())
    for estimate in estimates[1:]:
        assert float((estimate - estimates[0]).abs().max()) > 1e-3


@pytest.mark.parametrize("frames", [1, 2, 9])
def test_any_number_of_frames_can_be_given(frames: int) -> None:
    assert trained_like(local_motion=True)(burst(frames, side=16)).shape == (1, 3, 32, 32)


def test_every_weight_learns_within_three_steps() -> None:
    torch.manual_seed(0)
    network, degraded = BurstSR(**SMALL), burst(3)  # type: ignore[arg-type]
    target = resize(degraded[:, 1], 2.0)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (network(degraded) - target).square().mean().backward()
        optimizer.step()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []


def test_bfloat16_stays_near_float32() -> None:
    torch.manual_seed(0)
    network, degraded = BurstSR(**SMALL).eval(), burst()  # type: ignore[arg-type]
    nn.init.normal_(network.closing.weight, std=0.02)
    with torch.no_grad():
        exact = network(degraded)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            reduced = network(degraded)
    assert reduced.dtype == torch.float32
    assert float((exact - reduced).square().mean().sqrt()) < 1e-3
