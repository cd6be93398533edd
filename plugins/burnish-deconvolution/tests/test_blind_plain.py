"""The plain blur that a spectrum tells is drawn as a kernel, with size and direction of what blurred the picture."""

from __future__ import annotations

import math

import pytest
import torch
from burnish.ops.measures.blur_kind import Blur
from burnish_deconvolution.blind.plain import drawn, plain_kernel
from torch import Tensor
from torch.nn import functional


def scene(side: int = 320) -> Tensor:
    """Sharp pieces of many sizes, H,W: its power falls with frequency as that of photographs does."""
    draw = torch.Generator().manual_seed(0)
    picture = torch.full((side, side), 0.5)
    for _ in range(900):
        size = 4 + int(80 * float(torch.rand(1, generator=draw)) ** 3)
        y, x = (int(torch.randint(-size // 2, side, (1,), generator=draw)) for _ in range(2))
        picture[max(y, 0) : y + size, max(x, 0) : x + size] = float(torch.rand(1, generator=draw))
    return picture


def moments(kernel: Tensor) -> tuple[float, float]:
    """Standard deviation along rows and along columns."""
    place = torch.arange(kernel.shape[0]).double() - kernel.shape[0] // 2
    return tuple(float((kernel.sum(axis) * place.square()).sum()) ** 0.5 for axis in (0, 1))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("blur", "wide", "high"),
    [
        (Blur(kind="motion", size=12.0, angle=0.0), 12 / math.sqrt(12), 0.0),
        (Blur(kind="motion", size=12.0, angle=90.0), 0.0, 12 / math.sqrt(12)),
        (Blur(kind="disk", size=6.0), 3.0, 3.0),
        (Blur(kind="gaussian", size=2.0), 2.0, 2.0),
    ],
)
def test_a_kernel_is_odd_sums_to_one_and_has_the_spread_of_its_blur(blur: Blur, wide: float, high: float) -> None:
    kernel = drawn(blur)
    assert kernel.shape[0] == kernel.shape[1]
    assert kernel.shape[0] % 2 == 1
    assert float(kernel.sum()) == pytest.approx(1.0)
    assert float(kernel.min()) >= 0.0
    assert moments(kernel) == pytest.approx((wide, high), abs=0.35)


def test_an_angle_is_counted_from_the_right_counter_clockwise() -> None:
    kernel = drawn(Blur(kind="motion", size=10.0, angle=45.0))
    middle = kernel.shape[0] // 2
    assert kernel[middle - 2, middle + 2] > 10 * kernel[middle + 2, middle + 2]


@pytest.mark.parametrize("blur", [Blur(kind="motion", size=13.0, angle=30.0), Blur(kind="disk", size=5.0)])
def test_the_kernel_of_a_plain_blur_is_found(blur: Blur) -> None:
    kernel = drawn(blur).float()
    blurred = functional.conv2d(scene()[None, None], kernel[None, None])[0, 0]
    found = plain_kernel((blurred * 255).round() / 255, 0.3 / 255)
    assert found is not None
    larger = max(found.shape[0], kernel.shape[0])
    one, other = (functional.pad(k, [(larger - k.shape[0]) // 2] * 4).double() for k in (found, kernel))
    assert float((one * other).sum() / (one.norm() * other.norm())) > 0.9


def test_a_sharp_scene_has_none() -> None:
    assert plain_kernel(scene(), 0.0) is None
