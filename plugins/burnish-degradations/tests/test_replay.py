"""Every degrader: seeded by its generator only, replayable from JSON, the same for one picture as for many."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from burnish.errors import DataError
from burnish.plugins import installed
from burnish.protocols import Degrader, LinearOperator, Observation

CONFIGURATIONS: list[tuple[str, dict[str, Any]]] = [
    ("gaussian-noise", {"sigma": [0.02, 0.2]}),
    ("gaussian-blur", {"width": [0.3, 2.0], "ratio": [0.3, 1.0], "noise": 0.01}),
    ("gaussian-blur", {"width": [0.3, 2.0], "boundary": "valid"}),
    ("motion-blur", {"length": [0, 9], "boundary": "circular", "noise": [0, 0.1]}),
    ("camera-shake", {"length": [2, 12], "exposure": [0.2, 1]}),
    ("camera-shake", {"length": [2, 12], "boundary": "valid"}),
    ("defocus-blur", {"radius": [0.2, 3]}),
    ("bicubic", {"scale": 2}),
    ("bicubic", {"scale": 3, "quantise": "none"}),
    ("jpeg", {"quality": [10, 90]}),
    ("burst", {"frames": 3, "rotation": 1.0, "exposure": 0.2, "noise": 0.02, "length": [2, 6]}),
    ("burst", {"frames": 2, "shift": 1.5, "scale": 2, "length": 0}),
    ("sensor-noise", {}),
    ("varying-blur", {"length": [2, 6], "turn": 2.0, "grid": 3, "noise": 0.01}),
    ("varying-blur", {"length": [2, 6], "turn": 2.0, "boundary": "valid"}),
    ("varying-blur", {"cause": "defocus", "radius": [0.5, 4], "boundary": "circular"}),
    ("moving-object", {"length": [2, 6], "object_length": [2, 6], "noise": 0.01}),
    ("moving-object", {"length": [2, 6], "object_length": 4.0, "boundary": "valid"}),
    ("real-world", {"scale": 2}),
    ("frame-average", {"window": [1, 5], "step": 1, "noise": 0.01}),
    ("rolling-shutter", {"noise": 0.01}),
    ("clip-shake", {"length": [2, 6], "noise": [0, 0.1]}),
    ("per-frame", {"degrader": "camera-shake", "config": {"length": [2, 6], "noise": 0.01}}),
    ("sequence", {}),
    (
        "sequence",
        {
            "steps": [
                {"id": "gaussian-blur", "config": {"boundary": "valid"}},
                {"id": "degradations/bicubic", "config": {"scale": 2, "quantise": "none"}},
                {"id": "gaussian-noise"},
                {"id": "jpeg"},
            ]
        },
    ),
]
each = pytest.mark.parametrize(("name", "config"), CONFIGURATIONS)


def _made(name: str, config: Mapping[str, Any]) -> Degrader:
    degrader: Degrader = installed().create("degraders", f"degradations/{name}", config)
    return degrader


def _clean(name: str = "", count: int = 3) -> torch.Tensor:
    """Pictures, or clips for a degrader of clips."""
    clip = name in {"frame-average", "rolling-shutter", "clip-shake", "per-frame"}
    shape = (count, 6, 3, 52, 61) if clip else (count, 3, 52, 61)
    return torch.rand(shape, generator=torch.Generator().manual_seed(8))


def _equal(one: Observation, other: Observation) -> bool:
    alike = torch.equal(one.degraded, other.degraded) and torch.equal(one.target, other.target)
    same = [
        torch.equal(value, other.conditions[key]) if torch.is_tensor(value) else value == other.conditions[key]
        for key, value in one.conditions.items()
    ]
    return alike and all(same) and one.conditions.keys() == other.conditions.keys()


@each
def test_recorded_parameters_survive_json_and_replay_bit_for_bit(name: str, config: dict[str, Any]) -> None:
    made = _made(name, config)(_clean(name), torch.Generator().manual_seed(4))
    parameters = json.loads(json.dumps(made.parameters, allow_nan=False))
    assert parameters == made.parameters
    assert _equal(_made(name, config).replay(_clean(name), parameters), made)


@each
def test_the_same_seed_gives_the_same_and_another_seed_another_observation(name: str, config: dict[str, Any]) -> None:
    degrader = _made(name, config)
    first = degrader(_clean(name), torch.Generator().manual_seed(4))
    assert _equal(degrader(_clean(name), torch.Generator().manual_seed(4)), first)
    if name != "bicubic":
        assert not torch.equal(degrader(_clean(name), torch.Generator().manual_seed(5)).degraded, first.degraded)


@each
def test_global_random_state_is_neither_used_nor_moved(name: str, config: dict[str, Any]) -> None:
    torch.manual_seed(1)
    np.random.seed(1)
    before, legacy = torch.get_rng_state(), np.random.get_state()
    first = _made(name, config)(_clean(name), torch.Generator().manual_seed(4))
    assert torch.equal(torch.get_rng_state(), before)
    assert np.array_equal(np.random.get_state()[1], legacy[1])
    torch.manual_seed(2)
    assert _equal(_made(name, config)(_clean(name), torch.Generator().manual_seed(4)), first)


def _only(parameters: Any, index: int) -> Any:
    """The parameters of one picture out of a batch: lists of numbers hold one for each picture."""
    if isinstance(parameters, Mapping):
        return {key: _only(value, index) for key, value in parameters.items()}
    if isinstance(parameters, list) and not isinstance(parameters[0], Mapping):
        return [parameters[index]]
    return [_only(part, index) for part in parameters] if isinstance(parameters, list) else parameters


@each
def test_a_batch_is_the_same_as_its_pictures_one_by_one(name: str, config: dict[str, Any]) -> None:
    degrader = _made(name, config)
    batch = degrader(_clean(name), torch.Generator().manual_seed(4))
    tolerance = 1.01 / 255 if "jpeg" in str(config) else 1e-6
    for index in range(3):
        alone = degrader.replay(_clean(name)[index : index + 1], _only(batch.parameters, index))
        assert torch.allclose(alone.degraded[0], batch.degraded[index], atol=tolerance)
        assert torch.equal(alone.target[0], batch.target[index])


@each
def test_observations_are_float32_of_matching_sizes_with_the_declared_conditions(
    name: str, config: dict[str, Any]
) -> None:
    spec = installed().get("degraders", f"degradations/{name}").spec
    clean = _clean(name)
    kept = clean.clone()
    made = _made(name, config)(clean, torch.Generator().manual_seed(4))
    scale = int(made.conditions.get("scale", 1))
    assert torch.equal(clean, kept)
    assert made.degraded.dtype == made.target.dtype == torch.float32
    assert made.target.shape[-2:] == tuple(scale * side for side in made.degraded.shape[-2:])
    assert set(made.conditions) <= spec.gives
    if name not in {"sequence", "per-frame"}:
        assert set(made.conditions) == spec.gives
    if "kernel" in made.conditions:
        kernel = made.conditions["kernel"]
        assert kernel.shape[0] == 3
        assert kernel.shape[1] == kernel.shape[2]
        assert kernel.shape[1] % 2 == 1
        assert float(kernel.min()) >= 0
        assert torch.allclose(kernel.sum((1, 2)), torch.ones(3), atol=1e-5)


@each
def test_grey_pictures_are_taken_too(name: str, config: dict[str, Any]) -> None:
    assert _made(name, config)(_clean(name)[..., :1, :, :], torch.Generator().manual_seed(4)).degraded.shape[-3] == 1


@each
def test_linear_degraders_expose_an_operator_and_its_adjoint(name: str, config: dict[str, Any]) -> None:
    degrader = _made(name, config)
    spec = installed().get("degraders", f"degradations/{name}").spec
    assert isinstance(degrader, LinearOperator) == spec.linear
    if isinstance(degrader, LinearOperator):
        x = _clean(name).double()
        image = degrader.A(x)
        y = torch.rand(image.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
        back = degrader.A_adjoint(y)
        assert float((image * y).sum()) == pytest.approx(float((x[..., : back.shape[2], : back.shape[3]] * back).sum()))


def test_without_noise_a_blur_is_its_operator_with_the_recorded_kernel() -> None:
    degrader = _made("camera-shake", {"length": 9})
    made = degrader(_clean(), torch.Generator().manual_seed(4))
    assert torch.allclose(degrader.A(_clean(), made.conditions["kernel"]), made.degraded, atol=1e-6)


@pytest.mark.parametrize("name", ["frame-average", "rolling-shutter", "clip-shake", "per-frame"])
def test_degraders_of_clips_refuse_pictures(name: str) -> None:
    with pytest.raises(DataError, match="received 3×3×52×61 instead of N×T×C×H×W"):
        _made(name, {})(_clean(), torch.Generator().manual_seed(4))
