"""Facts about conditions: exactly the needs, one for each picture, cut with it; else an error with the mend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from burnish.errors import RestorationError
from burnish.inference import Restorer, restore, restore_picture
from burnish.io import Picture
from burnish.ops.transfer import S_RGB

Wrap = Callable[..., Restorer]

_KERNEL = torch.tensor([[0.0, 0.25, 0.0], [0.25, 0.0, 0.25], [0.0, 0.25, 0.0]])


def _recording(seen: list[dict[str, Any]]) -> Callable[..., torch.Tensor]:
    def restorer(degraded: torch.Tensor, **conditions: Any) -> torch.Tensor:
        seen.append(conditions)
        return degraded

    return restorer


def test_a_restorer_is_handed_exactly_its_needs(wrap: Wrap) -> None:
    seen: list[dict[str, Any]] = []
    known = {"sigma": 0.1, "kernel": _KERNEL, "mask": torch.ones(1, 1, 8, 8)}
    for needs in ((), ("sigma",), ("kernel", "sigma")):
        restore(wrap(_recording(seen), needs=frozenset(needs)), torch.rand(2, 1, 8, 8), known)
        assert sorted(seen.pop()) == sorted(needs)


@pytest.mark.parametrize(("need", "mend"), [("sigma", "--sigma F"), ("kernel", "--kernel FILE"), ("mask", "'mask'")])
def test_a_missing_need_names_itself_and_the_mend(wrap: Wrap, need: str, mend: str) -> None:
    loaded = wrap(_recording([]), needs=frozenset({need}))
    with pytest.raises(RestorationError, match=rf"test/tried .* needs {need}, which is unknown; .*{mend}"):
        restore(loaded, torch.rand(1, 1, 8, 8), {"scale": 1, need: None})


@pytest.mark.parametrize("sigma", [0.1, torch.tensor(0.1), [0.1], np.array([0.1, 0.1]), torch.tensor([0.1, 0.1])])
def test_sigma_becomes_one_float32_for_each_picture(wrap: Wrap, sigma: Any) -> None:
    seen: list[dict[str, Any]] = []
    restore(wrap(_recording(seen), needs=frozenset({"sigma"})), torch.rand(2, 1, 8, 8), {"sigma": sigma})
    assert torch.equal(seen[0]["sigma"], torch.tensor([0.1, 0.1]))


@pytest.mark.parametrize("kernel", [_KERNEL, _KERNEL[None], _KERNEL.numpy(), torch.stack([_KERNEL, _KERNEL])])
def test_a_kernel_becomes_one_for_each_picture(wrap: Wrap, kernel: Any) -> None:
    seen: list[dict[str, Any]] = []
    restore(wrap(_recording(seen), needs=frozenset({"kernel"})), torch.rand(2, 1, 8, 8), {"kernel": kernel})
    assert torch.equal(seen[0]["kernel"], torch.stack([_KERNEL, _KERNEL]))


@pytest.mark.parametrize(
    ("conditions", "fact"),
    [
        ({"sigma": 25.0}, r"\[0, 1\]"),
        ({"sigma": -0.1}, r"\[0, 1\]"),
        ({"sigma": float("nan")}, r"\[0, 1\]"),
        ({"sigma": [0.1, 0.2, 0.3]}, "3 values for 2 pictures"),
        ({"kernel": torch.full((4, 4), 1 / 16)}, "k odd"),
        ({"kernel": torch.full((3, 5), 1 / 15)}, "k odd"),
        ({"kernel": torch.ones(3, 3)}, "does not sum to 1"),
        ({"kernel": _KERNEL.expand(3, 3, 3)}, "N 1 or 2"),
        ({"mask": torch.ones(2, 1, 8, 9)}, "one value per pixel"),
    ],
)
def test_a_condition_of_another_shape_or_range_is_refused(wrap: Wrap, conditions: dict[str, Any], fact: str) -> None:
    loaded = wrap(_recording([]), needs=frozenset(conditions))
    with pytest.raises(RestorationError, match=fact):
        restore(loaded, torch.rand(2, 1, 8, 8), conditions)


def test_the_scale_is_known_from_the_restorer_itself(wrap: Wrap) -> None:
    def enlarge(degraded: torch.Tensor, scale: int) -> torch.Tensor:
        return degraded.repeat_interleave(scale, -1).repeat_interleave(scale, -2)

    loaded = wrap(enlarge, {"scale": 3}, scale=(2, 3), needs=frozenset({"scale"}), receptive_field=1)
    assert restore(loaded, torch.rand(1, 1, 20, 10), tile=8).shape == (1, 1, 60, 30)


def test_a_mask_is_padded_and_cut_with_the_picture(wrap: Wrap) -> None:
    def masked(degraded: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        assert degraded.shape == mask.shape and degraded.shape[-1] % 4 == 0
        return degraded * mask

    degraded, mask = torch.rand(2, 1, 35, 29), (torch.rand(2, 1, 35, 29) > 0.5).float()
    loaded = wrap(masked, needs=frozenset({"mask"}), receptive_field=5, size_multiple=4)
    for tile in (0, 8):
        assert torch.equal(restore(loaded, degraded, {"mask": mask}, tile=tile), degraded * mask)


def test_conditions_that_a_restorer_changes_in_place_are_copies(wrap: Wrap) -> None:
    def careless(degraded: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return degraded * mask.mul_(0.5)

    degraded, mask = torch.rand(1, 1, 30, 30), torch.ones(1, 1, 30, 30)
    loaded = wrap(careless, needs=frozenset({"mask"}), receptive_field=5)
    assert torch.equal(restore(loaded, degraded, {"mask": mask}, tile=8), degraded * 0.5)
    assert torch.equal(mask, torch.ones(1, 1, 30, 30))


def test_a_curve_is_told_only_where_the_pictures_file_alone_says_so(wrap: Wrap) -> None:
    seen: list[dict[str, Any]] = []
    taking = wrap(_recording(seen), accepts=frozenset({"curve"}), light="linear")
    picture = Picture(pixels=np.zeros((8, 8, 1), np.uint8))
    for transfer, told in (("auto", {"curve": S_RGB}), ("srgb", {}), ("linear", {})):
        restore_picture(taking, picture, transfer=transfer)
        assert seen.pop() == told


def test_a_curve_that_is_none_is_refused(wrap: Wrap) -> None:
    with pytest.raises(RestorationError, match="curve is a str; give a burnish"):
        restore(wrap(_recording([]), accepts=frozenset({"curve"})), torch.rand(1, 1, 8, 8), {"curve": "srgb"})
