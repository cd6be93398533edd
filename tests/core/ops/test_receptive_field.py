"""The measured receptive field is that of the layers, counted; where tiles would not be exact there is none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from burnish.ops.receptive_field import receptive_field
from torch import Tensor, nn

Layers = Callable[[], nn.Module]


def measured(network: nn.Module, *, scale: int = 1, multiple: int = 1) -> int | None:
    with torch.inference_mode():
        return receptive_field(network.eval(), channels=1, scale=scale, multiple=multiple)


def chain(count: int, side: int = 3, dilation: int = 1) -> nn.Module:
    reach = dilation * (side - 1) // 2
    layers = [nn.Conv2d(1, 1, side, padding=reach, dilation=dilation) for _ in range(count)]
    return nn.Sequential(*(each for layer in layers for each in (layer, nn.ReLU())))


class WholePicture(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x / x.mean((-2, -1), keepdim=True)


class Windows(nn.Module):
    """Takes the mean of windows of 8 pixels that begin where the picture does."""

    def forward(self, x: Tensor) -> Tensor:
        padded = nn.functional.pad(x, (0, -x.shape[-1] % 8, 0, -x.shape[-2] % 8), mode="replicate")
        means = nn.functional.avg_pool2d(padded, 8)
        return nn.functional.interpolate(means, scale_factor=8.0)[..., : x.shape[-2], : x.shape[-1]]


@pytest.mark.parametrize(
    ("layers", "field"),
    [
        (nn.Identity, 1),
        (lambda: chain(1), 3),
        (lambda: chain(17), 35),
        (lambda: chain(4, side=5, dilation=3), 49),
        (lambda: chain(60), 121),
    ],
)
def test_convolutions_are_counted_however_small_their_weights_are(layers: Layers, field: int) -> None:
    network = layers()
    for parameter in network.parameters():
        nn.init.constant_(parameter, 1e-6)
    assert measured(network) == field


def test_the_reach_across_counts_as_the_reach_along() -> None:
    assert measured(nn.Conv2d(1, 1, (7, 3), padding=(3, 1))) == 7


def test_a_network_that_enlarges_is_measured_in_input_pixels() -> None:
    assert measured(nn.Sequential(chain(2), nn.Conv2d(1, 4, 3, padding=1), nn.PixelShuffle(2)), scale=2) == 7


def test_strides_count_from_the_farthest_pixel_of_a_cell() -> None:
    """Cells of 4 pixels, each made of itself and its two neighbours: from one end of a cell 7 pixels are felt."""
    strided = nn.Sequential(nn.Conv2d(1, 4, 4, stride=4), nn.Conv2d(4, 4, 3, padding=1), nn.ConvTranspose2d(4, 1, 4, 4))
    assert measured(strided, multiple=4) == 15


def test_the_whole_picture_is_no_finite_field() -> None:
    assert measured(WholePicture()) is None


def test_windows_that_do_not_begin_where_tiles_do_leave_no_finite_field() -> None:
    assert measured(Windows()) is None
    assert measured(Windows(), multiple=8) == 15
