"""What each installed restorer is shown with in the gallery: the photograph, the commands, the lines of Python."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from typing import Any, cast

from burnish.plugins.catalog import Entry, installed
from burnish.plugins.declarations import DegraderSpec, RestorerSpec

PHOTOGRAPHS = {3: "photographs/test/coffee.png", 1: "photographs/test/camera.png"}
"""Channels → the photograph; no shipped weights were trained on it."""
PAN = 26
"""Frames of the clip ``pan``, in which the camera moves by a pixel a frame."""

Config = Mapping[str, Any]
NOISE: tuple[str, Config] = ("degradations/gaussian-noise", {"sigma": 0.1})
SHAKE: tuple[str, Config] = ("degradations/camera-shake", {"length": 14, "noise": 0.005})
SMALL: tuple[str, Config] = ("degradations/bicubic", {"scale": 2})
JPEG: tuple[str, Config] = ("degradations/jpeg", {"quality": 15})
SOFT: tuple[str, Config] = ("degradations/gaussian-blur", {"width": 1.5})
BURST: tuple[str, Config] = ("degradations/burst", {"frames": 8, "shift": 3, "length": [4, 16], "noise": 0.01})
SMALL_BURST: tuple[str, Config] = (
    "degradations/burst", {"frames": 8, "scale": 2, "shift": 4, "length": 0, "noise": 0.01}
)  # fmt: skip
CLIP: tuple[str, Config] = ("degradations/frame-average", {"window": 5, "step": 1, "noise": 0.005})
TWO_FRAMES: tuple[str, Config] = (
    "degradations/frame-average", {"window": PAN // 2, "step": PAN // 2, "noise": 0.005}
)  # fmt: skip

CHOSEN: dict[str, tuple[str, Config]] = {
    "cnn/dncnn:dejpeg-colour": JPEG,
    "cnn/dncnn:dejpeg-grey": JPEG,
    "optical-flow/flow-deblur": TWO_FRAMES,
    "super-resolution/edsr:real-x2": ("degradations/real-world", {"scale": 2, "quality": 60}),
}
"""Where the rules of ``_degradation`` do not fit."""
SETTINGS: dict[str, Config] = {"optical-flow/flow-deblur": {"exposure": 1.0}}
"""What is set where the default does not fit the scene."""
PLACES = 3
"""Decimal places of a setting that is the middle of a range."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A restorer, and what is restored."""

    name: str
    """Its id, with ``:weights`` where it has weights."""
    degrader: str
    config: Config
    temporal: str
    """``single``, ``burst`` or ``video``."""
    scale: int
    channels: int
    needs: frozenset[str]
    settings: Config = field(default_factory=dict)

    @property
    def picture(self) -> str:
        """The file in the gallery."""
        return f"{self.name.replace('/', '-').replace(':', '-')}.jpg"

    @property
    def source(self) -> str:
        """What is degraded: a photograph, or a folder of frames."""
        return "pan" if self.moves else PHOTOGRAPHS[self.channels]

    @property
    def moves(self) -> bool:
        """Whether it needs a clip."""
        return cast(DegraderSpec, installed().get("degraders", self.degrader).spec).temporal == "video"

    @property
    def observed(self) -> str:
        """What the commands write first: a picture or a folder of frames."""
        return "degraded" if self.temporal != "single" else "degraded.png"

    @property
    def degraded(self) -> str:
        """The picture that is shown: of a clip the one in the middle, of a burst the first."""
        return f"degraded/{self._middle:04}.png" if self.temporal != "single" else "degraded.png"

    @property
    def restored(self) -> str:
        """The picture that is shown."""
        return f"restored/{self._middle:04}.png" if self.temporal == "video" else "restored.png"

    @property
    def clean(self) -> str:
        """What it is compared with: the photograph, or the frame in the middle of those that were averaged."""
        if not self.moves:
            return PHOTOGRAPHS[self.channels]
        step, window = int(self.config["step"]), int(self.config["window"])
        return f"pan/{self._middle * step + window // 2:04}.png"

    @property
    def _middle(self) -> int:
        return (PAN - int(self.config["window"]) + 1) // 2 if self.temporal == "video" else 0

    @cached_property
    def commands(self) -> tuple[str, ...]:
        """Lines of a shell; after the first ones there is what the last one restores."""
        words = ["burnish", "degrade", self.source, self.observed, "--degrader", self.degrader]
        words += [word for key, value in self.config.items() for word in ("--set", f"{key}={json.dumps(value)}")]
        lines = [shlex.join([*words, "--seed", "1"])]
        if "kernel" in self.needs:
            lines.append(f"python -c {shlex.quote(KERNEL)}")
        out = "restored" if self.temporal == "video" else "restored.png"
        words = ["burnish", "restore", self.observed, out, "--restorer", self.name]
        words += [word for key, value in self.settings.items() for word in ("--set", f"{key}={json.dumps(value)}")]
        words += ["--kernel", "kernel.txt"] if "kernel" in self.needs else []
        words += ["--sigma", self.sigma] if "sigma" in self.needs else []
        return (*lines, shlex.join(words))

    @property
    def sigma(self) -> str:
        """What is told of the noise."""
        return str(self.config.get("sigma", self.config.get("noise")))

    @cached_property
    def python(self) -> str:
        """The lines of Python that do what the last command does."""
        kept = "".join(f", {key}={value!r}" for key, value in self.settings.items())
        load = f'restorer = burnish.load("{self.name}"{kept})'
        known = [f"kernel=np.loadtxt({_quoted('kernel.txt')})"] if "kernel" in self.needs else []
        known += [f"sigma={self.sigma}"] if "sigma" in self.needs else []
        if self.temporal == "single":
            imports = ["import burnish", *(["import numpy as np"] if "kernel" in self.needs else [])]
            given = ", ".join(['burnish.read("degraded.png")', *known])
            return _lines(*imports, "", load, f'burnish.write("restored.png", restorer({given}))')
        frames = 'frames = [burnish.read(path) for path in sorted(Path("degraded").glob("*.png"))]'
        written = (
            (
                "for number, frame in enumerate(restorer(frames)):",
                '    burnish.write(f"restored/{number:04}.png", frame)',
            )
            if self.temporal == "video"
            else ('burnish.write("restored.png", restorer(frames))',)
        )
        return _lines("from pathlib import Path", "import burnish", "", load, frames, *written)


KERNEL = (
    'import json, numpy; record = json.load(open("degraded.png.json")); '
    'numpy.savetxt("kernel.txt", record["conditions"]["kernel"])'
)
"""The kernel that the degrader drew, from the record beside the picture."""


def scenes() -> dict[str, Scene]:
    """Name → scene of all that can be shown, sorted."""
    found = [scene for entry in installed().entries("restorers").values() for scene in _of(entry)]
    return {scene.name: scene for scene in sorted(found, key=lambda scene: scene.name)}


def left_out() -> dict[str, str]:
    """Id → why it is not shown."""
    made = {name.partition(":")[0] for name in scenes()}
    reasons = {}
    for name, entry in installed().entries("restorers").items():
        spec = cast(RestorerSpec, entry.spec)
        if name == "burnish/identity":
            reasons[name] = "gives the picture back as it is: what others are measured against"
        elif name == "burnish/self-ensemble":
            reasons[name] = "runs another restorer on flipped and rotated copies; the difference is too small to see"
        elif spec.suffixes:
            reasons[name] = f"runs networks from files of others ({', '.join(spec.suffixes)}); none comes with it"
        elif name not in made:
            reasons[name] = "is a network to be trained on your pictures; no weights ship with it"
    return reasons


def _of(entry: Entry) -> list[Scene]:
    spec = cast(RestorerSpec, entry.spec)
    if entry.id.startswith("burnish/") or spec.suffixes:
        return []
    if not spec.trainable:
        degrader, config = CHOSEN.get(entry.id) or _degradation(spec)
        return [_scene(entry.id, spec, degrader, config, channels=3, scale=2 if 2 in spec.scale else 1)]
    made, package = [], spec.factory.partition(":")[0].partition(".")[0]
    for weights, folder in sorted(spec.weights.items()):
        name = f"{entry.id}:{weights}"
        bundle = json.loads(resources.files(package).joinpath(folder, "bundle.json").read_text(encoding="utf-8"))
        degrader, config = CHOSEN.get(name) or _trained_for(bundle)
        settings = bundle["config"]
        made.append(
            _scene(
                name,
                spec,
                degrader,
                config,
                channels=int(settings.get("channels", 3)),
                scale=int(settings.get("scale", 1)),
            )
        )
    return made


def _scene(name: str, spec: RestorerSpec, degrader: str, config: Config, *, channels: int, scale: int) -> Scene:
    return Scene(
        name=name,
        degrader=degrader,
        config=config,
        temporal=spec.temporal,
        scale=scale,
        channels=channels,
        needs=spec.needs,
        settings=SETTINGS.get(name, {}),
    )


def _degradation(spec: RestorerSpec) -> tuple[str, Config]:
    """What a restorer without weights is for, by its tasks, needs and frames."""
    if spec.temporal == "burst":
        return SMALL_BURST if "super-resolve" in spec.tasks else BURST
    if spec.temporal == "video":
        return CLIP
    if "super-resolve" in spec.tasks:
        return SMALL
    if "denoise" in spec.tasks:
        return NOISE
    return SHAKE if "kernel" in spec.needs or "enhance" not in spec.tasks else SOFT


def _trained_for(bundle: Mapping[str, Any]) -> tuple[str, Config]:
    """What weights were trained to undo: in the middle of each range, and without what is the degrader's default."""
    told = bundle["training"]["facts"]["degrader"]
    degrader: str = told["id"]
    if degrader == NOISE[0]:
        return NOISE
    schema = installed().get("degraders", degrader).spec.config
    config = {key: _middle(value) for key, value in told["config"].items() if value is not None}
    kept = {key: value for key, value in config.items() if key in schema and value != schema[key].get("default")}
    return degrader, kept | (CLIP[1] if degrader == CLIP[0] else {})


def _middle(value: Any) -> Any:
    """Of a range its middle; ranges whose ends are both tiny are left to the degrader."""
    if isinstance(value, list) and len(value) == 2 and all(isinstance(end, int | float) for end in value):
        middle = round(sum(value) / 2, PLACES)
        return value if 0 < max(value) <= 10 ** (1 - PLACES) and min(value) > 0 else middle
    return value


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text)
