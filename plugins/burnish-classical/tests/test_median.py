"""The median filter equals SciPy's at every size, channel by channel."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish_classical.median import Median
from scipy import ndimage


@pytest.mark.parametrize("size", [3, 5, 7, 9])
@pytest.mark.parametrize("channels", [1, 3])
def test_filtered_pictures_equal_those_of_scipy(size: int, channels: int) -> None:
    picture = torch.randn(2, channels, 70, 31, generator=torch.Generator().manual_seed(size))
    ours = Median(size=size)(picture)
    for index in range(2):
        for channel in range(channels):
            oracle = ndimage.median_filter(picture[index, channel].numpy(), size, mode="nearest")
            assert np.array_equal(ours[index, channel].numpy(), oracle)


def test_single_wrong_pixels_disappear() -> None:
    picture = torch.full((1, 3, 16, 16), 0.4)
    picture[0, :, 5, 7] = 1.0
    assert torch.equal(Median()(picture), torch.full_like(picture, 0.4))
