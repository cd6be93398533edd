"""A sequence applies its steps in order, carries the target along, merges what is known, and nests what was drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from burnish import DegraderSpec
from burnish.errors import ConfigError, PluginError, UnknownIdError
from burnish.plugins import Catalog, Entry, installed
from burnish.protocols import Observation
from burnish_degradations.sequence import DegraderSequence, joined_kernels
from scipy import signal


@dataclass(frozen=True)
class Mirror:
    """Somebody else's degrader: neither draws nor applies, but calls and replays."""

    crop: int = 0
    odd_target: bool = False

    def __call__(self, clean: torch.Tensor, generator: torch.Generator) -> Observation:
        return self.replay(clean, {"sign": 1 if torch.rand(1, generator=generator) < 0.5 else -1})

    def replay(self, clean: torch.Tensor, parameters: Mapping[str, Any]) -> Observation:
        target = clean[..., self.crop :, 2 * self.crop :]
        if self.odd_target:
            target = target.flip(3)
        return Observation(degraded=0.5 + parameters["sign"] * (target - 0.5), target=target, parameters=parameters)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    crop = {"crop": {"type": "integer", "default": 0}, "odd_target": {"type": "boolean", "default": False}}
    spec = DegraderSpec(
        name="mirror", factory="burnish_degradations.sequence:DegraderSequence", summary="s", config=crop
    )
    foreign = Entry(id="other/mirror", spec=spec, distribution="burnish-other", version="1.0")

    class WithForeign(Catalog):
        def resolve(self, entry: Entry) -> Any:
            return Mirror if entry.id == "other/mirror" else super().resolve(entry)

    return WithForeign([*installed().entries("degraders").values(), foreign])


def _clean() -> torch.Tensor:
    return torch.rand(2, 3, 50, 61, generator=torch.Generator().manual_seed(0))


def _step(name: str, **config: Any) -> dict[str, Any]:
    return {"id": name, "config": config}


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(9)


def test_steps_are_applied_in_order_each_with_a_generator_of_its_own(catalog: Catalog) -> None:
    steps = [_step("motion-blur", noise=0.01), _step("gaussian-noise"), _step("jpeg")]
    made = DegraderSequence(steps=steps, catalog=catalog)(_clean(), _generator())
    picture = _clean()
    for step, recorded in zip(steps, made.parameters["steps"], strict=True):
        degrader = catalog.create("degraders", step["id"], step["config"])
        picture = degrader(picture, torch.Generator().manual_seed(recorded["seed"])).degraded
    assert torch.equal(made.degraded, picture)
    assert [step["id"] for step in made.parameters["steps"]] == [
        "degradations/motion-blur",
        "degradations/gaussian-noise",
        "degradations/jpeg",
    ]


def test_the_settings_of_one_step_do_not_change_what_the_others_draw(catalog: Catalog) -> None:
    drawn = [
        DegraderSequence(steps=[first, _step("gaussian-noise")], catalog=catalog)(_clean(), _generator())
        for first in (_step("camera-shake"), _step("jpeg", quality=50))
    ]
    assert drawn[0].parameters["steps"][1] == drawn[1].parameters["steps"][1]


def test_somebody_elses_degrader_takes_part_and_replays(catalog: Catalog) -> None:
    sequence = DegraderSequence(steps=[_step("other/mirror"), _step("gaussian-noise")], catalog=catalog)
    made = sequence(_clean(), _generator())
    assert made.parameters["steps"][0]["parameters"]["sign"] in (-1, 1)
    assert torch.equal(sequence.replay(_clean(), made.parameters).degraded, made.degraded)


def test_the_target_is_cropped_as_the_steps_crop_also_after_downscaling(catalog: Catalog) -> None:
    clean = _clean()
    steps = [
        _step("defocus-blur", radius=1.0, boundary="valid"),
        _step("bicubic", scale=2, quantise="none"),
        _step("other/mirror", crop=2),
        _step("gaussian-noise", sigma=0.1),
    ]
    made = DegraderSequence(steps=steps, catalog=catalog)(clean, _generator())
    cropped = clean[..., 1:49, 1:59]
    assert torch.equal(made.target, cropped[..., 4:, 8:])
    assert made.conditions["scale"] == 2
    assert made.degraded.shape == (2, 3, 22, 25)


def test_a_noisy_step_before_a_cropping_one_leaves_the_target_clean(catalog: Catalog) -> None:
    steps = [_step("gaussian-noise", sigma=0.2), _step("defocus-blur", radius=2.0, boundary="valid")]
    made = DegraderSequence(steps=steps, catalog=catalog)(_clean(), _generator())
    assert torch.equal(made.target, _clean()[..., 2:-2, 2:-2])


def test_scales_multiply_and_the_last_noise_counts(catalog: Catalog) -> None:
    steps = [
        _step("gaussian-noise", sigma=0.2),
        _step("bicubic", scale=2),
        _step("gaussian-noise", sigma=[0.01, 0.05]),
        _step("bicubic", scale=3),
    ]
    made = DegraderSequence(steps=steps, catalog=catalog)(_clean(), _generator())
    assert made.conditions["scale"] == 6
    assert made.target.shape == (2, 3, 48, 60)
    assert made.conditions["sigma"].tolist() == pytest.approx(made.parameters["steps"][2]["parameters"]["sigma"])


def test_a_blur_without_noise_keeps_the_sigma_of_the_noise_before(catalog: Catalog) -> None:
    steps = [_step("gaussian-noise", sigma=0.2), _step("gaussian-blur")]
    made = DegraderSequence(steps=steps, catalog=catalog)(_clean(), _generator())
    assert made.conditions["sigma"].tolist() == pytest.approx([0.2, 0.2])


def test_two_blurs_have_one_kernel_the_convolution_of_both(catalog: Catalog) -> None:
    steps = [_step("motion-blur", boundary="circular"), _step("defocus-blur", boundary="circular")]
    sequence = DegraderSequence(steps=steps, catalog=catalog)
    made = sequence(_clean(), _generator())
    once = sequence.degraders[0].A(_clean(), made.conditions["kernel"])
    assert torch.allclose(once, made.degraded, atol=2e-6)


def test_joined_kernels_are_scipys_full_convolution() -> None:
    generator = _generator()
    one = torch.rand(2, 5, 5, generator=generator, dtype=torch.float64)
    two = torch.rand(2, 3, 3, generator=generator, dtype=torch.float64)
    for index, joined in enumerate(joined_kernels(one, two).numpy()):
        assert np.allclose(joined, signal.convolve2d(one[index], two[index]), atol=1e-12)


def test_a_kernel_after_downscaling_is_not_passed_off_as_the_whole_blur(catalog: Catalog) -> None:
    blur, shrink = _step("gaussian-blur"), _step("bicubic", scale=2)
    before = DegraderSequence(steps=[blur, shrink], catalog=catalog)(_clean(), _generator())
    after = DegraderSequence(steps=[blur, shrink, blur], catalog=catalog)(_clean(), _generator())
    assert "kernel" in before.conditions
    assert "kernel" not in after.conditions


def test_no_kernel_is_told_from_the_first_blur_of_another_curve_on(catalog: Catalog) -> None:
    light, values = _step("gaussian-blur", transfer="linear"), _step("gaussian-blur", transfer="srgb")
    shrink = _step("bicubic", scale=2)
    for steps in ([light, values], [light, shrink, values], [light, values, values], [values, light, shrink, light]):
        made = DegraderSequence(steps=steps, catalog=catalog)(_clean(), _generator())
        assert "kernel" not in made.conditions
    assert "kernel" in DegraderSequence(steps=[values, values], catalog=catalog)(_clean(), _generator()).conditions


def test_a_target_that_is_no_part_of_the_picture_is_refused_by_name(catalog: Catalog) -> None:
    sequence = DegraderSequence(
        steps=[_step("gaussian-noise"), _step("other/mirror", crop=1, odd_target=True)], catalog=catalog
    )
    with pytest.raises(PluginError, match="other/mirror: its target is not a part"):
        sequence(_clean(), _generator())


def test_unknown_steps_no_steps_and_foreign_parameters_are_refused(catalog: Catalog) -> None:
    with pytest.raises(UnknownIdError, match="jpeg"):
        DegraderSequence(steps=[_step("jpg")], catalog=catalog)
    with pytest.raises(ConfigError, match="at least one step"):
        DegraderSequence(steps=[], catalog=catalog)
    parameters = DegraderSequence(steps=[_step("jpeg")], catalog=catalog)(_clean(), _generator()).parameters
    with pytest.raises(ConfigError, match="another sequence than degradations/gaussian-noise"):
        DegraderSequence(steps=[_step("gaussian-noise")], catalog=catalog).replay(_clean(), parameters)
    with pytest.raises(ConfigError, match="quality"):
        DegraderSequence(steps=[_step("jpeg", quality=0)], catalog=catalog)


def test_a_sequence_knows_what_its_steps_can_give_and_refuses_what_makes_no_single_picture(catalog: Catalog) -> None:
    assert DegraderSequence(steps=[_step("gaussian-noise"), _step("jpeg")], catalog=catalog).gives == {"sigma"}
    assert DegraderSequence(steps=[_step("bicubic")], catalog=catalog).gives == {"scale"}
    with pytest.raises(ConfigError, match="degradations/burst makes a burst"):
        DegraderSequence(steps=[_step("gaussian-noise"), _step("burst")], catalog=catalog)
