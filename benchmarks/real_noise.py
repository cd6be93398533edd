"""Restorers of real noise beside classical ones: `python benchmarks/real_noise.py DIR --bundle w2s:NAME=PATH`.

DIR holds ``pairs/w2s/test`` (microscopy) and ``pairs/polyu/test`` (photographs), ``noisy`` and ``clean`` each.
Printed for every restorer: the mean over the test pictures of PSNR and SSIM; on W2S, whose files were stretched one
by one, after a fit of brightness and contrast. What a restorer has to be told of the noise is chosen for it among
``FACTORS`` or ``LEVELS`` on every sixth test picture: classical figures are the best that these restorers can
reach, not what a user would get.

``bm3d, stabilised``: the generalised Anscombe transform with the noise that ``burnish noise calibrate --per-picture``
finds, BM3D for σ = 1 times a factor, and the inverse of Mäkitalo and Foi (doi:10.1109/TIP.2012.2202675).
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from burnish.data.items import Item
from burnish.evaluation.benchmarks.evidence import model_of
from burnish.inference import Restorer, load_bundle, load_restorer, restore
from burnish.io import list_pictures, read_clean
from burnish.ops.noise import NoiseModel
from burnish.plugins.catalog import installed
from torch import Tensor
from without_clean import copied

LEVELS = {"w2s": (20, 30, 40, 55, 75), "polyu": (4, 6, 8, 11, 15, 20)}
"""σ in 1/255."""
FACTORS = (0.8, 1.0, 1.25, 1.6)
SHARE = 6
"""Every so many pictures choose the level."""

Method = Callable[[Tensor, NoiseModel], Tensor]
"""A picture 1,C,H,W and its noise → its estimate."""
Pictures = list[tuple[Tensor, Tensor, NoiseModel]]
"""Noisy and clean picture, and what calibration says of the noise."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--bundle", action="append", default=[], metavar="SET:NAME=PATH", help="w2s or polyu")
    parser.add_argument("--only-bundles", action="store_true")
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    asked = [(*name.split(":", 1), Path(path)) for name, _, path in (one.partition("=") for one in arguments.bundle)]
    for name, colour, metrics in (
        ("w2s", "grey", ("psnr-scale-invariant", "ssim-scale-invariant")),
        ("polyu", "rgb", ("psnr", "ssim")),
    ):
        bundles = {label: path for of, label, path in asked if of == name}
        if arguments.only_bundles and not bundles:
            continue
        pictures = read(arguments.folder / "pairs" / name / "test", colour)
        print(f"{name}: {len(pictures)} pictures")
        methods = {"input": lambda noisy, _: noisy} | {
            label: direct(load_bundle(path, device="cpu")) for label, path in bundles.items()
        }
        for label, method in methods.items():
            tell(label, pictures, method, metrics)
        for label, choices in {} if arguments.only_bundles else classical(name).items():
            best = max(choices, key=lambda c: scored(pictures[::SHARE], choices[c], metrics[0]))
            tell(f"{label} at {best}", pictures, choices[best], metrics)


def read(folder: Path, colour: str) -> Pictures:
    """The pairs of a test set, with the noise of each noisy picture as it alone tells it."""
    with tempfile.TemporaryDirectory() as made:
        noisy = copied(folder, Path(made) / "set") / "noisy"
        return [
            (
                read_clean(path, colour)[0][None],
                read_clean(folder / "clean" / path.name, colour)[0][None],
                model_of(Item(name=path.name, degraded=path), None),
            )
            for path in list_pictures(noisy)
        ]


def classical(name: str) -> dict[str, dict[str, Method]]:
    """Restorer → the level that it is told → method."""
    bm3d = load_restorer("classical/bm3d", device="cpu")
    found = {"bm3d": {f"σ {level}": told(bm3d, level / 255) for level in LEVELS[name]}}
    if name == "w2s":
        return found | {"bm3d, stabilised": {f"σ × {one}": stabilised(bm3d, one) for one in FACTORS}}
    ffdnet = load_restorer("cnn/ffdnet:colour", device="cpu")
    blind = load_restorer("cnn/blind-ffdnet:grey", device="cpu")
    return found | {
        "ffdnet:colour": {f"σ {level}": told(ffdnet, level / 255) for level in LEVELS[name]},
        "blind-ffdnet:grey": {"its own σ": direct(blind)},
    }


def direct(loaded: Restorer) -> Method:
    return lambda noisy, _: restore(loaded, noisy)


def told(loaded: Restorer, sigma: float) -> Method:
    return lambda noisy, _: restore(loaded, noisy, {"sigma": sigma})


def stabilised(loaded: Restorer, factor: float) -> Method:
    """A restorer of Gaussian noise behind a transform that makes Poisson-Gaussian noise so."""

    def method(noisy: Tensor, noise: NoiseModel) -> Tensor:
        if noise.gain <= 0.0:
            return restore(loaded, noisy, {"sigma": factor * noise.read_noise})
        electrons, read_noise = (noisy - noise.offset) / noise.gain, noise.read_noise / noise.gain
        values = 2.0 * (electrons + 3 / 8 + read_noise**2).clamp_min(0.0).sqrt()
        low, span = values.min(), (values.max() - values.min()).clamp_min(1.0)
        restored = restore(loaded, (values - low) / span, {"sigma": factor / float(span)}) * span + low
        d = restored.clamp_min(2.0 * math.sqrt(3 / 8))
        root = math.sqrt(3 / 2)
        inverse = d**2 / 4 + root / 4 / d - 11 / 8 / d**2 + 5 / 8 * root / d**3 - 1 / 8 - read_noise**2
        return inverse * noise.gain + noise.offset

    return method


def figures(pictures: Pictures, method: Method, metrics: tuple[str, ...]) -> Iterator[list[float]]:
    measures = [installed().create("metrics", f"metrics/{name}") for name in metrics]
    for noisy, clean, noise in pictures:
        estimate = method(noisy, noise).clamp(0.0, 1.0)
        yield [float(measure(estimate, clean)) for measure in measures]  # type: ignore[operator]


def scored(pictures: Pictures, method: Method, metric: str) -> float:
    return statistics.fmean(one[0] for one in figures(pictures, method, (metric,)))


def tell(label: str, pictures: Pictures, method: Method, metrics: tuple[str, ...]) -> None:
    means = [statistics.fmean(column) for column in zip(*figures(pictures, method, metrics), strict=True)]
    print(f"  {label:32} {means[0]:6.2f} dB  {means[1]:.4f}", flush=True)


if __name__ == "__main__":
    main()
