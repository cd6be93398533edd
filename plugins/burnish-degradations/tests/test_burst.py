"""A burst's frames are where its flow says, blurred by their own shakes, made of true pixels only."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from burnish.errors import DataError
from burnish.ops.resampling import resize
from burnish.protocols import Observation
from burnish_degradations.frames.burst import Burst
from scipy import ndimage, signal

STILL: dict[str, Any] = {"length": 0.0, "noise": 0.0}


def _generator(seed: int = 2) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _smooth(height: int, width: int, *, blur: float = 2.5) -> torch.Tensor:
    """Two grey pictures without fine detail, of mean 0.5 and standard deviation 0.15."""
    noise = np.random.default_rng(5).standard_normal((2, 1, height, width))
    smooth = ndimage.gaussian_filter(noise, (0, 0, blur, blur))
    return torch.from_numpy(0.5 + 0.15 * smooth / smooth.std()).float()


def _rough(height: int = 96, width: int = 100) -> torch.Tensor:
    return torch.rand(2, 3, height, width, generator=_generator(0))


def _aligned(made: Observation, picture: int, frame: int) -> np.ndarray:
    """The frame sampled at p + flow(p) by SciPy's quintic splines; NaN outside."""
    flow = made.conditions["flow"][picture, frame].numpy()
    grid = np.mgrid[: flow.shape[1], : flow.shape[2]]
    places = np.stack([grid[0] + flow[1], grid[1] + flow[0]])
    return ndimage.map_coordinates(made.degraded[picture, frame, 0].double().numpy(), places, order=5, cval=np.nan)


@pytest.mark.parametrize(("rotation", "scale"), [(0.0, 1), (3.0, 1), (0.0, 2), (3.0, 2), (2.0, 4)])
def test_every_frame_sampled_where_the_flow_points_is_the_reference(rotation: float, scale: int) -> None:
    clean = _smooth(260, 248, blur=6.0) if scale == 4 else _smooth(190, 186)
    burst = Burst(frames=4, shift=3.0 * scale, rotation=rotation, scale=scale, **STILL)
    made = burst(clean, _generator())
    for picture in range(2):
        reference = made.degraded[picture, 0, 0].numpy()
        for frame in range(4):
            aligned = _aligned(made, picture, frame)
            seen = ndimage.binary_erosion(~np.isnan(aligned), iterations=8)
            assert seen.mean() > 0.2
            assert np.abs(aligned - reference)[seen].max() < (2e-3 if scale == 1 else 6e-3)
            apart = np.abs(made.degraded[picture, frame, 0].numpy() - reference)[seen].max()
            assert frame == 0 or apart > 0.05


def test_the_reference_is_frame_0_it_does_not_move_and_is_the_target_when_nothing_else_happens() -> None:
    made = Burst(shift=4.0, rotation=1.0, exposure=0.2, **STILL)(_rough(), _generator())
    assert torch.allclose(made.degraded[:, 0], made.target, atol=1e-5)
    assert float(made.conditions["flow"][:, 0].abs().max()) == 0.0
    assert float(made.conditions["flow"][:, 1:].abs().amax(dim=(2, 3, 4)).min()) > 0.0


def test_displacements_fill_the_disk_of_the_declared_radius() -> None:
    shift = torch.tensor(Burst(frames=2, shift=3.0).draw((4000, 3, 8, 8), _generator())["shift"])[:, 1]
    distance = shift.norm(dim=1)
    assert float(distance.max()) <= 3.0
    assert float((distance < 1.5).double().mean()) == pytest.approx(0.25, abs=0.03)
    assert shift.mean(dim=0).tolist() == pytest.approx([0, 0], abs=0.1)


@pytest.mark.parametrize("config", [{"scale": 1}, {"scale": 2}, {"scale": 4, "length": 3.0}, {"rotation": 2.0}])
def test_what_lies_outside_the_margin_changes_nothing(config: dict[str, Any]) -> None:
    """A picture with more around it gives the same frames in the middle."""
    clean = _rough(168, 176)
    burst = Burst(frames=3, shift=2.5, noise=0.0, **{"length": 6.0, **config})
    parameters = burst.draw((2, 3, 1, 1), _generator())
    wide, narrow = burst.apply(clean, parameters), burst.apply(clean[..., 20:-20, 20:-20], parameters)
    cut = (wide.target.shape[-1] - narrow.target.shape[-1]) // 2 // burst.scale
    height, width = narrow.degraded.shape[-2:]
    middle = (..., slice(cut, cut + height), slice(cut, cut + width))
    assert torch.allclose(wide.degraded[middle], narrow.degraded, atol=1e-5)
    assert torch.allclose(wide.conditions["flow"][middle], narrow.conditions["flow"], atol=1e-5)


def test_target_and_frames_show_the_same_part_at_the_declared_scale() -> None:
    for scale in (1, 2, 3, 4):
        clean = _smooth(160, 171, blur=4.0)
        made = Burst(frames=2, shift=0.0, scale=scale, **STILL)(clean, _generator())
        assert made.target.shape[-2:] == tuple(scale * side for side in made.degraded.shape[-2:])
        averaged = torch.nn.functional.avg_pool2d(made.target, scale)
        assert float((averaged - made.degraded[:, 0]).abs().max()) < 0.02
        assert made.conditions["scale"] == scale


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_frames_are_downscaled_as_matlab_downscales(scale: int) -> None:
    clean = _rough(120, 132)
    burst = Burst(frames=1, scale=scale, **STILL)
    margin = burst.margin(120, 132) // scale
    made, whole = burst(clean, _generator()).degraded[:, 0], resize(clean, 1.0 / scale)
    assert torch.allclose(made, whole[..., margin:-margin, margin:-margin], atol=2e-6)


def test_each_frame_is_blurred_by_a_shake_of_its_own_as_scipy_blurs_it() -> None:
    clean = _rough()
    burst = Burst(frames=3, shift=0.0, length=[4.0, 9.0], noise=0.0)
    made = burst(clean, _generator())
    assert burst.shake is not None
    for picture in range(2):
        shake = {key: value[picture] for key, value in made.parameters["shake"].items()}
        kernels = burst.shake.kernels(shake)
        assert len({kernel.tobytes() for kernel in kernels}) == 3
        for frame, kernel in enumerate(kernels):
            wanted = signal.convolve2d(clean[picture, 1].double().numpy(), kernel, mode="valid")
            assert np.abs(made.degraded[picture, frame, 1].numpy() - wanted).max() < 1e-5


def test_exposures_scale_all_frames_but_the_reference() -> None:
    made = Burst(frames=5, shift=0.0, exposure=0.3, **STILL)(_rough(), _generator())
    gain = torch.tensor(made.parameters["gain"])
    assert torch.allclose(made.degraded, gain[:, :, None, None, None] * made.target[:, None], atol=1e-5)
    assert gain[:, 0].tolist() == [1.0, 1.0]
    assert float((gain[:, 1:] - 1).abs().max()) <= 0.3
    assert len(gain[:, 1:].unique()) == 8


def test_noise_has_the_recorded_deviation_and_differs_from_frame_to_frame() -> None:
    burst = Burst(frames=4, noise=[0.02, 0.2], scale=2)
    clean = _rough(200, 220)
    made = burst(clean, _generator())
    noise = made.degraded - burst.A(clean, made.parameters)
    assert noise.std(dim=(1, 2, 3, 4)).tolist() == pytest.approx(made.conditions["sigma"].tolist(), rel=0.03)
    fields = noise.flatten(2).flatten(0, 1)
    assert float((torch.corrcoef(fields) - torch.eye(8)).abs().max()) < 0.05


@pytest.mark.parametrize("config", [{"scale": 2}, {"scale": 3, "rotation": 2.0}, {"rotation": 1.0, "length": 0.0}])
def test_the_transpose_is_exact_for_the_recorded_parameters_and_any_size(config: dict[str, Any]) -> None:
    burst = Burst(frames=3, exposure=0.2, **config)
    x = torch.randn(2, 1, 95, 101, generator=_generator(), dtype=torch.float64)
    parameters = burst.draw((2, 1, 95, 101), _generator())
    image = burst.A(x, parameters)
    y = torch.randn(image.shape, generator=_generator(1), dtype=torch.float64)
    back = burst.A_adjoint(y, parameters, size=(95, 101))
    assert float((image * y).sum()) == pytest.approx(float((x * back).sum()), rel=1e-9)


def test_a_burst_of_one_frame_is_a_single_picture() -> None:
    made = Burst(frames=1)(_rough(), _generator())
    assert made.degraded.shape[1] == 1


def test_a_picture_without_room_for_the_motion_is_refused_with_the_margin() -> None:
    with pytest.raises(DataError, match="30×40 pixels is too small for this burst, which needs 25 pixels"):
        Burst(shift=20.0, **STILL)(torch.zeros(1, 1, 40, 30), _generator())
