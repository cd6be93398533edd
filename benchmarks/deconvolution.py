"""Deconvolution with a known kernel: real captures, periodic and real boundaries, 12 megapixels; beside scikit-image.

Run: python benchmarks/deconvolution.py --data DIR [captures] [pictures] [boundaries] [memory]

DIR holds deblur/levin, kernels/levin09, test/Set5 and test/Kodak. With --ffdnet, plug-and-play is also measured with
the published weights of DIR/weights/FFDNet_*.npz, which do not ship. ``boundaries`` needs no data and writes a picture.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from burnish.inference import load_restorer, restore
from burnish.io import Picture, list_pictures, read_picture, to_tensor, write_picture
from burnish.restorer.bundle import write_bundle
from skimage import data as pictures
from skimage import restoration
from torch import Tensor

KERNELS = (1, 2, 7, 8)
IMAGES: Mapping[str, tuple[int, ...]] = {"by which settings were chosen": (1, 2), "others": (3, 4)}
"""Of Levin 2009."""
SIGMA = 2.55 / 255
CAPTURES_SIGMA = 1.5 / 255
"""Noise that is told for the captures: twice what their finest details show, for what the model leaves out."""
CROP, SHIFT = 15, 5
PICTURE = Path(__file__).parent.parent / "plugins/burnish-deconvolution/docs/boundaries.png"

RESTORERS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "wiener": ("deconvolution/wiener", {}),
    "richardson-lucy, 20 iterations": ("deconvolution/richardson-lucy", {"iterations": 20}),
    "richardson-lucy, 50 iterations": ("deconvolution/richardson-lucy", {"iterations": 50}),
    "hyper-laplacian": ("deconvolution/hyper-laplacian", {}),
    "admm-tv": ("deconvolution/admm-tv", {}),
    "plug-and-play, nlm": ("deconvolution/plug-and-play", {"denoiser": "classical/nlm"}),
    "plug-and-play, auto": ("deconvolution/plug-and-play", {}),
    "plug-and-play, cnn/ffdnet:grey": ("deconvolution/plug-and-play", {"denoiser": "cnn/ffdnet:grey"}),
    "plug-and-play, bm3d": ("deconvolution/plug-and-play", {"denoiser": "classical/bm3d"}),
}

Solver = Callable[[Tensor, Tensor, float], Tensor]
"""(degraded N,C,H,W; kernel k,k; σ) → estimate."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One observation, and what it is of."""

    name: str
    clean: Tensor
    degraded: Tensor
    kernel: Tensor
    sigma: float


def captures(data: Path, images: Sequence[int]) -> Iterator[Case]:
    """Levin 2009: photographs of shaken pictures; the stored kernels are those of a correlation."""
    for image in images:
        clean = to_tensor(read_picture(data / f"deblur/levin/gt/im{image}.png"))[0].mean(0)[None, None]
        for number in KERNELS:
            degraded = to_tensor(read_picture(data / f"deblur/levin/im{image}_kernel{number}.png"))[0]
            degraded = degraded.mean(0)[None, None]
            name = f"im{image}k{number}"
            yield Case(name=name, clean=clean, degraded=degraded, kernel=kernel(data, number), sigma=CAPTURES_SIGMA)


def kernel(data: Path, number: int) -> Tensor:
    """A kernel of Levin 2009 in convolution orientation."""
    values = torch.from_numpy(np.load(data / f"kernels/levin09/kernel{number}.npy")).double().flip(0, 1)
    return (values / values.sum()).float()


def blurred(data: Path, folder: str, boundary: str) -> Iterator[Case]:
    """The pictures of a set, each with one of the kernels in turn, circular in float, σ = 2.55/255, not clipped.

    Under an ``unknown`` boundary the outer ring, which depends on the other side, is cut off.
    """
    for index, path in enumerate(list_pictures(data / folder)):
        clean = to_tensor(read_picture(path))[0][None]
        k = kernel(data, KERNELS[index % len(KERNELS)])
        radius = k.shape[-1] // 2
        spot = torch.zeros(clean.shape[-2:], dtype=torch.float64)
        spot[: k.shape[0], : k.shape[1]] = k
        otf = torch.fft.fft2(torch.roll(spot, (-radius, -radius), (0, 1)))
        degraded = torch.fft.ifft2(torch.fft.fft2(clean.double()) * otf).real.float()
        degraded = degraded + SIGMA * torch.randn(clean.shape, generator=torch.Generator().manual_seed(index))
        if boundary == "unknown":
            clean, degraded = (x[..., radius:-radius, radius:-radius] for x in (clean, degraded))
        yield Case(name=path.stem, clean=clean, degraded=degraded, kernel=k, sigma=SIGMA)


def psnr(estimate: Tensor, clean: Tensor) -> float:
    """In dB over all channels, clipped and rounded to 8 bit."""
    rounded = (estimate.clamp(0, 1) * 255).round() / 255
    return float(-10 * (rounded - clean).square().mean().log10())


def shifted_psnr(estimate: Tensor, clean: Tensor) -> float:
    """The best over shifts of up to 5 pixels, 15 pixels cropped: the protocol of Levin 2009."""
    height, width = clean.shape[-2:]
    inner = clean[..., CROP : height - CROP, CROP : width - CROP]
    return max(
        psnr(estimate[..., CROP + y : height - CROP + y, CROP + x : width - CROP + x], inner)
        for y in range(-SHIFT, SHIFT + 1)
        for x in range(-SHIFT, SHIFT + 1)
    )


def burnish(name: str, config: Mapping[str, Any]) -> Solver:
    """A restorer as the host runs it."""
    loaded = load_restorer(name, config, device="cpu")
    return lambda degraded, k, sigma: restore(loaded, degraded, {"kernel": k, "sigma": sigma})


def scikit_image(solve: Callable[[Any, Any], Any], *, padded: bool) -> Solver:
    """A function of scikit-image, channel by channel, on the picture or on its mirrored extension."""

    def run(degraded: Tensor, k: Tensor, sigma: float) -> Tensor:
        margin = k.shape[-1] if padded else 0
        planes = [np.pad(p.numpy(), margin, mode="symmetric") for p in degraded.flatten(0, 1)]
        solved = [torch.from_numpy(np.asarray(solve(p.clip(0, 1), k.numpy()))).float() for p in planes]
        height, width = degraded.shape[-2:]
        return torch.stack([s[margin : margin + height, margin : margin + width] for s in solved]).reshape(
            degraded.shape
        )

    return run


def others() -> dict[str, Solver]:
    """What scikit-image has."""

    def lucy(iterations: int) -> Callable[[Any, Any], Any]:
        return lambda picture, psf: restoration.richardson_lucy(picture, psf, num_iter=iterations)

    def wiener(picture: Any, psf: Any) -> Any:
        return restoration.wiener(picture, psf, balance=0.01)

    found: dict[str, Solver] = {}
    for padded in (False, True):
        how = "mirrored" if padded else "as it is"
        for iterations in (20, 50):
            found[f"scikit-image RL, {iterations}, {how}"] = scikit_image(lucy(iterations), padded=padded)
        found[f"scikit-image Wiener 0.01, {how}"] = scikit_image(wiener, padded=padded)
    return found


def table(cases: list[Case], solvers: Mapping[str, Solver], score: Callable[[Tensor, Tensor], float]) -> None:
    """One line a solver: mean PSNR, seconds a megapixel, every case."""
    print(f"{'':<40}{'dB':>8}{'s/Mpx':>8}  " + " ".join(f"{case.name[:6]:>6}" for case in cases))
    for name, solve in {"degraded": lambda degraded, *_: degraded, **solvers}.items():
        figures, seconds, megapixels = [], 0.0, 0.0
        for case in cases:
            start = time.perf_counter()
            estimate = solve(case.degraded, case.kernel, case.sigma)
            seconds += time.perf_counter() - start
            megapixels += case.degraded.shape[-1] * case.degraded.shape[-2] / 1e6
            figures.append(score(estimate, case.clean))
        each = " ".join(f"{figure:6.2f}" for figure in figures)
        print(f"{name:<40}{np.mean(figures):8.2f}{seconds / megapixels:8.1f}  {each}", flush=True)


def ffdnet(archive: Path, folder: Path) -> Path:
    """A bundle of the published FFDNet: HWIO to OIHW, and sub-pictures row by row."""
    stored = np.load(archive)
    depth = len(stored.files) // 2
    weights = [torch.from_numpy(stored[f"w{i}"]).permute(3, 2, 0, 1).contiguous() for i in range(depth)]
    biases = [torch.from_numpy(stored[f"b{i}"]).flatten() for i in range(depth)]
    channels = weights[-1].shape[0] // 4
    order = [4 * channel + place for channel in range(channels) for place in (0, 2, 1, 3)]
    weights[0] = weights[0][:, [*order, 4 * channels]]
    weights[-1], biases[-1] = weights[-1][order], biases[-1][order]
    config = {
        "channels": channels, "depth": depth, "features": weights[0].shape[0], "norm": "none", "output": "clean",
    }  # fmt: skip
    network: Any = load_restorer("cnn/ffdnet", config, device="cpu", untrained=True).restorer
    names = list(network.state_dict())
    state = dict(zip(names, [x for pair in zip(weights, biases, strict=True) for x in pair], strict=True))
    write_bundle(
        folder, restorer="cnn/ffdnet", config=config, weights=state, distribution="burnish-cnn", version="0.1.0"
    )
    return folder


def burnish_solvers(boundary: str, ffdnet_folder: Path | None) -> dict[str, Solver]:
    """Ours, under a boundary; with the published FFDNet where a bundle of it is given."""
    found = {label: burnish(name, {**config, "boundary": boundary}) for label, (name, config) in RESTORERS.items()}
    if ffdnet_folder is not None:
        config = {"denoiser": str(ffdnet_folder), "boundary": boundary}
        found["plug-and-play, published ffdnet"] = burnish("deconvolution/plug-and-play", config)
    return found


def boundary_picture(path: Path) -> None:
    """A photograph whose scene goes on: blurred, and restored as if periodic and as if not. Writes a row of crops."""
    clean = torch.from_numpy(pictures.coffee()).permute(2, 0, 1)[None].float() / 255
    t = torch.linspace(0, 1, 400)
    rows, columns = 11 + 9 * (t - 0.5) * 2 * t, 11 + 8 * torch.sin(5 * t) * (1 - t)
    spot = torch.zeros(23, 23).index_put((rows.round().long(), columns.round().long()), torch.tensor(1.0), True)
    k = spot / spot.sum()
    weights = k.flip(0, 1)[None, None].repeat(3, 1, 1, 1)
    degraded = torch.nn.functional.conv2d(clean, weights, groups=3)
    degraded = degraded + SIGMA * torch.randn(degraded.shape, generator=torch.Generator().manual_seed(0))
    clean = clean[..., 11:-11, 11:-11]
    panels = [degraded]
    for boundary in ("circular", "unknown"):
        panels.append(burnish("deconvolution/hyper-laplacian", {"boundary": boundary})(degraded, k, SIGMA))
        print(f"hyper-laplacian, {boundary}: {psnr(panels[-1], clean):.2f} dB whole picture")
        panels.append(burnish("deconvolution/richardson-lucy", {"boundary": boundary})(degraded, k, SIGMA))
        print(f"richardson-lucy, {boundary}: {psnr(panels[-1], clean):.2f} dB whole picture")
    shown = [panel[..., -200:, :300].clamp(0, 1) for panel in panels]
    gap = torch.ones(1, 3, 200, 6)
    row = torch.cat([x for panel in shown for x in (panel, gap)][:-1], dim=-1)
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = (row[0].permute(1, 2, 0) * 255).round().byte().numpy()
    write_picture(path, Picture(pixels=pixels))
    print(f"wrote {path}: blurred; periodic hyper-laplacian and Richardson–Lucy; the same with unknown boundaries")


PROBE = """
import json, sys, time
import torch
from pathlib import Path
from burnish.inference import load_restorer, restore
name, config, height, width = json.loads(sys.argv[1])
torch.manual_seed(0)
torch.set_num_threads(1)
loaded = load_restorer(name, config, device="cpu")
picture = torch.rand(1, 3, height, width)
kernel = torch.ones(21, 21) / 441
start = time.perf_counter()
restore(loaded, picture, {"kernel": kernel, "sigma": 0.01})
seconds = time.perf_counter() - start
peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024**2
print(json.dumps({"seconds": seconds, "peak": peak}))
"""

LARGE: Mapping[str, dict[str, Any]] = {
    "wiener": {"steps": 2},
    "richardson-lucy": {"iterations": 2},
    "hyper-laplacian": {"most": 1.0, "steps": 2},
    "admm-tv": {"iterations": 2},
    "plug-and-play": {"iterations": 2, "steps": 2, "denoiser": "classical/median"},
    "deep-wiener": {},
    "deconv-net": {},
}
"""Fewer iterations than usual where they do not change the memory."""


def memory(only: str) -> None:
    """Peak of a new process that restores 4000×3000 RGB, everything included."""
    print(f"{'12 megapixels, RGB, 21×21 kernel':<40}{'s':>8}{'GiB':>8}")
    for name, config in LARGE.items():
        if only not in name:
            continue
        asked = json.dumps([f"deconvolution/{name}", config, 3000, 4000])
        done = subprocess.run([sys.executable, "-c", PROBE, asked], capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{name:<40} failed: {done.stderr.strip().splitlines()[-1]}")
            continue
        row = json.loads(done.stdout.splitlines()[-1])
        label = f"{name} {config or ''}"
        print(f"{label:<60}{row['seconds']:>8.1f}{row['peak']:>8.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=["captures", "pictures", "boundaries", "memory"])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--boundary", default="circular", choices=["circular", "unknown"])
    parser.add_argument("--ffdnet", action="store_true", help="also with the published weights of DIR/weights")
    parser.add_argument("--only", default="", help="restorers whose line holds this text")
    parser.add_argument("--picture", type=Path, default=PICTURE, help="where boundaries is written")
    asked = parser.parse_args()
    torch.set_num_threads(1)

    def chosen(solvers: dict[str, Solver]) -> dict[str, Solver]:
        return {name: solver for name, solver in solvers.items() if asked.only in name}

    with tempfile.TemporaryDirectory() as folder:
        grey = ffdnet(asked.data / "weights/FFDNet_gray.npz", Path(folder, "grey")) if asked.ffdnet else None
        rgb = ffdnet(asked.data / "weights/FFDNet_color.npz", Path(folder, "rgb")) if asked.ffdnet else None
        for which, images in IMAGES.items() if "captures" in asked.parts else ():
            print(
                f"Levin 2009, real captures ({which}), crop 15, best shift within ±5, told σ {CAPTURES_SIGMA * 255}/255"
            )
            cases = list(captures(asked.data, images))
            table(cases, chosen({**others(), **burnish_solvers("unknown", grey)}), shifted_psnr)
        for name in ("Set5", "Kodak") if "pictures" in asked.parts else ():
            print(f"{name}, kernels of Levin 2009 in turn, σ = 2.55/255, {asked.boundary} boundary, RGB, no crop")
            cases = list(blurred(asked.data, f"test/{name}", asked.boundary))
            table(cases, chosen({**others(), **burnish_solvers(asked.boundary, rgb)}), psnr)
    if "boundaries" in asked.parts:
        boundary_picture(asked.picture)
    if "memory" in asked.parts:
        memory(asked.only)


if __name__ == "__main__":
    main()
