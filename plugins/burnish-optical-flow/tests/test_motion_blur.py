"""The blur along another line at every pixel, as a matrix."""

import numpy as np
import pytest
from burnish_optical_flow.deblurring import motion_blur
from burnish_optical_flow.deblurring.motion_blur import MotionBlur
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage


def field(seed: int, *shape: int, size: float = 1.0) -> np.ndarray:
    return (size * np.random.default_rng(seed).normal(size=shape)).astype(np.float32)


@given(height=st.integers(1, 12), width=st.integers(1, 12), seed=st.integers(0, 999), size=st.floats(0, 6))
def test_the_adjoint_is_the_adjoint(height: int, width: int, seed: int, size: float) -> None:
    blur = MotionBlur(field(seed, height, width, 2, size=size))
    x, y = field(seed + 1, *blur.domain, 3), field(seed + 2, height, width, 3)
    left = float((blur.A(x).astype(np.float64) * y).sum())
    right = float((x.astype(np.float64) * blur.A_adjoint(y)).sum())
    assert left == pytest.approx(right, rel=1e-5, abs=1e-4)


@given(seed=st.integers(0, 999), size=st.floats(0, 8))
def test_an_even_picture_stays_and_so_does_a_ramp(seed: int, size: float) -> None:
    blur = MotionBlur(field(seed, 6, 7, 2, size=size))
    rows, columns = blur.domain
    ramp = (np.arange(rows, dtype=np.float32)[:, None] + 2 * np.arange(columns, dtype=np.float32))[..., None]
    inner = slice(blur.margin, -blur.margin)
    np.testing.assert_allclose(blur.A(np.ones_like(ramp)), 1, rtol=1e-5)
    np.testing.assert_allclose(blur.A(ramp), ramp[inner, inner], rtol=1e-4, atol=1e-3)


def test_without_motion_nothing_changes() -> None:
    blur = MotionBlur(np.zeros((5, 6, 2), np.float32))
    x = field(0, *blur.domain, 1)
    np.testing.assert_array_equal(blur.A(x), x[blur.margin : -blur.margin, blur.margin : -blur.margin])


@pytest.mark.parametrize("axis", [0, 1])
def test_even_motion_along_an_axis_is_convolution_with_a_box(axis: int) -> None:
    motion = np.zeros((20, 24, 2), np.float32)
    motion[..., 1 - axis] = 4
    blur = MotionBlur(motion)
    x = field(0, *blur.domain, 1)
    fine = np.array([0.5, *[1] * 7, 0.5]) / 8  # half a pixel apart, bilinear between pixels
    taps = np.zeros(5)
    for place, share in zip(np.linspace(-2, 2, 9), fine, strict=True):
        low = int(np.floor(place))
        taps[low + 2] += share * (1 - place + low)
        if place > low:
            taps[low + 3] += share * (place - low)
    wanted = ndimage.correlate1d(x.astype(np.float64), taps, axis=axis)
    inner = slice(blur.margin, -blur.margin)
    np.testing.assert_allclose(blur.A(x), wanted[inner, inner], atol=1e-5)


def test_strips_are_not_seen(monkeypatch) -> None:
    motion = field(3, 9, 8, 2, size=3)
    x = field(4, *MotionBlur(motion).domain, 1)
    whole = MotionBlur(motion).A(x)
    monkeypatch.setattr(motion_blur, "ENTRIES", 100)
    np.testing.assert_array_equal(MotionBlur(motion).A(x), whole)
