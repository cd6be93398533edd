"""A picture of what every restorer does, degraded, restored, clean: `python benchmarks/gallery.py [ID …] [--out DIR]`.

The clean pictures are the project's own licensed photographs (``data/test``, which `make demo` makes; docs/data.md
tells their origin). A restorer is shown undoing what it is for; those that must be trained with the weights that ship
with them, and not at all where none do. Writes a JPEG for each, and ``README.md``, which shows them all.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from burnish.errors import BurnishError
from burnish.evaluation.prediction import answer, reference_frame, shown
from burnish.inference import Restorer, load_restorer
from burnish.io import Picture, from_tensor, read_clean, read_picture, write_picture
from burnish.plugins.catalog import Entry, installed
from burnish.plugins.declarations import RestorerSpec
from burnish.protocols import Degrader, Observation
from burnish.reporting.strip import Panel, write_strip

NOISE = ("degradations/gaussian-noise", {"sigma": 25 / 255})
SHAKE = ("degradations/camera-shake", {"length": 14.0, "noise": 0.005})
SMALL = ("degradations/bicubic", {"scale": 2})
SMALL_BURST = ("degradations/burst", {"frames": 8, "scale": 2, "shift": 4.0, "length": 0.0, "noise": 0.01})
SHAKEN_BURST = ("degradations/burst", {"frames": 8, "shift": 3.0, "length": [4.0, 16.0], "noise": 0.01})
CLIP = ("degradations/frame-average", {"window": 5, "step": 1, "noise": 0.005})
PAIR = ("degradations/frame-average", {"window": 9, "step": 9, "gamma": 1.0, "noise": 0.005})
SOFT = ("degradations/gaussian-blur", {"width": 1.5})
FROM_MOTION = "optical-flow/flow-deblur"
"""Is given two following frames of a clip, whose motion tells the blur of the first."""
SIDE = 384
"""Side in pixels of the part of a photograph that is shown."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What a restorer is shown with."""

    degrader: str
    config: dict[str, Any] = field(default_factory=dict)
    photograph: str = "coffee.png"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ids", nargs="*", metavar="ID", help="default: all")
    parser.add_argument("--clean", type=Path, default=Path("data/test"), help="default: data/test")
    parser.add_argument("--out", type=Path, default=Path("docs/gallery"), help="default: docs/gallery")
    arguments = parser.parse_args()
    catalog = installed()
    names = arguments.ids or [name for entry in catalog.entries("restorers").values() for name in showable(entry)]
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in names:
        try:
            print(draw(name, arguments.clean, arguments.out), flush=True)
        except BurnishError as error:
            print(f"{name}: {error}", flush=True)
    page(arguments.out)


def showable(entry: Entry) -> Iterator[str]:
    """The names under which a restorer can be shown: itself, or with each of its weights."""
    spec = cast(RestorerSpec, entry.spec)
    if spec.trainable:
        yield from (f"{entry.id}:{weights}" for weights in sorted(spec.weights))
    elif not entry.id.startswith("burnish/") and not spec.suffixes:  # the host's own show nothing by themselves
        yield entry.id


def scene(loaded: Restorer) -> Scene:
    """What it is for, by its tasks, needs and frames; weights are shown what they were trained for."""
    spec = loaded.spec
    if loaded.bundle is not None:
        facts = loaded.bundle.training.get("facts", {}).get("degrader", {})
        return Scene(degrader=facts["id"], config=_fixed(facts["config"]))
    if loaded.id == FROM_MOTION:
        degrader, config = PAIR
    elif spec.temporal == "burst":
        degrader, config = SMALL_BURST if "super-resolve" in spec.tasks else SHAKEN_BURST
    elif spec.temporal == "video":
        degrader, config = CLIP
    elif "super-resolve" in spec.tasks:
        degrader, config = SMALL
    elif "denoise" in spec.tasks:
        degrader, config = NOISE
    else:
        degrader, config = SHAKE if "kernel" in spec.needs or "enhance" not in spec.tasks else SOFT
    return Scene(degrader=degrader, config=config)


def _fixed(config: dict[str, Any]) -> dict[str, Any]:
    """Ranges of numbers replaced by their middle."""
    return {
        key: sum(value) / 2 if isinstance(value, list) and len(value) == 2 and key in {"sigma", "noise"} else value
        for key, value in config.items()
    }


def draw(name: str, clean: Path, out: Path) -> str:
    loaded = load_restorer(name, {"exposure": 1.0} if name == FROM_MOTION else {}, device="cpu")
    chosen = scene(loaded)
    colour = "rgb" if 3 in loaded.channels else "grey"
    picture = read_clean(clean / chosen.photograph, colour)  # type: ignore[arg-type]
    top, left = ((side - SIDE) // 2 for side in picture.shape[-2:])
    picture = picture[..., top : top + SIDE, left : left + SIDE]
    degrader = cast(Degrader, installed().create("degraders", chosen.degrader, chosen.config))
    clip = loaded.spec.temporal == "video" or loaded.id == FROM_MOTION
    seen = degrader(_panned(clean / chosen.photograph) if clip else picture, torch.Generator().manual_seed(1))
    if loaded.id == FROM_MOTION:
        seen = Observation(degraded=seen.degraded[:, :2], target=seen.target[:, 0])
    estimate = answer(loaded, seen).estimate
    with tempfile.TemporaryDirectory() as place:
        panels = list(_panels(name, seen, estimate, Path(place)))
        strip = write_strip(Path(place) / "strip.png", panels, width=240)
        target = out / f"{name.replace('/', '-').replace(':', '-')}.jpg"
        write_picture(target, Picture(pixels=read_picture(strip).pixels), quality=85)
    figures = ", ".join(f"{panel.label} {panel.figures['PSNR']:.2f}" for panel in panels if panel.figures)
    return f"{target}: {figures} ({chosen.degrader})"


def _panels(name: str, seen: Observation, estimate: torch.Tensor, place: Path) -> Iterator[Panel]:
    clip = seen.target.ndim == 5
    target, restored = shown(seen.target, clip=clip), shown(estimate, clip=clip)
    degraded = shown(seen.degraded, clip=True) if clip else reference_frame(seen.degraded)
    for label, picture in (("degraded", degraded), (name, restored), ("clean", target)):
        path = place / f"{len(list(place.iterdir()))}.png"
        like = Picture(pixels=(picture[0].permute(1, 2, 0) * 0).byte().numpy())
        write_picture(path, from_tensor(picture, like))
        same = picture.shape == target.shape and label != "clean"
        yield Panel(label=label, path=path, figures={"PSNR": _psnr(picture, target)} if same else {})


def _psnr(picture: torch.Tensor, target: torch.Tensor) -> float:
    return float(-10 * (picture.clamp(0, 1).double() - target.double()).square().mean().log10())


def _panned(path: Path) -> torch.Tensor:
    """A clip 1,T,C,H,W of a camera that pans over a photograph by a pixel a frame."""
    whole = read_clean(path)
    rows = (whole.shape[-2] - SIDE) // 2
    return torch.stack([whole[..., rows : rows + SIDE, t : t + SIDE] for t in range(27)], dim=1)


def page(out: Path) -> None:
    """The page that shows all pictures of the folder."""
    lines = ["# Gallery", "", "Made by `python benchmarks/gallery.py`: degraded, restored, clean; PSNR in dB.", ""]
    for picture in sorted(out.glob("*.jpg")):
        lines += [f"## {picture.stem}", "", f"![{picture.stem}]({picture.name})", ""]
    (out / "README.md").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
