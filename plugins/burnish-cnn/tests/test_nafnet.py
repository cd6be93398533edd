"""NAFNet against its paper: parameters, operations, gates and attention, tiles, view."""

from __future__ import annotations

import pytest
import torch
from burnish_cnn.nafnet import ChannelAttention, NAFBlock, NAFNet, SimpleGate
from burnish_cnn.plugin import NAFNET
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

TINY = {"width": 4, "encoder_blocks": [1, 1], "middle_blocks": 1, "decoder_blocks": [1, 1], "train_size": 4}


def trained_like(network: NAFNet, seed: int = 0) -> NAFNet:
    """Random β and γ, so that every block acts."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in network.named_parameters():
        if name.endswith(("beta", "gamma", "closing.weight")):
            parameter.data.copy_(torch.randn(parameter.shape, generator=generator))
    return network.eval()


def tiny(**changes: object) -> NAFNet:
    torch.manual_seed(0)
    return trained_like(NAFNet(**{**TINY, **changes}))  # type: ignore[arg-type]


def picture(height: int, width: int, seed: int = 1) -> Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("width", "millions"), [(16, 4.35), (32, 17.1), (64, 67.9)])
def test_the_number_of_parameters_is_the_paper_s(width: int, millions: float) -> None:
    with torch.device("meta"):
        network = NAFNet(width=width)
    count = sum(p.numel() for p in network.parameters()) / 1e6
    assert count == pytest.approx(millions, abs=0.05)


@pytest.mark.parametrize(("width", "gmac"), [(16, 4.1), (32, 16.0)])
def test_the_number_of_operations_is_the_paper_s(width: int, gmac: float) -> None:
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        NAFNet(width=width)(torch.empty(1, 3, 256, 256))
    assert counter.get_total_flops() / 2e9 == pytest.approx(gmac, rel=0.02)


def test_the_declared_receptive_field_is_that_of_the_default_configuration() -> None:
    with torch.device("meta"):
        network = NAFNet()
    assert network.receptive_field == NAFNET.receptive_field
    assert network.size_multiple == NAFNET.size_multiple


def test_a_fresh_network_returns_what_it_is_given() -> None:
    degraded = picture(16, 24)
    assert torch.equal(NAFNet(**TINY)(degraded), degraded)  # type: ignore[arg-type]


def test_the_gate_multiplies_the_halves() -> None:
    x = torch.arange(8.0).reshape(1, 4, 1, 2)
    assert torch.equal(SimpleGate()(x), x[:, :2] * x[:, 2:])


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_the_gate_s_gradient_is_that_of_finite_differences(layout: torch.memory_format) -> None:
    x = torch.randn(2, 4, 3, 2).double().contiguous(memory_format=layout).requires_grad_()
    assert torch.autograd.gradcheck(SimpleGate(), (x,))


def test_a_fresh_block_returns_what_it_is_given() -> None:
    x = torch.rand(2, 8, 5, 7)
    assert torch.equal(NAFBlock(8, 0)(x), x)


def test_every_weight_learns_within_three_steps() -> None:
    network = NAFNet(**TINY)  # type: ignore[arg-type]
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (network(picture(16, 16)) - picture(16, 16, seed=2)).square().mean().backward()
        optimizer.step()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []


def test_a_window_that_covers_the_picture_is_global_pooling() -> None:
    degraded = picture(16, 24)
    local, whole = tiny(train_size=16), tiny(train_size=0)
    assert torch.allclose(local(degraded), whole(degraded), rtol=0, atol=1e-6)
    assert whole.receptive_field is None


def test_training_pools_globally_and_inference_locally() -> None:
    attention = ChannelAttention(3, window=4)
    degraded = picture(16, 16)
    expected = degraded * attention.projection(degraded.mean((2, 3), keepdim=True))
    assert torch.allclose(attention.train()(degraded), expected, rtol=0, atol=1e-6)
    assert not torch.allclose(attention.eval()(degraded), expected, rtol=0, atol=1e-3)


def test_local_attention_equals_a_plain_loop_over_the_pixels() -> None:
    attention = ChannelAttention(3, window=5).eval()
    x = picture(9, 7)
    expected = torch.empty_like(x)
    for row in range(9):
        for column in range(7):
            top, left = min(max(row - 2, 0), 9 - 5), min(max(column - 2, 0), 7 - 5)
            mean = x[..., top : top + 5, left : left + 5].mean((2, 3), keepdim=True)
            expected[..., row, column] = (x[..., row : row + 1, column : column + 1] * attention.projection(mean))[
                ..., 0, 0
            ]
    assert torch.allclose(attention(x), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("encoder", "decoder", "train_size", "bands"),
    [
        ([1], [1], 4, False),
        ([1, 1], [1, 0], 4, False),
        ([0, 2], [1, 1], 3, False),
        ([1], [0], 1, False),
        ([1], [1], 4, True),
    ],
)
def test_the_furthest_looking_pixel_looks_as_far_as_the_receptive_field_says(
    encoder: list[int], decoder: list[int], train_size: int, bands: bool
) -> None:
    network = tiny(encoder_blocks=encoder, decoder_blocks=decoder, train_size=train_size, bands=bands).double()
    assert network.receptive_field is not None
    reach = network.receptive_field // 2
    grid = network.size_multiple
    size = -(-3 * (reach + grid) // grid) * grid
    furthest = 0
    for position in [*range(grid * 4), *range(size // 2, size // 2 + grid)]:
        degraded = picture(size, size).double().requires_grad_()
        network(degraded)[0, :, position, position].sum().backward()
        assert degraded.grad is not None
        touched = degraded.grad[0].abs().sum((0, 1)).nonzero()
        furthest = max(furthest, position - int(touched.min()), int(touched.max()) - position)
    assert furthest == reach


@pytest.mark.parametrize("corner", [(0, 0), (64, 40), (0, 128)])
def test_a_tile_with_its_receptive_field_around_it_equals_the_whole(corner: tuple[int, int]) -> None:
    network = tiny(encoder_blocks=[1, 0], decoder_blocks=[0, 1], train_size=4)
    assert network.receptive_field is not None
    margin = -(-(network.receptive_field // 2) // 4) * 4
    degraded = picture(160, 152)
    whole = network(degraded)
    rows = slice(max(0, corner[0] - margin), min(160, corner[0] + 16 + margin))
    columns = slice(max(0, corner[1] - margin), min(152, corner[1] + 16 + margin))
    tile = network(degraded[..., rows, columns])
    top, left = corner[0] - rows.start, corner[1] - columns.start
    expected = whole[..., corner[0] : corner[0] + 16, corner[1] : corner[1] + 16]
    assert tile.shape[-1] < 152
    assert torch.allclose(tile[..., top : top + 16, left : left + 16], expected, rtol=0, atol=1e-5)


def test_blocks_that_do_not_mirror_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="different lengths"):
        NAFNet(encoder_blocks=[1, 1], decoder_blocks=[1])
