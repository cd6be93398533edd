"""Broken restorers."""

from __future__ import annotations

import contextlib
import math
import os
import random
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import torch
from burnish.plugins.declarations import RestorerSpec
from torch import Tensor, nn

from broken_plugins import broken

SOUND: dict[str, Any] = {"tasks": frozenset({"denoise"}), "receptive_field": 3}
NETWORK: dict[str, Any] = {**SOUND, "trainable": True, "channels": (1,)}
SIZE = {"size": {"type": "integer", "minimum": 1, "maximum": 9, "default": 3, "description": "side in pixels"}}
SCALE = {"scale": {"enum": [2, 3], "default": 2, "description": "factor of enlargement"}}


def mean(degraded: Tensor, side: int = 3) -> Tensor:
    """The mean of side×side pixels, mirrored at the border."""
    lead = degraded.shape[:-3]
    padded = nn.functional.pad(degraded.flatten(0, -4), [side // 2] * 4, mode="replicate")
    return nn.functional.avg_pool2d(padded, side, stride=1).reshape(*lead, *degraded.shape[-3:])


class Mean:
    """A sound one."""

    def __call__(self, degraded: Tensor) -> Tensor:
        return mean(degraded)


class Net(nn.Module):
    """A sound network."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(1, 1, 3, padding=1)

    def forward(self, degraded: Tensor) -> Tensor:
        return self.layer(degraded)


# How it is called


@broken(RestorerSpec, "is made from its settings", **SOUND)
class NotCallable:
    """What the factory makes cannot be called."""


@broken(RestorerSpec, "is made from its settings", **SOUND, config=SIZE)
class OtherSettings:
    """The factory does not take the setting that is declared."""

    def __init__(self, width: int = 3) -> None:
        pass

    def __call__(self, degraded: Tensor) -> Tensor:
        return mean(degraded)


@broken(RestorerSpec, "is made from its settings", **SOUND)
class Leaves:
    """It ends the program when it is made."""

    def __init__(self) -> None:
        sys.exit("bye")

    def __call__(self, degraded: Tensor) -> Tensor:
        return mean(degraded)


@broken(RestorerSpec, "takes exactly its needs", **SOUND)
class AsksForMore:
    """It takes a condition that is not declared."""

    def __call__(self, degraded: Tensor, sigma: Tensor) -> Tensor:
        return mean(degraded)


@broken(RestorerSpec, "restores a picture", **SOUND)
class Shrinks:
    """The estimate lacks a column."""

    def __call__(self, degraded: Tensor) -> Tensor:
        return mean(degraded)[..., 1:]


@broken(RestorerSpec, "restores a picture", **SOUND)
class Double:
    """The estimate is float64."""

    def __call__(self, degraded: Tensor) -> Tensor:
        return mean(degraded).double()


@broken(RestorerSpec, "restores a picture", **SOUND)
class LeavesWhileItWorks:
    """It ends the program when it is called."""

    def __call__(self, degraded: Tensor) -> Tensor:
        sys.exit(0)


@broken(RestorerSpec, "restores any size", **SOUND | {"tiling": "whole"})
class EvenOnly:
    """It refuses odd widths that it does not declare."""

    def __call__(self, degraded: Tensor) -> Tensor:
        if degraded.shape[-1] % 2:
            raise ValueError("odd width")
        return mean(degraded)


@broken(RestorerSpec, "restores any size", **SOUND)
class TinyIsNothing:
    """Pictures of a pixel or two come back as NaN."""

    def __call__(self, degraded: Tensor) -> Tensor:
        return mean(degraded) + (0.0 if min(degraded.shape[-2:]) > 2 else math.nan)


@broken(RestorerSpec, "takes every declared number of channels", **SOUND, channels=(1, 3))
class GreyOnly:
    """Colour is declared, and fails."""

    def __call__(self, degraded: Tensor) -> Tensor:
        return mean(degraded.reshape(len(degraded), 1, *degraded.shape[-2:]))


@broken(RestorerSpec, "works with every value of its settings", **SOUND, config=SIZE)
class OneSetting:
    """Even sides of the window are allowed, and change the size of the picture."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __call__(self, degraded: Tensor) -> Tensor:
        return mean(degraded) if self.size == 3 else mean(degraded)[..., : -1 - self.size // 2]


@broken(
    RestorerSpec,
    "enlarges by every declared scale",
    tasks=frozenset({"super-resolve"}),
    receptive_field=3,
    scale=(2, 3, 4),
    config=SCALE | {"scale": {"enum": [2, 3, 4], "default": 2, "description": "factor of enlargement"}},
)
class AlwaysTwice:
    """The picture becomes twice as large whatever the scale, which the instance also says."""

    scale = 2

    def __init__(self, scale: int) -> None:
        pass

    def __call__(self, degraded: Tensor) -> Tensor:
        return nn.functional.interpolate(mean(degraded), scale_factor=2)


@broken(RestorerSpec, "takes any number of frames", tasks=frozenset({"denoise"}), receptive_field=3, temporal="burst")
class ThreeFrames:
    """It needs three frames."""

    def __call__(self, degraded: Tensor) -> Tensor:
        first, second, third = (mean(degraded[:, index]) for index in range(3))
        return (first + second + third) / 3


@broken(RestorerSpec, "leaves its input as it is", **SOUND)
class InPlace:
    """It writes into the picture that it is given."""

    def __call__(self, degraded: Tensor) -> Tensor:
        estimate = mean(degraded)
        degraded.clamp_(0.2, 0.8)
        return estimate


@broken(RestorerSpec, "restores each picture of a batch by itself", **SOUND)
class BatchMean:
    """The mean of the batch leaks into every picture."""

    def __call__(self, degraded: Tensor) -> Tensor:
        return mean(degraded) + 0.1 * (degraded - degraded.mean(dim=0, keepdim=True))


@broken(RestorerSpec, "restores each picture of a batch by itself", **SOUND, needs=frozenset({"sigma"}))
class FirstSigma:
    """It uses the first picture's σ for the whole batch."""

    def __call__(self, degraded: Tensor, sigma: Tensor) -> Tensor:
        return degraded + min(float(sigma[0]), 1.0) * (mean(degraded) - degraded)


@broken(
    RestorerSpec,
    "restores each picture of a batch by itself",
    tasks=frozenset({"deblur"}),
    needs=frozenset({"kernel"}),
    tiling="whole",
)
class FirstKernel:
    """It uses the first picture's kernel for the whole batch."""

    def __call__(self, degraded: Tensor, kernel: Tensor) -> Tensor:
        return degraded + float(kernel[0].max()) * (degraded - mean(degraded))


@broken(RestorerSpec, "restores each picture of a batch by itself", **SOUND)
class TwoAtMost:
    """Of more than two pictures, the others come back untouched."""

    def __call__(self, degraded: Tensor) -> Tensor:
        return torch.cat((mean(degraded[:2]), degraded[2:]))


@broken(RestorerSpec, "is deterministic", **SOUND)
class OwnRandomness:
    """It draws from a generator that the system seeds."""

    def __call__(self, degraded: Tensor) -> Tensor:
        return mean(degraded) + 0.02 * float(np.random.default_rng().random())


# Conditions


@broken(RestorerSpec, "uses every condition that it needs", **SOUND, needs=frozenset({"sigma"}))
class IgnoresSigma:
    """It asks for σ and ignores it."""

    def __call__(self, degraded: Tensor, sigma: Tensor) -> Tensor:
        return mean(degraded)


@broken(
    RestorerSpec,
    "takes kernels of every odd side",
    tasks=frozenset({"deblur"}),
    needs=frozenset({"kernel"}),
    tiling="whole",
)
class FiveByFive:
    """It takes kernels of 5×5 only."""

    def __call__(self, degraded: Tensor, kernel: Tensor) -> Tensor:
        weight = kernel.reshape(-1, 25)[:, 12].reshape(-1, 1, 1, 1)
        return degraded + weight * (degraded - mean(degraded))


# What it does to the picture


@broken(RestorerSpec, "restores flat and extreme pictures", "restores any size", **SOUND | {"tiling": "whole"})
class DividesByTheRange:
    """It divides by the picture's deviation, which a flat one has not."""

    def __call__(self, degraded: Tensor) -> Tensor:
        level = degraded.mean(dim=(-2, -1), keepdim=True)
        spread = (degraded - level).square().mean(dim=(-2, -1), keepdim=True).sqrt()
        return mean(degraded) + 0 * ((degraded - level) / spread).clamp(-5, 5)


@broken(
    RestorerSpec,
    "restores flat and extreme pictures",
    "depends on nothing beyond its receptive field",
    **SOUND,
)
class Logarithm:
    """It takes the logarithm, also of black."""

    def __call__(self, degraded: Tensor) -> Tensor:
        return mean(degraded) + 0 * degraded.clamp_min(0).log()


@broken(RestorerSpec, "restores flat and extreme pictures", **SOUND)
class WhiteIsTooMuch:
    """It divides by what is missing to white."""

    def __call__(self, degraded: Tensor) -> Tensor:
        missing = 1 - degraded.amin(dim=(-3, -2, -1), keepdim=True)
        return mean(degraded) + 0 * (1 / missing)


@broken(RestorerSpec, "keeps the range of values", **SOUND)
class Levels:
    """The estimate is in [0, 255]."""

    def __call__(self, degraded: Tensor) -> Tensor:
        return 255 * mean(degraded)


@broken(RestorerSpec, "keeps the brightness", **SOUND)
class Black:
    """The estimate is black."""

    def __call__(self, degraded: Tensor) -> Tensor:
        return 0 * mean(degraded)


@broken(RestorerSpec, "keeps the brightness", **SOUND)
class Brighter:
    """The estimate is brighter by a quarter."""

    def __call__(self, degraded: Tensor) -> Tensor:
        return 1.25 * mean(degraded)


@broken(RestorerSpec, "keeps each channel in its place", **SOUND)
class BlueGreenRed:
    """Red and blue change places."""

    def __call__(self, degraded: Tensor) -> Tensor:
        return mean(degraded).flip(-3)


@broken(RestorerSpec, "keeps the brightness of dim pictures", **SOUND)
class Pedestal:
    """It subtracts a black level of its own, whatever the range of the picture."""

    def __call__(self, degraded: Tensor) -> Tensor:
        return (mean(degraded) - 0.03).clamp_min(0)


# How far it looks


def _towards_the_mean(degraded: Tensor, side: int) -> Tensor:
    return mean(degraded) + 0.5 * (mean(degraded, side) - mean(degraded))


@broken(
    RestorerSpec,
    "gives the same with and without tiles",
    "depends on nothing beyond its receptive field",
    **SOUND,
)
class Wide:
    """It looks nine pixels far and declares three."""

    def __call__(self, degraded: Tensor) -> Tensor:
        return _towards_the_mean(degraded, 19)


@broken(RestorerSpec, "gives the same with and without tiles", tasks=frozenset({"denoise"}))
class Boundless:
    """Tiles may overlap, but how much is not declared."""

    def __call__(self, degraded: Tensor) -> Tensor:
        return mean(degraded)


@broken(RestorerSpec, "depends on nothing beyond its receptive field", **NETWORK)
class FaintAndFar(Net):
    """A millionth of a pixel far away is in the estimate."""

    def forward(self, degraded: Tensor) -> Tensor:
        return super().forward(degraded) + 1e-6 * nn.functional.pad(degraded, (40, 0))[..., :-40]


# Networks


@broken(RestorerSpec, "can be trained", **NETWORK)
class Idle(Net):
    """A parameter takes no part."""

    def __init__(self) -> None:
        super().__init__()
        self.idle = nn.Parameter(torch.zeros(1))


@broken(RestorerSpec, "can be trained", **NETWORK)
class NoGradient(Net):
    """It works without gradients, also in training."""

    def forward(self, degraded: Tensor) -> Tensor:
        with torch.no_grad():
            return super().forward(degraded)


@broken(RestorerSpec, "restores the same from stored weights", **NETWORK)
class PlainList(Net):
    """Its layers are in a plain list, so that they are not in its state."""

    def __init__(self) -> None:
        super().__init__()
        self.others = [nn.Conv2d(1, 1, 1)]

    def forward(self, degraded: Tensor) -> Tensor:
        return super().forward(self.others[0](degraded))


@broken(RestorerSpec, "names an existing learner", **NETWORK, learner="math:Learner")
class NoLearner(Net):
    """Its learner does not exist."""


@broken(
    RestorerSpec,
    "ships weights that fit with a card",
    **NETWORK,
    weights={"small": "weights/small"},
)
class NoWeights(Net):
    """The weights that it declares are not in its package."""


# What it does to the process


@broken(RestorerSpec, "prints nothing", **SOUND)
class Prints(Mean):
    """It prints the size of every picture."""

    def __call__(self, degraded: Tensor) -> Tensor:
        print("restoring", tuple(degraded.shape))
        return mean(degraded)


@broken(RestorerSpec, "reaches no network", **SOUND)
class Downloads(Mean):
    """It looks for newer weights on a server, and goes on without them."""

    def __init__(self) -> None:
        with contextlib.suppress(OSError):
            socket.create_connection(("weights.example.org", 443), timeout=1)


@broken(RestorerSpec, "writes no file", **SOUND)
class Debugs(Mean):
    """It leaves a file in the working folder."""

    def __call__(self, degraded: Tensor) -> Tensor:
        Path("debug.txt").write_text("restored", encoding="utf-8")
        return mean(degraded)


@broken(RestorerSpec, "leaves global randomness untouched", **SOUND)
class Seeds(Mean):
    """It seeds torch, for everybody."""

    def __call__(self, degraded: Tensor) -> Tensor:
        torch.manual_seed(0)
        return mean(degraded)


@broken(RestorerSpec, "leaves global randomness untouched", **SOUND)
class RarelyRandom(Mean):
    """A few calls in a million add noise, as Python's global generator has it."""

    def __call__(self, degraded: Tensor) -> Tensor:
        return mean(degraded) + (0.1 if random.random() < 2e-6 else 0.0)


@broken(RestorerSpec, "leaves the settings of the process as they are", **SOUND)
class DoubleForAll(Mean):
    """It makes float64 torch's default."""

    def __init__(self) -> None:
        torch.set_default_dtype(torch.float64)


@broken(RestorerSpec, "leaves the settings of the process as they are", **SOUND)
class NoGradientForAll(Mean):
    """It turns gradients off, for everybody."""

    def __call__(self, degraded: Tensor) -> Tensor:
        torch.set_grad_enabled(False)
        return mean(degraded)


@broken(RestorerSpec, "leaves the settings of the process as they are", **SOUND)
class AllThreads(Mean):
    """It sets torch's number of threads."""

    def __init__(self) -> None:
        torch.set_num_threads(3)


@broken(RestorerSpec, "leaves the settings of the process as they are", **SOUND)
class Environment(Mean):
    """It sets an environment variable."""

    def __init__(self) -> None:
        os.environ["OMP_NUM_THREADS"] = "7"


@broken(RestorerSpec, "can be sent to a worker", **SOUND)
class Lock(Mean):
    """It keeps a lock, which cannot be sent to a worker."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
