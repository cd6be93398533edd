"""Every frame is what the degrader makes of it, with its own draws."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from burnish.errors import ConfigError, UnknownIdError
from burnish.plugins import installed
from burnish_degradations.frames.per_frame import PerFrame


def _clip(frames: int = 3) -> torch.Tensor:
    return torch.rand(2, frames, 3, 48, 52, generator=torch.Generator().manual_seed(0))


def _made(name: str, config: dict[str, Any] | None = None, clip: torch.Tensor | None = None) -> Any:
    wrapper = PerFrame(degrader=name, config=config)
    return wrapper(_clip() if clip is None else clip, torch.Generator().manual_seed(5))


@pytest.mark.parametrize("name", ["camera-shake", "jpeg", "degradations/gaussian-noise"])
def test_each_frame_is_what_the_degrader_alone_makes_from_its_seed(name: str) -> None:
    made = _made(name)
    degrader = installed().create("degraders", name)
    for index, recorded in enumerate(made.parameters["frames"]):
        alone = degrader(_clip()[:, index], torch.Generator().manual_seed(recorded["seed"]))
        assert torch.equal(made.degraded[:, index], alone.degraded)
        assert dict(alone.parameters) == recorded["parameters"]


def test_frames_have_draws_of_their_own() -> None:
    still = _clip(1).expand(-1, 4, -1, -1, -1)
    made = _made("camera-shake", {"length": [5, 9]}, still)
    assert all(not torch.equal(made.degraded[:, 0], made.degraded[:, index]) for index in range(1, 4))


def test_sigma_is_one_a_clip_and_kernels_are_not_passed_off_as_one() -> None:
    assert _made("gaussian-noise", {"sigma": 0.1}).conditions["sigma"].tolist() == pytest.approx([0.1, 0.1])
    made = _made("gaussian-noise", {"sigma": [0.02, 0.2]})
    drawn = torch.tensor([frame["parameters"]["sigma"] for frame in made.parameters["frames"]])
    assert torch.allclose(made.conditions["sigma"], drawn.square().mean(dim=0).sqrt())
    assert set(_made("camera-shake").conditions) == {"sigma"}
    assert _made("jpeg").conditions == {}


def test_sequences_with_downscaling_make_small_clips() -> None:
    steps = [
        {"id": "degradations/gaussian-blur", "config": {"boundary": "valid", "width": 1.0}},
        {"id": "degradations/bicubic", "config": {"scale": 4}},
    ]
    made = _made("sequence", {"steps": steps})
    assert made.degraded.shape == (2, 3, 3, 10, 11)
    assert made.target.shape == (2, 3, 3, 40, 44)
    assert made.conditions["scale"] == 4


def test_degraders_of_bursts_unknown_ones_and_foreign_parameters_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"degradations/burst makes a burst"):
        PerFrame(degrader="burst")
    with pytest.raises(UnknownIdError, match="jpeg"):
        PerFrame(degrader="jpg")
    with pytest.raises(ConfigError, match="belong to 3 frames by degradations/jpeg, not to 2 frames"):
        PerFrame(degrader="jpeg").replay(_clip(2), _made("jpeg").parameters)
