"""Registration against motions that are known, and warping against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish.ops.alignment import align, resized, warp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from torch import Tensor


def texture(size: int = 96, seed: int = 0, smoothness: float = 1.5) -> np.ndarray:
    """Smooth random structure in [0, 1], periodic."""
    noise = np.random.default_rng(seed).standard_normal((size, size))
    smooth = ndimage.gaussian_filter(noise, smoothness, mode="wrap") + ndimage.gaussian_filter(noise, 6, mode="wrap")
    return (smooth - smooth.min()) / np.ptp(smooth)


def picture(values: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values)).float()[None, None]


def moved(values: np.ndarray, right: float, down: float) -> np.ndarray:
    """The picture whose content lies so many pixels farther right and down; exact for periodic ones."""
    return np.fft.ifft2(ndimage.fourier_shift(np.fft.fft2(values), (down, right))).real


INNER = (slice(None), slice(None), slice(16, -16), slice(16, -16))


@settings(max_examples=8)
@given(st.floats(-5, 5), st.floats(-5, 5), st.integers(0, 100))
def test_a_shift_is_found_to_a_thirtieth_of_a_pixel(right: float, down: float, seed: int) -> None:
    reference = texture(seed=seed)
    flow = align(picture(reference), picture(moved(reference, right, down)), local_levels=0)[0][INNER]
    assert float((flow[:, 0] - right).abs().max()) < 0.033
    assert float((flow[:, 1] - down).abs().max()) < 0.033


def test_a_turn_about_the_centre_is_found() -> None:
    reference, angle = texture(), np.deg2rad(2.0)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    centre = np.full(2, (96 - 1) / 2)
    turned = ndimage.affine_transform(reference, turn, centre - turn @ centre, mode="reflect")
    flow = align(picture(reference), picture(turned), local_levels=0)[0][0].numpy()
    y, x = np.mgrid[:96, :96] - centre[0]
    expected = np.einsum("ij,jhw->ihw", np.linalg.inv(turn), np.stack([y, x])) - np.stack([y, x])
    assert np.abs(flow[::-1] - expected).max() < 0.08


def test_noise_moves_the_global_motion_by_less_than_a_twentieth_of_a_pixel() -> None:
    reference, generator = texture(), np.random.default_rng(1)
    frames = [
        values + 0.05 * generator.standard_normal(values.shape) for values in (reference, moved(reference, 1.3, 0))
    ]
    flow, _ = align(picture(frames[0]), picture(frames[1]), local_levels=0)
    assert float((flow[:, 0] - 1.3).abs().mean()) < 0.05


def test_motion_that_differs_from_place_to_place_is_found_where_it_is_asked_for() -> None:
    reference = texture(128)
    y, x = np.mgrid[:128, :128].astype(float)
    right = 1.5 * np.sin(2 * np.pi * y / 128)
    bent = ndimage.map_coordinates(reference, [y, x - right], order=3, mode="wrap")
    errors = [
        float(
            (
                align(picture(reference), picture(bent), local_levels=levels)[0][INNER][:, 0]
                - picture(right)[INNER][:, 0]
            )
            .abs()
            .mean()
        )
        for levels in (0, 3)
    ]
    assert errors[1] < 0.12 < 0.5 < errors[0]


@pytest.mark.parametrize("exposure", [0.6, 1.0, 1.5])
def test_another_exposure_is_found_and_does_not_disturb_the_motion(exposure: float) -> None:
    reference = texture()
    flow, gain = align(picture(reference), picture(moved(reference, -0.7, 2.2) / exposure), local_levels=0)
    assert float(gain) == pytest.approx(exposure, rel=2e-3)
    assert float((flow[INNER] - torch.tensor([-0.7, 2.2]).view(1, 2, 1, 1)).abs().max()) < 0.033


def test_equal_pictures_do_not_move() -> None:
    reference = picture(texture())
    assert float(align(reference, reference)[0].abs().max()) < 1e-5


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (24, 7)])
def test_a_picture_without_structure_gets_a_finite_flow(size: tuple[int, int]) -> None:
    flow, gain = align(torch.full((1, 3, *size), 0.5), torch.full((1, 3, *size), 0.4))
    assert flow.shape == (1, 2, *size)
    assert bool(torch.isfinite(flow).all() and torch.isfinite(gain).all())


def test_each_pair_is_registered_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = torch.cat([picture(texture(48, seed)) for seed in range(3)])
    others = torch.cat([picture(moved(texture(48, seed), seed, 1.0)) for seed in range(3)])
    together = torch.cat([part.flatten() for part in align(frames, others)])
    monkeypatch.setattr("burnish.ops.alignment.AT_ONCE", 1)
    in_turn = torch.cat([part.flatten() for part in align(frames, others)])
    assert torch.allclose(in_turn, together, rtol=0, atol=1e-4)


def test_no_gradient_flows_through_the_registration() -> None:
    frame = picture(texture(32)).requires_grad_()
    assert not any(part.requires_grad for part in align(frame, frame))


def test_warping_is_scipy_s_linear_interpolation() -> None:
    values = np.random.default_rng(0).random((9, 13))
    flow = torch.from_numpy(np.random.default_rng(1).uniform(-3, 3, (1, 2, 9, 13))).float()
    y, x = np.mgrid[:9, :13]
    places = [y + flow[0, 1].numpy(), x + flow[0, 0].numpy()]
    expected = ndimage.map_coordinates(values, places, order=1, mode="nearest")
    np.testing.assert_allclose(warp(picture(values), flow)[0, 0].numpy(), expected, atol=1e-5)


def test_a_flow_keeps_its_values_on_another_grid() -> None:
    flow = torch.tensor([1.5, -2.0]).view(1, 2, 1, 1).expand(1, 2, 6, 8)
    assert torch.equal(resized(flow, (12, 16)), torch.tensor([1.5, -2.0]).view(1, 2, 1, 1).expand(1, 2, 12, 16))
