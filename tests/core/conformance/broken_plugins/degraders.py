"""Broken degraders."""

from __future__ import annotations

import math
from typing import Any

import torch
from burnish.plugins.declarations import DegraderSpec
from burnish.protocols import Observation
from torch import Generator, Tensor
from torch.nn import functional

from broken_plugins import broken

NOISE: dict[str, Any] = {"tasks": frozenset({"denoise"}), "gives": frozenset({"sigma"})}
BLUR: dict[str, Any] = {"tasks": frozenset({"deblur"}), "gives": frozenset({"kernel"}), "linear": True}
SIGMA = {"sigma": {"type": "number", "minimum": 0, "maximum": 0.2, "default": 0.1, "description": "of the noise"}}
SCALE = {"scale": {"enum": [2, 4], "default": 2, "description": "factor by which a picture becomes smaller"}}


class Noise:
    """A sound one: white noise of one σ."""

    def __init__(self, sigma: float = 0.1) -> None:
        self.sigma = sigma

    def __call__(self, clean: Tensor, generator: Generator) -> Observation:
        seed = int(torch.randint(2**31, (), generator=generator))
        return self.replay(clean, {"seed": seed})

    def replay(self, clean: Tensor, parameters: Any) -> Observation:
        draw = torch.Generator().manual_seed(parameters["seed"])
        noise = torch.randn(clean.shape, generator=draw).to(clean.device)
        sigma = torch.full((len(clean),), self.told(), device=clean.device)
        degraded = self.degraded(clean, self.sigma * noise)
        return Observation(degraded=degraded, target=clean, conditions={"sigma": sigma}, parameters=dict(parameters))

    def degraded(self, clean: Tensor, noise: Tensor) -> Tensor:
        return clean + noise

    def told(self) -> float:
        return self.sigma


KERNEL = torch.outer(torch.tensor([1.0, 2.0, 4.0, 1.0, 0.5]), torch.tensor([0.5, 1.0, 4.0, 2.0, 1.0]))
KERNEL = KERNEL / KERNEL.sum()


def convolved(clean: Tensor, kernel: Tensor = KERNEL) -> Tensor:
    """Circular convolution with 5×5."""
    weights = kernel.flip(0, 1).to(clean)[None, None].expand(clean.shape[1], -1, -1, -1)
    padded = functional.pad(clean, [2] * 4, mode="circular")
    return functional.conv2d(padded, weights, groups=clean.shape[1])


class Blur:
    """A sound one: a fixed kernel, circular."""

    def __call__(self, clean: Tensor, generator: Generator) -> Observation:
        return self.replay(clean, {})

    def replay(self, clean: Tensor, parameters: Any) -> Observation:
        kernel = self.told().to(clean.device).expand(len(clean), 5, 5)
        return Observation(degraded=self.blurred(clean), target=clean, conditions={"kernel": kernel})

    def blurred(self, clean: Tensor) -> Tensor:
        return convolved(clean)

    def told(self) -> Tensor:
        return KERNEL

    def A(self, x: Tensor) -> Tensor:  # noqa: N802
        return convolved(x)

    def A_adjoint(self, y: Tensor) -> Tensor:  # noqa: N802
        return convolved(y, KERNEL.flip(0, 1))


@broken(DegraderSpec, "is made from its settings", **NOISE)
class CannotReplay:
    """It has no replay."""

    def __call__(self, clean: Tensor, generator: Generator) -> Observation:
        return Noise()(clean, generator)


@broken(DegraderSpec, "gives an observation of the declared size", **NOISE)
class BareTensor(Noise):
    """It gives a tensor instead of an observation."""

    def __call__(self, clean: Tensor, generator: Generator) -> Any:
        return super().__call__(clean, generator).degraded


@broken(DegraderSpec, "gives an observation of the declared size", tasks=frozenset({"super-resolve"}), scale=(2,))
class AnotherSize:
    """It declares a scale of two and keeps the size."""

    def __call__(self, clean: Tensor, generator: Generator) -> Observation:
        return self.replay(clean, {})

    def replay(self, clean: Tensor, parameters: Any) -> Observation:
        return Observation(degraded=clean.clone(), target=clean)


@broken(DegraderSpec, "gives the declared conditions", tasks=frozenset({"denoise"}))
class Undeclared(Noise):
    """It tells σ, which it does not declare."""


@broken(DegraderSpec, "gives the declared conditions", "tells the sigma of its noise", **NOISE)
class LevelsOfSigma(Noise):
    """It tells σ in levels of 255."""

    def told(self) -> float:
        return 255 * self.sigma


@broken(DegraderSpec, "takes grey and colour and single pictures", **NOISE)
class Pairs(Noise):
    """It takes two pictures and no single one."""

    def degraded(self, clean: Tensor, noise: Tensor) -> Tensor:
        if len(clean) == 1 and clean.shape[1] == 1:
            raise ValueError("give two pictures")
        return clean + noise


@broken(DegraderSpec, "degrades black white and flat pictures", **NOISE)
class BlackIsNaN(Noise):
    """It divides by the picture, also where it is black."""

    def degraded(self, clean: Tensor, noise: Tensor) -> Tensor:
        return clean * (1 + noise / clean.clamp_min(0) * clean) if bool((clean != 0.5).any()) else clean + noise


@broken(DegraderSpec, "is seeded by the generator alone", tasks=frozenset({"denoise"}))
class Counts(Noise):
    """Its seed is the number of calls, which is not recorded."""

    calls = 0

    def __call__(self, clean: Tensor, generator: Generator) -> Observation:
        self.calls += 1
        seen = Noise().replay(clean, {"seed": self.calls})
        return Observation(degraded=seen.degraded, target=clean, parameters={"seed": self.calls})

    def replay(self, clean: Tensor, parameters: Any) -> Observation:
        return Observation(degraded=super().replay(clean, parameters).degraded, target=clean, parameters=parameters)


@broken(
    DegraderSpec, "leaves global randomness untouched", "is seeded by the generator alone", tasks=frozenset({"denoise"})
)
class GlobalNoise(Noise):
    """It draws from torch's global generator."""

    def __call__(self, clean: Tensor, generator: Generator) -> Observation:
        seed = int(torch.randint(2**31, ()))
        seen = super().replay(clean, {"seed": seed})
        return Observation(degraded=seen.degraded, target=clean, parameters={"seed": seed})

    def replay(self, clean: Tensor, parameters: Any) -> Observation:
        return Observation(degraded=super().replay(clean, parameters).degraded, target=clean, parameters=parameters)


@broken(DegraderSpec, "replays what it recorded", **NOISE)
class RecordsAnotherSeed(Noise):
    """The seed that it records is not the one that it used."""

    def __call__(self, clean: Tensor, generator: Generator) -> Observation:
        seen = super().__call__(clean, generator)
        return Observation(
            degraded=seen.degraded,
            target=clean,
            conditions=seen.conditions,
            parameters={"seed": seen.parameters["seed"] + 1},
        )


@broken(DegraderSpec, "replays what it recorded", **NOISE)
class RecordsTensors(Noise):
    """It records a tensor, which is no JSON."""

    def replay(self, clean: Tensor, parameters: Any) -> Observation:
        seen = super().replay(clean, {"seed": int(parameters["seed"])})
        return Observation(
            degraded=seen.degraded,
            target=clean,
            conditions=seen.conditions,
            parameters=_Equal(seed=torch.tensor(int(parameters["seed"]))),
        )


class _Equal(dict[str, Any]):
    """A mapping of tensors that compares."""


@broken(DegraderSpec, "leaves its input as it is", **NOISE)
class MarksInPlace(Noise):
    """It marks the corner of the clean picture in place."""

    def degraded(self, clean: Tensor, noise: Tensor) -> Tensor:
        found = clean + noise
        found[..., :1, :1] = clean[..., :1, :1] = 0.9
        return found


@broken(DegraderSpec, "works on the device of its input", **NOISE)
class OnTheProcessor(Noise):
    """Its noise stays on the CPU whatever the device of the picture."""

    def replay(self, clean: Tensor, parameters: Any) -> Observation:
        draw = torch.Generator().manual_seed(parameters["seed"])
        noise = self.sigma * torch.randn(clean.shape, generator=draw)
        sigma = torch.full((len(clean),), self.sigma)
        return Observation(
            degraded=clean + noise, target=clean, conditions={"sigma": sigma}, parameters=dict(parameters)
        )


@broken(DegraderSpec, "works with every value of its settings", **NOISE, config=SIGMA)
class NoNoiseAtAll(Noise):
    """σ = 0 is allowed and makes everything NaN."""

    def degraded(self, clean: Tensor, noise: Tensor) -> Tensor:
        return clean + noise * (1 if self.sigma else math.nan)


@broken(DegraderSpec, "obeys every setting", **NOISE, config=SIGMA)
class AlwaysTheSame(Noise):
    """It takes σ as a setting and uses a constant."""

    def __init__(self, sigma: float) -> None:
        super().__init__(0.1)


@broken(
    DegraderSpec,
    "reduces by every declared scale",
    tasks=frozenset({"super-resolve"}),
    scale=(2, 4),
    config=SCALE,
)
class HalvesOnly:
    """It declares a scale of four, and halves the picture."""

    def __init__(self, scale: int) -> None:
        pass

    def __call__(self, clean: Tensor, generator: Generator) -> Observation:
        return self.replay(clean, {})

    def replay(self, clean: Tensor, parameters: Any) -> Observation:
        return Observation(degraded=functional.avg_pool2d(clean, 2), target=clean)


@broken(DegraderSpec, "tells the kernel that it blurs with", **BLUR)
class MirroredKernel(Blur):
    """The told kernel is mirrored: that of a correlation."""

    def told(self) -> Tensor:
        return KERNEL.flip(0, 1)


@broken(DegraderSpec, "tells the kernel that it blurs with", **BLUR)
class AnotherKernel(Blur):
    """It tells a kernel of no blur."""

    def told(self) -> Tensor:
        found = torch.zeros(5, 5)
        found[2, 2] = 1
        return found


@broken(DegraderSpec, "tells the sigma of its noise", **NOISE)
class Variance(Noise):
    """It tells the variance of the noise as σ."""

    def told(self) -> float:
        return self.sigma**2


@broken(DegraderSpec, "is linear", **BLUR)
class Affine(Blur):
    """Its operator adds a constant."""

    def A(self, x: Tensor) -> Tensor:  # noqa: N802
        return convolved(x) + 0.01


@broken(DegraderSpec, "has its transpose as adjoint", **BLUR)
class NotTheTranspose(Blur):
    """Its adjoint is the operator itself, with a kernel that is not symmetric."""

    def A_adjoint(self, y: Tensor) -> Tensor:  # noqa: N802
        return convolved(y)


@broken(DegraderSpec, "degrades as its operator does", **BLUR)
class AnotherOperator(Blur):
    """Its operator is the identity, and a call blurs."""

    def A(self, x: Tensor) -> Tensor:  # noqa: N802
        return x.clone()

    def A_adjoint(self, y: Tensor) -> Tensor:  # noqa: N802
        return y.clone()
