"""Facts about the kit's questions to degraders: a sound one passes all, each fault is found by the question for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import torch
from burnish.plugins.declarations import DegraderSpec
from burnish.protocols import Observation

Failures = Callable[..., dict[str, str]]

_NOISE: dict[str, Any] = {"tasks": frozenset({"denoise"}), "gives": frozenset({"sigma"})}


class _Noise:
    """Noise of σ = 0.1, from a seed that is drawn for each picture."""

    def __call__(self, clean: torch.Tensor, generator: torch.Generator) -> Observation:
        return self.replay(clean, {"seed": int(torch.randint(2**31, (1,), generator=generator))})

    def replay(self, clean: torch.Tensor, parameters: Mapping[str, Any]) -> Observation:
        noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(parameters["seed"])).to(clean.device)
        sigma = torch.full((len(clean),), 0.1, device=clean.device)
        return Observation(
            degraded=clean + 0.1 * noise, target=clean, conditions={"sigma": sigma}, parameters=dict(parameters)
        )


class _Blur:
    """A circular blur by a kernel that is not symmetric."""

    kernel = torch.tensor([[0.0, 0.0, 0.0], [0.2, 0.5, 0.3], [0.0, 0.0, 0.0]])

    def A(self, x: torch.Tensor) -> torch.Tensor:  # noqa: N802
        return 0.2 * x.roll(-1, -1) + 0.5 * x + 0.3 * x.roll(1, -1)

    def A_adjoint(self, y: torch.Tensor) -> torch.Tensor:  # noqa: N802
        return 0.2 * y.roll(1, -1) + 0.5 * y + 0.3 * y.roll(-1, -1)

    def __call__(self, clean: torch.Tensor, generator: torch.Generator) -> Observation:
        return self.replay(clean, {})

    def replay(self, clean: torch.Tensor, parameters: Mapping[str, Any]) -> Observation:
        kernel = self.kernel.to(clean.device).expand(len(clean), 3, 3)
        return Observation(degraded=self.A(clean), target=clean, conditions={"kernel": kernel})


_BLUR: dict[str, Any] = {"tasks": frozenset({"deblur"}), "gives": frozenset({"kernel"}), "linear": True}


def test_sound_degraders_pass_every_question(failures: Failures) -> None:
    assert failures(DegraderSpec, _Noise, **_NOISE) == {}
    assert failures(DegraderSpec, _Blur, **_BLUR) == {}


class _Unrecorded(_Noise):
    def __call__(self, clean: torch.Tensor, generator: torch.Generator) -> Observation:
        seen = super().__call__(clean, generator)
        return Observation(degraded=seen.degraded, target=clean, conditions=seen.conditions)

    def replay(self, clean: torch.Tensor, parameters: Mapping[str, Any]) -> Observation:
        return super().replay(clean, {"seed": 0} | dict(parameters))


class _Global(_Noise):
    def replay(self, clean: torch.Tensor, parameters: Mapping[str, Any]) -> Observation:
        seen = super().replay(clean, parameters)
        noisy = clean + torch.randn(clean.shape)
        return Observation(degraded=noisy, target=clean, conditions=seen.conditions, parameters=dict(parameters))


class _SeedsNumpy(_Noise):
    def replay(self, clean: torch.Tensor, parameters: Mapping[str, Any]) -> Observation:
        np.random.seed(0)
        return super().replay(clean, parameters)


class _InPlace(_Noise):
    def replay(self, clean: torch.Tensor, parameters: Mapping[str, Any]) -> Observation:
        return super().replay(clean.mul_(0.9), parameters)


class _NoSigma(_Noise):
    def replay(self, clean: torch.Tensor, parameters: Mapping[str, Any]) -> Observation:
        seen = super().replay(clean, parameters)
        return Observation(degraded=seen.degraded, target=clean, parameters=dict(parameters))


class _FirstOnly(_Noise):
    def replay(self, clean: torch.Tensor, parameters: Mapping[str, Any]) -> Observation:
        return super().replay(clean[:1], parameters)


class _TensorParameters(_Noise):
    def __call__(self, clean: torch.Tensor, generator: torch.Generator) -> Observation:
        seen = super().__call__(clean, generator)
        given = {"seed": torch.tensor(seen.parameters["seed"])}
        return Observation(degraded=seen.degraded, target=clean, conditions=seen.conditions, parameters=given)


@pytest.mark.parametrize(
    ("implementation", "question", "fact"),
    [
        (_Unrecorded, "is seeded by the generator alone", "record all drawn values"),
        (_Unrecorded, "replays what it recorded", "another picture"),
        (_Global, "is seeded by the generator alone", "draw from the generator"),
        (_Global, "leaves global randomness untouched", "global random generator of torch"),
        (_SeedsNumpy, "leaves global randomness untouched", "global random generator of NumPy"),
        (_InPlace, "leaves its input as it is", "work on a copy"),
        (_NoSigma, "gives the declared conditions", "declared to give sigma"),
        (_FirstOnly, "gives an observation of the declared size", "degraded is (1, 3"),
        (_TensorParameters, "replays what it recorded", "not JSON serializable"),
    ],
)
def test_each_fault_is_found(failures: Failures, implementation: Any, question: str, fact: str) -> None:
    state = np.random.get_state()
    try:
        assert fact in failures(DegraderSpec, implementation, **_NOISE)[question]
    finally:
        np.random.set_state(state)


def test_a_flipped_kernel_in_the_adjoint_is_found(failures: Failures) -> None:
    class Flipped(_Blur):
        A_adjoint = _Blur.A

    found = failures(DegraderSpec, Flipped, **_BLUR)
    assert list(found) == ["has its transpose as adjoint"]


def test_an_operator_that_clips_is_not_linear(failures: Failures) -> None:
    class Clipping(_Blur):
        def A(self, x: torch.Tensor) -> torch.Tensor:  # noqa: N802
            return super().A(x).clamp(0, 1)

    assert "is linear" in failures(DegraderSpec, Clipping, **_BLUR)


@pytest.mark.parametrize(
    ("kernel", "fact"),
    [(torch.ones(3, 3), "sum to 1"), (torch.eye(2) / 2, "k odd"), (torch.tensor([[-1.0]]) * -1 - 2, "negative")],
)
def test_a_kernel_that_is_none_is_found(failures: Failures, kernel: torch.Tensor, fact: str) -> None:
    class Odd(_Blur):
        def replay(self, clean: torch.Tensor, parameters: Mapping[str, Any]) -> Observation:
            conditions = {"kernel": kernel.expand(len(clean), *kernel.shape)}
            return Observation(degraded=clean.clone(), target=clean, conditions=conditions)

    assert fact in failures(DegraderSpec, Odd, **_BLUR)["gives the declared conditions"]


def test_a_scale_that_is_not_declared_is_found(failures: Failures) -> None:
    class Half(_Blur):
        def replay(self, clean: torch.Tensor, parameters: Mapping[str, Any]) -> Observation:
            return Observation(degraded=clean[..., ::2, ::2].clone(), target=clean, conditions={"scale": 2})

    declared = {"tasks": frozenset({"super-resolve"}), "gives": frozenset({"scale"})}
    assert (
        "declared scales (1,)" in failures(DegraderSpec, Half, **declared)["gives an observation of the declared size"]
    )
    assert "gives an observation of the declared size" not in failures(DegraderSpec, Half, **declared, scale=(2,))
