"""The degrader crops as benchmarks do and passes MATLAB's pixels on."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from burnish.errors import DataError
from burnish_degradations.bicubic import Bicubic
from PIL import Image


def _eight_bit(path: Path) -> torch.Tensor:
    return torch.from_numpy(np.array(Image.open(path).convert("RGB"))).permute(2, 0, 1)[None].float() / 255


@pytest.mark.parametrize("scale", [2, 4])
def test_set5_differs_in_no_pixel_from_what_matlab_made(shared_data: Path, scale: int) -> None:
    for path in sorted((shared_data / "test" / "Set5").glob("*")):
        made = Bicubic(scale=scale)(_eight_bit(path), torch.Generator())
        matlab = _eight_bit(shared_data / "test" / "Set5_LR_matlab" / f"X{scale}" / f"{path.stem}x{scale}.png")
        assert torch.equal((made.degraded * 255).round(), (matlab * 255).round())


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_odd_sizes_are_cropped_at_the_right_and_the_bottom(scale: int) -> None:
    clean = torch.rand(2, 3, 37, 53, generator=torch.Generator().manual_seed(0))
    made = Bicubic(scale=scale, quantise="none")(clean, torch.Generator())
    height, width = 37 // scale, 53 // scale
    assert made.degraded.shape == (2, 3, height, width)
    assert torch.equal(made.target, clean[..., : height * scale, : width * scale])
    assert made.conditions == {"scale": scale}


def test_a_picture_smaller_than_the_factor_is_refused() -> None:
    with pytest.raises(DataError, match="3×7 pixels cannot be reduced by 4"):
        Bicubic(scale=4)(torch.zeros(1, 1, 7, 3), torch.Generator())


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_operator_and_adjoint_are_transposes(scale: int) -> None:
    generator = torch.Generator().manual_seed(scale)
    x = torch.randn(2, 3, 6 * scale, 5 * scale, generator=generator, dtype=torch.float64)
    y = torch.randn(2, 3, 6, 5, generator=generator, dtype=torch.float64)
    bicubic = Bicubic(scale=scale)
    assert float((bicubic.A(x) * y).sum()) == pytest.approx(float((x * bicubic.A_adjoint(y)).sum()), rel=1e-10)


def test_antialiasing_removes_what_the_small_picture_cannot_hold() -> None:
    stripes = torch.zeros(1, 1, 64, 64)
    stripes[..., ::2] = 1.0
    made = Bicubic(scale=4, quantise="none")(stripes, torch.Generator()).degraded
    assert float((made[..., 4:-4] - 0.5).abs().max()) < 0.03
    assert math.isclose(float(made.mean()), 0.5, abs_tol=0.01)
