"""An explanation of every kind of restorer: networks, classical ones, bursts and clips."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import burnish
import numpy as np
import pytest
import torch
from burnish.errors import RestorationError, UsageError
from burnish.inference import Restorer
from numpy.typing import NDArray
from torch import nn

from tests.core.explaining.conftest import Smooth, Weighted

captum = pytest.importorskip("captum", reason="the extra burnish[explain] is not installed")


def test_a_place_of_an_enlarged_picture_is_explained_by_the_pixels_below_it(
    doubling: Restorer, grey: NDArray[np.float32]
) -> None:
    made = burnish.explain(doubling, grey, at=(50, 40))
    assert (made.box, made.region, made.exact, made.whole) == ((42, 32, 16, 16), (18, 13, 15, 15), True, (48, 40))
    assert made.estimate.shape == (30, 30, 1)
    np.testing.assert_array_equal(made.picture[:, :, 0], grey[13:28, 18:33])
    for one in (made.lam, made.integrated_gradients, made.occlusion):
        assert one is not None
        assert one.values.shape == (15, 15)
        assert 1 < one.pixels < 225
        assert one.diffusion_index == pytest.approx(100 * one.pixels / 1920)
    assert (made.measured.side, made.declared) == (7, 7)
    assert [layer.kind for layer in made.layers] == ["Conv2d", "sigmoid", "Conv2d", "relu", "Conv2d", "PixelShuffle"]
    assert json.loads(json.dumps(made.as_json()))["receptive_field"]["by"] == "gradients"


def test_an_array_of_another_picture_size_leaves_the_contributing_pixels_as_they_are(
    doubling: Restorer, grey: NDArray[np.float32]
) -> None:
    whole = burnish.explain(doubling, grey, box=(42, 32, 16, 16)).lam
    part = burnish.explain(doubling, np.ascontiguousarray(grey[4:, 6:]), box=(30, 24, 16, 16)).lam
    assert whole is not None
    assert part is not None
    assert part.pixels == pytest.approx(whole.pixels, rel=1e-3)
    assert part.diffusion_index > whole.diffusion_index


def test_of_a_burst_each_frame_has_the_share_of_its_weight(
    restorer: Callable[..., Restorer], grey: NDArray[np.float32]
) -> None:
    loaded = restorer(Weighted(0.5, 0.3, 0.2), temporal="burst", receptive_field=1, tiling="overlap")
    made = burnish.explain(loaded, [grey] * 3, at=(20, 20))
    for one in (made.lam, made.integrated_gradients):
        assert one is not None
        assert one.frames == pytest.approx([0.5, 0.3, 0.2], abs=0.01)
    assert made.frame is None
    assert made.occlusion is not None
    first, second, third = made.occlusion.frames
    assert first > second > third


def test_of_a_clip_one_frame_is_explained_in_the_window_about_it(
    restorer: Callable[..., Restorer], grey: NDArray[np.float32]
) -> None:
    loaded = restorer(
        Weighted(0.0, 1.0, 0.0, clip=True), temporal="video", receptive_field=1, tiling="overlap", window=3
    )
    made = burnish.explain(loaded, [(0.1 + 0.1 * index) * grey for index in range(6)], at=(20, 20), frame=4)
    assert made.lam is not None
    assert made.lam.frames == pytest.approx([0.0, 1.0, 0.0])
    assert made.frame == 1
    assert "of the 6 frames, 3 to 5 are seen together" in made.notes
    np.testing.assert_allclose(made.estimate[:, :, 0], 0.5 * grey[12:29, 12:29], atol=1e-6)
    with pytest.raises(UsageError, match="no frame 6; the clip has the frames 0 to 5"):
        burnish.explain(loaded, [grey] * 6, at=(20, 20), frame=6)


def test_a_restorer_without_gradients_is_explained_by_occlusion_and_changes(
    restorer: Callable[..., Restorer], grey: NDArray[np.float32]
) -> None:
    def median(degraded: torch.Tensor) -> torch.Tensor:
        from scipy.ndimage import median_filter

        return torch.from_numpy(median_filter(degraded.numpy(), (1, 1, 3, 3)))

    made = burnish.explain(restorer(median, receptive_field=3), grey, at=(20, 20))
    assert made.lam is None
    assert made.integrated_gradients is None
    assert made.occlusion is not None
    assert (made.layers, made.measured.side, made.measured.by) == ([], 3, "changes")
    assert any("gives no gradient" in note for note in made.notes)


def test_without_captum_the_rest_is_explained_and_how_to_install_it_is_said(
    doubling: Restorer, grey: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "captum.attr", None)
    made = burnish.explain(doubling, grey, at=(20, 20))
    assert made.occlusion is None
    assert made.lam is not None
    assert "captum is not installed, so nothing was occluded; pip install 'burnish[explain]'" in made.notes


def test_of_a_grey_network_a_colour_picture_is_explained_in_grey(smooth: Restorer, grey: NDArray[np.float32]) -> None:
    made = burnish.explain(smooth, np.stack([grey] * 3, axis=2), at=(20, 20))
    alone = burnish.explain(smooth, grey, at=(20, 20))
    assert made.lam is not None
    assert alone.lam is not None
    np.testing.assert_allclose(made.lam.values, alone.lam.values, atol=1e-5)
    assert "explained in grey, since it takes one channel at a time" in made.notes


def test_a_condition_that_is_needed_is_told_and_asked_for(
    restorer: Callable[..., Restorer], grey: NDArray[np.float32]
) -> None:
    class Told(nn.Module):
        def forward(self, degraded: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
            return degraded * kernel.amax()

    loaded = restorer(Told(), needs=frozenset({"kernel"}), receptive_field=1)
    made = burnish.explain(loaded, grey, at=(20, 20), detector="level", kernel=np.full((3, 3), 1 / 9))
    assert made.integrated_gradients is not None
    assert made.integrated_gradients.total == pytest.approx(grey[12:28, 12:28].sum() / 9, rel=1e-4)
    with pytest.raises(RestorationError, match="needs kernel"):
        burnish.explain(loaded, grey, at=(20, 20))


def test_the_same_comes_of_a_tensor(smooth: Restorer, grey: NDArray[np.float32]) -> None:
    made, other = (
        burnish.explain(smooth, picture, at=(20, 20)) for picture in (grey, torch.from_numpy(grey)[None, None])
    )
    assert made.lam is not None
    assert other.lam is not None
    np.testing.assert_array_equal(made.lam.values, other.lam.values)


@pytest.mark.parametrize("where", [{}, {"at": (1, 1), "box": (0, 0, 2, 2)}])
def test_the_place_is_said_once(smooth: Restorer, grey: NDArray[np.float32], where: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="say where: give either box"):
        burnish.explain(smooth, grey, **where)


def test_frames_for_a_restorer_of_single_pictures_are_refused(smooth: Restorer, grey: NDArray[np.float32]) -> None:
    with pytest.raises(UsageError, match="restores single pictures; give one"):
        burnish.explain(smooth, [grey, grey], at=(20, 20))


@pytest.mark.parametrize("channels", [1, 3])
def test_a_network_that_looks_further_than_it_declares_is_measured_so(
    restorer: Callable[..., Restorer], grey: NDArray[np.float32], channels: int
) -> None:
    class Far(nn.Module):
        def forward(self, degraded: torch.Tensor) -> torch.Tensor:
            return degraded + 1e-4 * nn.functional.pad(degraded, (5, 0))[..., :-5]

    picture = grey if channels == 1 else np.stack([grey] * 3, axis=2)
    made = burnish.explain(restorer(Far(), receptive_field=3, channels=(channels,)), picture, at=(20, 20))
    assert (made.measured.side, made.declared) == (11, 3)


def test_a_wide_filter_is_as_of_more_pixels_than_a_narrow_one(
    restorer: Callable[..., Restorer], grey: NDArray[np.float32]
) -> None:
    class Twice(Smooth):
        def forward(self, degraded: torch.Tensor) -> torch.Tensor:
            return super().forward(super().forward(super().forward(degraded)))

    narrow, wide = (
        burnish.explain(restorer(network, receptive_field=field), grey, at=(20, 20)).lam
        for network, field in ((Smooth(), 3), (Twice(), 7))
    )
    assert narrow is not None
    assert wide is not None
    assert wide.pixels > narrow.pixels
