"""An object that moves by itself: the mean over the moments of the exposure, and what a linear operator must be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from burnish_degradations.blur.moving_object import MovingObject
from scipy import ndimage

SIZE = (47, 61)
MOMENTS = 500


def _picture() -> torch.Tensor:
    return torch.rand(2, 2, *SIZE, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def _drawn(blur: MovingObject, seed: int = 3) -> dict[str, Any]:
    scene: dict[str, Any] = blur.draw((2, 2, *SIZE), torch.Generator().manual_seed(seed))["scene"]
    return scene


def test_before_a_still_camera_the_blur_is_the_mean_of_pictures_with_the_object_moved() -> None:
    blur = MovingObject(length=0.0, object_length=9.0)
    scene, clean = _drawn(blur), _picture()
    blurred = blur.A(clean, scene).numpy()
    _, _, mask = blur._scene(clean, SIZE, scene)
    for picture in range(2):
        inside, values = mask[picture, 0].numpy(), clean[picture, 0].numpy()
        angle = np.radians(scene["direction"][picture])
        total = np.zeros(SIZE)
        for moment in np.linspace(-0.5, 0.5, MOMENTS):
            way = (-9.0 * moment * np.sin(angle), 9.0 * moment * np.cos(angle))
            covered = ndimage.shift(inside, way, order=1, mode="mirror")
            total += (1.0 - covered) * values + ndimage.shift(inside * values, way, order=1, mode="mirror")
        assert np.abs(blurred[picture, 0] - total / MOMENTS).max() < 1e-9
        assert 0.02 < inside.mean() < 0.9


@pytest.mark.parametrize("boundary", ["reflect", "circular", "valid"])
def test_a_flat_picture_stays_flat_and_the_transpose_is_exact(boundary: Any) -> None:
    blur = MovingObject(length=6.0, object_length=8.0, boundary=boundary)
    scene = _drawn(blur)
    image = blur.A(_picture(), scene)
    y = torch.randn(image.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    assert float((image * y).sum()) == pytest.approx(float((_picture() * blur.A_adjoint(y, scene)).sum()), rel=1e-10)
    assert torch.allclose(blur.A(torch.full_like(_picture(), 0.7), scene), torch.full_like(image, 0.7), atol=1e-12)


def test_an_object_that_does_not_move_by_itself_is_shaken_as_its_background() -> None:
    blur = MovingObject(length=7.0, object_length=0.0)
    scene = _drawn(blur)
    camera, thing = blur.kernels(scene)
    assert np.array_equal(camera, thing)
    assert np.allclose(camera.sum((1, 2)), 1.0)


def test_the_object_lies_at_other_places_in_other_pictures() -> None:
    blur = MovingObject()
    _, _, mask = blur._scene(_picture(), SIZE, _drawn(blur))
    assert not torch.equal(mask[0], mask[1])
    assert float(mask.min()) == 0.0
    assert float(mask.max()) == 1.0
