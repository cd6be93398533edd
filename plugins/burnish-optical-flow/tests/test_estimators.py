"""Every estimator finds known motion; OpenCV's are OpenCV's; ours beat them on Middlebury's pairs."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from burnish.errors import ConfigError
from burnish.io import read_clean
from burnish_optical_flow.estimators.by_name import FACTORIES, make_estimator
from burnish_optical_flow.flow.errors import endpoint_error
from burnish_optical_flow.flow.flo import read_flo
from burnish_optical_flow.plugin import ESTIMATORS
from torch import Tensor

Moving = Callable[..., tuple[Tensor, ...]]
NAMES = list(FACTORIES)
UNIT = [[1.0, 0.0], [0.0, 1.0]]


def error(name: str, first: Tensor, second: Tensor, flow: Tensor, border: int = 12) -> float:
    inner = (..., slice(border, -border), slice(border, -border))
    with torch.no_grad():
        return float(endpoint_error(make_estimator(name)(first, second)[inner], flow[inner]))


def test_the_declared_estimators_are_those_there_are() -> None:
    assert sorted(ESTIMATORS) == sorted(FACTORIES)


@pytest.mark.parametrize(
    ("name", "allowed"), [("dis", 0.1), ("farneback", 0.1), ("horn-schunck", 0.02), ("lucas-kanade", 0.02)]
)
def test_a_shift_by_a_fraction_is_found(name: str, allowed: float, moving: Moving) -> None:
    assert error(name, *moving(UNIT, [1.3, -0.7])) < allowed


@pytest.mark.parametrize(
    ("name", "allowed"), [("dis", 0.15), ("farneback", 0.3), ("horn-schunck", 0.05), ("lucas-kanade", 0.05)]
)
def test_rotation_and_zoom_are_found(name: str, allowed: float, moving: Moving) -> None:
    assert error(name, *moving([[1.02, -0.03], [0.03, 1.02]], [0.5, 0.3])) < allowed


@pytest.mark.parametrize("name", ["dis", "horn-schunck", "lucas-kanade"])
def test_a_shift_by_several_pixels_is_found_through_the_pyramid(name: str, moving: Moving) -> None:
    assert error(name, *moving(UNIT, [-5.0, 4.0])) < 0.15


@pytest.mark.parametrize("name", NAMES)
def test_equal_frames_do_not_move(name: str, moving: Moving) -> None:
    first, *_ = moving(UNIT, [0.0, 0.0])
    motion = make_estimator(name)(first, first)[..., 4:-4, 4:-4]  # OpenCV's Farnebäck is a little off at the border
    assert float(motion.abs().max()) < 0.03


@pytest.mark.parametrize("name", NAMES)
def test_grey_repeated_thrice_moves_as_grey_does(name: str, moving: Moving) -> None:
    first, second, _ = moving(UNIT, [1.0, 0.5])
    estimator = make_estimator(name)
    colour = estimator(first.expand(-1, 3, -1, -1), second.expand(-1, 3, -1, -1))
    torch.testing.assert_close(colour, estimator(first, second), atol=1e-2, rtol=0)


@pytest.mark.parametrize("name", NAMES)
def test_each_pair_of_a_batch_is_estimated_by_itself(name: str, moving: Moving) -> None:
    first, second, _ = moving(UNIT, [1.0, 0.5], height=40, width=50)
    estimator = make_estimator(name)
    both = estimator(torch.cat([first, second]), torch.cat([second, first]))
    assert both.dtype == torch.float32
    assert both.shape == (2, 2, 40, 50)
    torch.testing.assert_close(both[:1], estimator(first, second), atol=1e-4, rtol=0)
    torch.testing.assert_close(both[1:], estimator(second, first), atol=1e-4, rtol=0)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [(1, 1), (3, 70), (17, 2)])
def test_the_smallest_pictures_have_a_flow(name: str, size: tuple[int, int]) -> None:
    frames = torch.rand(2, 1, 3, *size)
    flow = make_estimator(name)(frames[0], frames[1])
    assert flow.shape == (1, 2, *size)
    assert bool(torch.isfinite(flow).all())


@pytest.mark.parametrize("name", ["horn-schunck", "lucas-kanade"])
def test_a_change_of_frames_halfway_to_black_is_no_reason_for_nan(name: str) -> None:
    flow = make_estimator(name)(torch.zeros(1, 1, 30, 30), torch.ones(1, 1, 30, 30))
    assert bool(torch.isfinite(flow).all())


def levels(frame: Tensor) -> np.ndarray:
    return (frame[0, 0].numpy() * 255 + 0.5).astype(np.uint8)


def test_dis_is_opencvs(moving: Moving) -> None:
    first, second, _ = moving(UNIT, [2.0, 1.0])
    wanted = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST).calc(levels(first), levels(second), None)
    found = make_estimator("dis", preset="fast", finest=2)(first, second)[0].permute(1, 2, 0).numpy()
    np.testing.assert_array_equal(found, wanted)


def test_dis_finds_a_piece_that_moves_far_before_a_background_that_stays() -> None:
    draw = torch.Generator().manual_seed(0)
    octaves = [torch.rand(2, 1, 320 // step, 400 // step, generator=draw) for step in (40, 20, 10, 4)]
    grown = [torch.nn.functional.interpolate(octave, (320, 400), mode="bicubic") for octave in octaves]
    behind, before = torch.stack(grown).mean(0).clamp(0, 1).split(1)
    first, second = behind.clone(), behind.clone()
    first[..., 60:200, 80:260] = before[..., 60:200, 80:260]
    second[..., 78:218, 104:284] = before[..., 60:200, 80:260]  # 24 to the right, 18 down
    found = make_estimator("dis")(first, second)[0]
    piece, still = found[:, 80:180, 100:240], found[:, 240:, :]
    assert float((piece - torch.tensor([24.0, 18.0])[:, None, None]).square().sum(0).sqrt().mean()) < 1.0
    assert float(still.square().sum(0).sqrt().mean()) < 1.0


def test_farneback_is_opencvs(moving: Moving) -> None:
    first, second, _ = moving(UNIT, [2.0, 1.0])
    wanted = cv2.calcOpticalFlowFarneback(levels(first), levels(second), None, 0.5, 3, 21, 2, 5, 1.1, 0)
    found = make_estimator("farneback", levels=3, window=21, iterations=2, neighbourhood=5)(first, second)
    np.testing.assert_array_equal(found[0].permute(1, 2, 0).numpy(), wanted)


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match="choose one of dis, farneback, horn-schunck, lucas-kanade"):
        make_estimator("flownet")


def test_an_unknown_setting_names_the_estimator() -> None:
    with pytest.raises(ConfigError, match="horn-schunck"):
        make_estimator("horn-schunck", preset="fast")


@pytest.mark.slow
def test_estimators_are_as_precise_as_the_readme_says_on_rubber_whale(shared_data: Path) -> None:
    folder = shared_data / "flow" / "middlebury" / "RubberWhale"
    if not folder.is_dir():
        pytest.skip("no Middlebury pairs there")
    first, second = (read_clean(folder / f"frame{i}.png") for i in (10, 11))
    truth = read_flo(folder / "flow10.flo")[None]
    with torch.no_grad():
        errors = {name: float(endpoint_error(make_estimator(name)(first, second), truth)) for name in NAMES}
    assert errors["dis"] < 0.12
    assert errors["horn-schunck"] < 0.11
    assert errors["lucas-kanade"] < 0.2
