"""Whether light was blurred, or stored values."""

import pytest
import torch
from burnish.ops.transfer import S_RGB
from burnish_deconvolution.blind.curve import blurred_as_stored
from torch.nn import functional


@pytest.mark.parametrize("stored", [False, True])
def test_what_was_blurred_is_told_by_the_picture(rectangles: torch.Tensor, stored: bool) -> None:
    kernel = torch.eye(9) / 9.0
    blurred = functional.conv2d(rectangles[None, None], kernel.flip(0, 1)[None, None])[0]
    blurred = blurred + 0.003 * torch.randn(blurred.shape, generator=torch.Generator().manual_seed(0))
    light, recorded = (S_RGB.to_light(blurred), blurred) if stored else (blurred, S_RGB.from_light(blurred))
    assert blurred_as_stored(light[0], recorded[0], S_RGB, kernel) == stored
