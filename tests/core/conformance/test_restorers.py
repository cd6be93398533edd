"""Facts about the kit's questions to restorers: a sound one passes all, each fault is found by the question for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from burnish.plugins.declarations import RestorerSpec
from burnish.restorer.bundle import write_bundle
from torch import nn

Failures = Callable[..., dict[str, str]]

_SOUND: dict[str, Any] = {"tasks": frozenset({"denoise"}), "receptive_field": 3}


class _Mean:
    def __call__(self, degraded: torch.Tensor) -> torch.Tensor:
        return nn.functional.avg_pool2d(degraded, 3, stride=1, padding=1, count_include_pad=False)


class _Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(1, 1, 3, padding=1)

    def forward(self, degraded: torch.Tensor) -> torch.Tensor:
        return self.layer(degraded)


def test_a_sound_restorer_passes_every_question(failures: Failures) -> None:
    assert failures(RestorerSpec, _Mean, **_SOUND) == {}
    assert failures(RestorerSpec, _Net, **_SOUND, trainable=True, channels=(1,)) == {}


def test_a_restorer_with_needs_is_handed_them(failures: Failures) -> None:
    class Needy(_Mean):
        def __call__(self, degraded: torch.Tensor, sigma: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
            part = sigma[:, None, None, None] * kernel.amax(dim=(1, 2))[:, None, None, None]
            return degraded + part * (super().__call__(degraded) - degraded)

    assert failures(RestorerSpec, Needy, **_SOUND, needs=frozenset({"sigma", "kernel"})) == {}
    found = failures(RestorerSpec, Needy, **_SOUND, needs=frozenset({"sigma"}))
    assert "missing a required argument: 'kernel'" in found["takes exactly its needs"]


class _InPlace(_Mean):
    def __call__(self, degraded: torch.Tensor) -> torch.Tensor:
        return degraded.mul_(0.5)


class _Random(_Mean):
    def __call__(self, degraded: torch.Tensor) -> torch.Tensor:
        return super().__call__(degraded) + 0.01 * torch.rand(())


class _BatchMean(_Mean):
    def __call__(self, degraded: torch.Tensor) -> torch.Tensor:
        return degraded - degraded.mean(dim=0, keepdim=True)


class _Wide(_Mean):
    def __call__(self, degraded: torch.Tensor) -> torch.Tensor:
        return nn.functional.avg_pool2d(degraded, 9, stride=1, padding=4)


class _Shrinking(_Mean):
    def __call__(self, degraded: torch.Tensor) -> torch.Tensor:
        return degraded[..., 1:]


class _EvenOnly(_Mean):
    def __call__(self, degraded: torch.Tensor) -> torch.Tensor:
        if degraded.shape[-1] % 2:
            raise ValueError("odd width")
        return degraded


class _Nan(_Mean):
    def __call__(self, degraded: torch.Tensor) -> torch.Tensor:
        return degraded / 0 * 0


class _GreyOnly(_Mean):
    def __call__(self, degraded: torch.Tensor) -> torch.Tensor:
        return degraded.reshape(degraded.shape[0], 1, *degraded.shape[-2:])


@pytest.mark.parametrize(
    ("implementation", "question", "fact"),
    [
        (_InPlace, "leaves its input as it is", "work on a copy"),
        (_Random, "is deterministic", "declare deterministic=False"),
        (_BatchMean, "restores each picture of a batch by itself", "depends on the others"),
        (_Wide, "gives the same with and without tiles", "larger than 3"),
        (_Shrinking, "restores a picture", "instead of"),
        (_EvenOnly, "restores any size", "odd width"),
        (_Nan, "restores a picture", "NaN or infinity"),
        (_GreyOnly, "takes every declared number of channels", "invalid for input"),
        (int, "is made from its settings", "cannot be called"),
    ],
)
def test_each_fault_is_found(failures: Failures, implementation: Any, question: str, fact: str) -> None:
    assert fact in failures(RestorerSpec, implementation, **_SOUND)[question]


QUESTION = "depends on nothing beyond its receptive field"


class _Far(_Net):
    """A convolution, and faintly a pixel that lies far away, down to the left."""

    def __init__(self, down: int = 20, left: int = 17, part: float = 1e-4) -> None:
        super().__init__()
        self.down, self.left, self.part = down, left, part

    def forward(self, degraded: torch.Tensor) -> torch.Tensor:
        moved = nn.functional.pad(degraded, (0, self.left, self.down, 0))[..., : -self.down or None, self.left :]
        return super().forward(degraded) + self.part * moved


@pytest.mark.parametrize(("down", "left"), [(20, 17), (50, 0), (0, 40)])
def test_a_far_and_faint_dependence_that_tiles_do_not_show_is_found(failures: Failures, down: int, left: int) -> None:
    def made() -> nn.Module:
        return _Far(down, left, 1e-6)

    found = failures(RestorerSpec, made, **_SOUND, trainable=True, channels=(1,))
    assert list(found) == [QUESTION]
    far = max(down, left)
    assert f"depends on a pixel {far} away" in found[QUESTION]
    assert f"declared as 3; give receptive_field={2 * far + 1} or more" in found[QUESTION]
    enough = {**_SOUND, "receptive_field": 2 * far + 1}
    assert failures(RestorerSpec, made, **enough, trainable=True, channels=(1,)) == {}


def test_a_dependence_that_waits_behind_a_parameter_of_zero_is_found(failures: Failures) -> None:
    class Waiting(_Far):
        def __init__(self) -> None:
            super().__init__()
            self.gate = nn.Parameter(torch.zeros(1))

        def forward(self, degraded: torch.Tensor) -> torch.Tensor:
            near = self.layer(degraded)
            return near + self.gate * (super().forward(degraded) - near)

    found = failures(RestorerSpec, Waiting, **_SOUND, trainable=True, channels=(1,))
    assert list(found) == [QUESTION]


def test_a_far_dependence_of_a_restorer_without_gradients_is_found(failures: Failures) -> None:
    class Farther(_Mean):
        def __call__(self, degraded: torch.Tensor) -> torch.Tensor:
            return super().__call__(degraded) + 0.5 * nn.functional.pad(degraded, (60, 0))[..., :-60]

    assert "depends on a pixel 60 away" in failures(RestorerSpec, Farther, **_SOUND)[QUESTION]


def test_overlap_without_a_receptive_field_is_a_fault(failures: Failures) -> None:
    found = failures(RestorerSpec, _Mean, tasks=frozenset({"denoise"}))
    assert list(found) == ["gives the same with and without tiles"]
    assert "declare blend or whole" in found["gives the same with and without tiles"]


def test_a_restorer_that_says_it_draws_may_draw(failures: Failures) -> None:
    assert failures(RestorerSpec, _Random, **(_SOUND | {"deterministic": False, "tiling": "whole"})) == {}


def test_a_parameter_without_gradient_is_found(failures: Failures) -> None:
    class Idle(_Net):
        def __init__(self) -> None:
            super().__init__()
            self.idle = nn.Parameter(torch.zeros(1))

    found = failures(RestorerSpec, Idle, **_SOUND, trainable=True, channels=(1,))
    assert "first idle" in found["can be trained"]


def test_state_that_is_not_stored_is_found(failures: Failures) -> None:
    class Forgetful(_Net):
        def __init__(self) -> None:
            super().__init__()
            self.hidden = torch.tensor(counter.pop())

        def forward(self, degraded: torch.Tensor) -> torch.Tensor:
            return super().forward(degraded) * self.hidden

    counter = [1.0 + 0.1 * index for index in range(60)]
    found = failures(RestorerSpec, Forgetful, **_SOUND, trainable=True, channels=(1,))
    assert "not in its state_dict" in found["restores the same from stored weights"]


def test_trainable_without_a_module_and_a_learner_that_is_not_there_are_found(failures: Failures) -> None:
    found = failures(RestorerSpec, _Mean, **_SOUND, trainable=True, learner="math:Learner")
    assert "not a torch.nn.Module" in found["can be trained"]
    assert "math:Learner does not exist" in found["names an existing learner"]


def test_a_restorer_of_frames_is_asked_about_any_number_of_them(failures: Failures) -> None:
    class Average:
        def __call__(self, frames: torch.Tensor) -> torch.Tensor:
            return frames.mean(dim=1)

    class OnlyThree(Average):
        def __call__(self, frames: torch.Tensor) -> torch.Tensor:
            return (frames[:, 0] + frames[:, 1] + frames[:, 2]) / 3

    several: dict[str, Any] = {**_SOUND, "temporal": "burst", "receptive_field": 1}
    assert failures(RestorerSpec, Average, **several) == {}
    assert "IndexError" in failures(RestorerSpec, OnlyThree, **several)["takes any number of frames"]


def test_shipped_weights_need_a_card_and_must_fit(
    failures: Failures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("burnish.inference.loading.shipped.package_folders", lambda package: [tmp_path])
    declared: dict[str, Any] = {
        **_SOUND, "trainable": True, "channels": (1,), "weights": {"small": "small"},
    }  # fmt: skip
    question = "ships weights that fit with a card"
    assert "has no folder small" in failures(RestorerSpec, _Net, **declared)[question]
    bundled: dict[str, Any] = {"restorer": "test/tried", "config": {}, "distribution": "burnish-test", "version": "1"}
    weights = {"layer.weight": torch.full((1, 1, 3, 3), 1 / 9), "layer.bias": torch.zeros(1)}
    write_bundle(tmp_path / "small", weights=weights, **bundled)
    assert "have no card" in failures(RestorerSpec, _Net, **declared)[question]
    (tmp_path / "small" / "README.md").write_text("Trained on a photograph.")
    assert failures(RestorerSpec, _Net, **declared) == {}
    write_bundle(tmp_path / "small", weights=nn.Conv2d(1, 1, 5).state_dict(), **bundled)
    (tmp_path / "small" / "README.md").write_text("Trained on a photograph.")
    assert "do not match" in failures(RestorerSpec, _Net, **declared)[question]
