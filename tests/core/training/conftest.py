"""A plugin of tiny restorers and degraders, pictures to train on, and a recipe that takes a second."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import textwrap
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from burnish import DegraderSpec, LearnerSpec, RestorerSpec
from burnish.plugins.catalog import Catalog, Entry
from burnish.protocols import Observation
from burnish.recipe.data import Form
from burnish.recipe.document import Recipe
from burnish.training import SupervisedLearner, generator
from burnish.training.learner import Batch
from torch import nn

MODULE = "burnish_tiny_for_tests"


class TinyNet(nn.Module):
    """Two convolutions with batch normalisation and dropout between: buffers and random numbers of its own."""

    def __init__(self, features: int = 4) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, features, 3, padding=1),
            nn.BatchNorm2d(features),
            nn.ReLU(),
            nn.Dropout(0.1),
            nn.Conv2d(features, 3, 3, padding=1),
        )

    def forward(self, degraded: torch.Tensor) -> torch.Tensor:
        return degraded - self.body(degraded)


class Doubler(nn.Module):
    """Enlarges by two with sub-pixel convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 12, 3, padding=1), nn.PixelShuffle(2))

    def forward(self, degraded: torch.Tensor) -> torch.Tensor:
        up = nn.functional.interpolate(degraded, scale_factor=2, mode="bicubic")
        return up + self.body(degraded)


class SigmaNet(nn.Module):
    """Is told the noise level; refuses sizes that are no multiples of four."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Conv2d(4, 3, 3, padding=1)

    def forward(self, degraded: torch.Tensor, *, sigma: torch.Tensor) -> torch.Tensor:
        assert degraded.shape[-1] % 4 == 0
        assert degraded.shape[-2] % 4 == 0
        level = sigma[:, None, None, None].expand(-1, 1, *degraded.shape[-2:])
        return degraded + self.body(torch.cat([degraded, level], 1))


class Noise:
    def __call__(self, clean: torch.Tensor, generator: torch.Generator) -> Observation:
        noise = torch.randn(clean.shape, generator=generator).to(clean.device)
        sigma = torch.full((clean.shape[0],), 0.1, device=clean.device)
        return Observation(degraded=clean + 0.1 * noise, target=clean, conditions={"sigma": sigma})


class Halve:
    def __call__(self, clean: torch.Tensor, generator: torch.Generator) -> Observation:
        even = clean[..., : clean.shape[-2] // 2 * 2, : clean.shape[-1] // 2 * 2]
        return Observation(degraded=nn.functional.avg_pool2d(even, 2), target=even, conditions={"scale": 2})


class ClipNet(nn.Module):
    """Looks at each frame and its neighbours in time."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Conv3d(3, 3, 3, padding=1)

    def forward(self, degraded: torch.Tensor) -> torch.Tensor:
        return degraded - self.body(degraded.transpose(1, 2)).transpose(1, 2)


class ClipBlur:
    """Averages three following frames: the clip becomes two frames shorter."""

    def __call__(self, clean: torch.Tensor, generator: torch.Generator) -> Observation:
        blurred = (clean[:, :-2] + clean[:, 1:-1] + clean[:, 2:]) / 3
        return Observation(degraded=blurred, target=clean[:, 1:-1])


class Crop:
    """Stands for a blur with valid boundary: the target is smaller than what was given."""

    def __call__(self, clean: torch.Tensor, generator: torch.Generator) -> Observation:
        return Observation(
            degraded=nn.functional.avg_pool2d(clean, 3, stride=1), target=clean[..., 1:-1, 1:-1], conditions={}
        )


class BetweenShots(SupervisedLearner):
    """Compares with another shot, in validation as well."""


class Pixels(SupervisedLearner):
    """Looks at noisy pictures alone: replaces a random part of the pixels and asks for what was there.

    Args:
        share: Of the pixels that are replaced.
    """

    def __init__(self, *given: Any, share: float) -> None:
        super().__init__(*given)
        self.share = share

    def training_step(self, batch: Batch, batch_idx: int) -> torch.Tensor:
        observation = self.observe_batch(batch)
        assert observation.target.numel() == 0
        noisy, size = observation.degraded, (self.settings.batch, 1, *observation.degraded.shape[-2:])
        drawn = torch.rand(size, generator=generator(self.settings.seed, "masked", batch[0], 0))
        masked = self.my_share(drawn).to(noisy) < self.share
        estimate = self.restored(torch.where(masked, noisy.roll(1, -1), noisy), observation)
        return self.loss(estimate * masked, noisy * masked)

    def validation_step(self, batch: Batch, batch_idx: int) -> torch.Tensor:
        observation = self.observe_crop(batch)
        return -(self.estimate(observation) - observation.degraded).square().mean()


def _learner(name: str, factory: str, **more: Any) -> LearnerSpec:
    return LearnerSpec(name=name, factory=f"{MODULE}:{factory}", summary="tiny", **more)


def _restorer(name: str, factory: str, **more: Any) -> RestorerSpec:
    return RestorerSpec(name=name, factory=f"{MODULE}:{factory}", summary="tiny", channels=(3,), trainable=True, **more)


def _degrader(name: str, factory: str, **more: Any) -> DegraderSpec:
    return DegraderSpec(name=name, factory=f"{MODULE}:{factory}", summary="tiny", **more)


@pytest.fixture
def plugin() -> Iterator[types.ModuleType]:
    """The module that the tiny plugin's declarations name; tests may put more into it."""
    module = types.ModuleType(MODULE)
    module.__dict__.update(
        {
            c.__name__: c
            for c in (TinyNet, Doubler, SigmaNet, ClipNet, Noise, Halve, ClipBlur, Crop, BetweenShots, Pixels)
        },
    )
    sys.modules[MODULE] = module
    yield module
    del sys.modules[MODULE]


@pytest.fixture
def catalog(plugin: types.ModuleType) -> Catalog:
    specs = [
        _restorer(
            "net",
            "TinyNet",
            config={"features": {"type": "integer", "default": 4, "description": "channels"}},
        ),
        _restorer("doubler", "Doubler", scale=(2,)),
        _restorer("sigma-net", "SigmaNet", needs=frozenset({"sigma"}), size_multiple=4),
        _restorer("custom", "TinyNet", learner=f"{MODULE}:OwnLearner"),
        RestorerSpec(name="fixed", factory=f"{MODULE}:TinyNet", summary="tiny"),
        _restorer("clip-net", "ClipNet", temporal="video"),
        _degrader("clip-blur", "ClipBlur", temporal="video"),
        _degrader("noise", "Noise", gives=frozenset({"sigma"})),
        _degrader("halve", "Halve", scale=(2,), gives=frozenset({"scale"})),
        _degrader("crop", "Crop"),
        _learner("between-shots", "BetweenShots", needs="shots"),
        _learner(
            "pixels",
            "Pixels",
            needs="noisy",
            config={"share": {"type": "number", "default": 0.2, "maximum": 1, "description": "of the pixels"}},
        ),
        _learner("of-net", "Pixels", needs="noisy", restorers=("tiny/net",)),
    ]
    return Catalog(
        Entry(id=f"tiny/{spec.name}", spec=spec, distribution="burnish-tiny", version="1.0") for spec in specs
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Six training and two validation pictures of 20…40 pixels, smooth with an edge, below ``data``."""
    folder = tmp_path / "project"
    rng = np.random.default_rng(0)
    for kind, count in (("train", 6), ("validation", 2)):
        (folder / "data" / kind).mkdir(parents=True)
        for number in range(count):
            height, width = 20 + 4 * number, 40 - 3 * number
            picture = cv2.GaussianBlur(rng.uniform(0, 255, (height, width, 3)), (0, 0), 3)
            picture = (picture - picture.min()) / np.ptp(picture) * 255
            picture[:, width // 2 :] = 255 - picture[:, width // 2 :]
            cv2.imwrite(str(folder / "data" / kind / f"{number}.png"), picture.round().astype(np.uint8))
    return folder


@pytest.fixture
def recipe() -> Callable[..., Recipe]:
    """Makes a recipe: ``recipe(restorer="tiny/net", degrader="tiny/noise", budget={"steps": 8}, ema=0.9, …)``."""

    def make(
        *,
        restorer: str = "tiny/net",
        degrader: str | None = "tiny/noise",
        budget: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        **training: Any,
    ) -> Recipe:
        settings = {
            "batch": 4,
            "patch": 16,
            "validate_every": 4,
            "checkpoint_every": 3,
            "ema": 0.9,
            "cores": 1,
            "precision": "fp32",
            "budget": budget or {"steps": 10},
            **training,
        }
        return Recipe.model_validate(
            {
                "model": "tiny",
                "restorer": {"id": restorer},
                **({"degrader": {"id": degrader}} if degrader else {}),
                "data": data or {},
                "training": settings,
            }
        )

    return make


DATA: dict[Form, dict[str, str]] = {
    "clean": {},
    "pairs": {"root": "real", "degraded": "noisy", "clean": "clean"},
    "noisy": {"root": "real", "degraded": "noisy"},
    "shots": {"root": "real", "shots": "shots"},
}
"""What a recipe says of each form of ``real_data``."""


@pytest.fixture
def forms() -> dict[Form, dict[str, str]]:
    """Form of data → what a recipe says under ``data``."""
    return DATA


@pytest.fixture
def real_data(project: Path) -> Path:
    """Pictures of every form below ``real``: ``clean``; ``noisy`` and ``shots`` with noise of σ 0.15."""
    rng = np.random.default_rng(1)
    for file in sorted((project / "data").rglob("*.png")):
        split = project / "real" / file.parent.name
        for name in ("clean/x", "noisy/x", "shots/x/1", "shots/x/2", "shots/x/3"):
            target = split / f"{name.replace('x', file.stem)}.png"
            target.parent.mkdir(parents=True, exist_ok=True)
            picture = cv2.imread(str(file)).astype(np.float64)
            if not name.startswith("clean"):
                picture += rng.normal(0, 0.15 * 255, picture.shape)
            cv2.imwrite(str(target), picture.round().clip(0, 255).astype(np.uint8))
    return project / "real"


@pytest.fixture(scope="session")
def together() -> Callable[[str], list[str]]:
    """Runs code in two processes that are one gloo group; returns what each has printed."""

    def run(code: str) -> list[str]:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2", "OMP_NUM_THREADS": "1"}
        opening = "import torch\nimport torch.distributed as dist\ndist.init_process_group('gloo')\n"
        closing = "\ndist.barrier()\ndist.destroy_process_group()\n"  # else gloo may abort a process that ends
        started = [
            subprocess.Popen(
                [sys.executable, "-c", opening + textwrap.dedent(code) + closing],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, **meeting, "RANK": str(rank)},
            )
            for rank in range(2)
        ]
        ended = [process.communicate(timeout=1800) for process in started]
        assert [process.returncode for process in started] == [0, 0], [error for _, error in ended]
        return [out for out, _ in ended]

    return run
