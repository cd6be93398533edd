"""Optical flow, deblurring by flow and burst fusion, measured against known truth: tables, and crops to look at.

Run: python benchmarks/optical_flow.py --data DIR [--part flow far deblur burst real memory] [--out DIR]

DIR holds flow/middlebury/*/{frame10.png,frame11.png,flow10.flo}, test/Kodak and burst/fba_anthropologie.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from burnish.io import Picture, from_tensor, read_clean, write_picture
from burnish.plugins.catalog import installed
from burnish_optical_flow.bursts.burst_fusion import BurstFusion
from burnish_optical_flow.bursts.sharpening import sharpened
from burnish_optical_flow.deblurring.flow_deblur import FlowDeblur
from burnish_optical_flow.estimators.by_name import FACTORIES, make_estimator
from burnish_optical_flow.flow.errors import angular_error, endpoint_error
from burnish_optical_flow.flow.flo import read_flo
from burnish_optical_flow.flow.warping import warp
from torch import Tensor

BORDER = 16
"""Pixels left out on every side where frames were displaced: there they show what the truth does not."""


def flow(data: Path, out: Path | None) -> None:
    print("Middlebury: endpoint error in px / angular error in degrees / seconds")
    pairs = sorted(path.parent for path in (data / "flow" / "middlebury").glob("*/flow10.flo"))
    print(f"{'':<14}" + "".join(f"{pair.name:>24}" for pair in pairs))
    for name in FACTORIES:
        cells = []
        for pair in pairs:
            first, second = (read_clean(pair / f"frame{i}.png") for i in (10, 11))
            start = time.perf_counter()
            found = make_estimator(name)(first, second)
            seconds, truth = time.perf_counter() - start, read_flo(pair / "flow10.flo")[None]
            errors = float(endpoint_error(found, truth)), float(angular_error(found, truth))
            cells.append(f"{errors[0]:.3f} / {errors[1]:.2f} / {seconds:.2f}")
        print(f"{name:<14}" + "".join(f"{cell:>24}" for cell in cells))


def far(data: Path, out: Path | None) -> None:
    """Pieces of one picture far before another, which turns a little: motion that differs by many pixels."""
    print("\nPieces that move far before another picture: endpoint error in px, of the pieces and of all")
    pictures = [read_clean(path)[..., :400, :500] for path in kodak(data)]
    print(f"{'motion px':<12}" + "".join(f"{name:>16}" for name in FACTORIES))
    for index, length in enumerate((15, 15, 30, 30, 45, 45)):
        first, second, truth, piece = in_front(pictures[index], pictures[index - 1], index, length)
        cells = []
        for name in FACTORIES:
            found = make_estimator(name)(first, second)
            errors = (found - truth).square().sum(1).sqrt()[0]
            cells.append(f"{float(errors[piece].mean()):.2f} / {float(errors.mean()):.2f}")
        print(f"{length:<12}" + "".join(f"{cell:>16}" for cell in cells))


def in_front(behind: Tensor, before: Tensor, seed: int, length: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Two frames, the motion 1,2,H,W, and where the pieces are in the first, H,W."""
    draw = np.random.default_rng(seed)
    height, width = behind.shape[-2:]
    y, x = torch.meshgrid(torch.arange(height).float(), torch.arange(width).float(), indexing="ij")
    angle, direction = draw.uniform(-0.03, 0.03), draw.uniform(0, 2 * np.pi)
    shift = torch.tensor(draw.uniform(-8, 8, 2)).float()
    far = (length * torch.tensor([np.cos(direction), np.sin(direction)])).round()
    piece = ((x - 250) / 110) ** 2 + ((y - 200) / 70) ** 2 < 1
    middle_x, middle_y = x - width / 2, y - height / 2
    turn = torch.tensor([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]).float()
    turned = torch.einsum("ij,jhw->ihw", turn, torch.stack([middle_x, middle_y])) + shift[:, None, None]
    moved = turned - torch.stack([middle_x, middle_y])
    back = torch.einsum("ij,jhw->ihw", turn.T, torch.stack([middle_x, middle_y]) - shift[:, None, None])
    second = warp(behind, (back - torch.stack([middle_x, middle_y]))[None])
    moves = (int(far[1]), int(far[0]))
    second = torch.where(piece.roll(moves, (0, 1)), before.roll(moves, (2, 3)), second)
    return torch.where(piece, before, behind), second, torch.where(piece, far[:, None, None], moved)[None], piece


def deblur(data: Path, out: Path | None) -> None:
    print(
        "\nflow-deblur: two frames of a camera that turns, zooms and moves (σ = 1/255); PSNR in dB, 8 bit, whole frame"
    )
    print(
        f"{'exposure':<10}{'picture':<12}{'motion px':>12}{'input':>8}{'dis':>8}{'horn-schunck':>14}{'true flow':>11}"
    )
    for exposure in (0.5, 1.0):
        gains = []
        for index, path in enumerate(kodak(data)):
            frames, target, truth = exposures(read_clean(path)[..., 48:400, 48:464], index, exposure)
            length = truth.square().sum(1).sqrt()
            scores = [psnr(frames[:, 0], target)]
            scores += [psnr(FlowDeblur(exposure=exposure, estimator=name)(frames), target) for name in ESTIMATED]
            restorer = FlowDeblur(exposure=exposure)
            restorer.estimator = told(truth)
            scores.append(psnr(restorer(frames), target))
            gains.append([score - scores[0] for score in scores])
            motion = f"{float(length.mean()):.1f} ≤ {float(length.max()):.1f}"
            figures = f"{scores[0]:>8.2f}{scores[1]:>8.2f}{scores[2]:>14.2f}{scores[3]:>11.2f}"
            print(f"{exposure:<10}{path.stem:<12}{motion:>12}{figures}")
        mean = np.mean(gains, axis=0)
        print(f"{'mean gain':<42}{mean[1]:>+8.2f}{mean[2]:>+14.2f}{mean[3]:>+11.2f}")


ESTIMATED = ("dis", "horn-schunck")


def told(truth: Tensor) -> Callable[[Tensor, Tensor], Tensor]:
    """An estimator that knows the truth there, and believes its opposite back."""
    turns = iter((truth, -truth))
    return lambda first, second: next(turns)


def exposures(clean: Tensor, seed: int, exposure: float) -> tuple[Tensor, Tensor, Tensor]:
    """Frames 1,2,C,H,W, the sharp frame 0 and the true flow: L_t(x) = L(exp(t·G) x), averaged over the exposure."""
    draw = torch.Generator().manual_seed(seed)
    turn, zoom, right, down = (8 * (2 * torch.rand(4, generator=draw) - 1)).tolist()
    reach = max(clean.shape[-2:]) / 2
    steps = [[zoom / reach, -turn / reach, right], [turn / reach, zoom / reach, down], [0.0, 0.0, 0.0]]
    generator = torch.tensor(steps, dtype=torch.float64)
    inner = (..., slice(32, -32), slice(32, -32))
    frames = []
    for start in (0.0, 1.0):
        times = torch.linspace(start - exposure / 2, start + exposure / 2, 33).tolist()
        seen = torch.stack([warp(clean, way(generator, t, clean)) for t in times]).mean(0)[inner]
        frames.append(seen + torch.randn(seen.shape, generator=draw) / 255)
    return torch.stack(frames, dim=1), clean[inner], way(generator, -1.0, clean)[inner]


def way(generator: Tensor, t: float, picture: Tensor) -> Tensor:
    """The flow 1,2,H,W of x → exp(t·G) x about the centre."""
    matrix = torch.linalg.matrix_exp(generator * t)
    height, width = picture.shape[-2:]
    y, x = torch.meshgrid(torch.arange(height).double(), torch.arange(width).double(), indexing="ij")
    x, y = x - (width - 1) / 2, y - (height - 1) / 2
    dx = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2] - x
    dy = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2] - y
    return torch.stack([dx, dy])[None].float()


FINISHER = "cnn/unet:slight-shake-bsds"
"""What a fused picture is finished with beside sharpening."""


def burst(data: Path, out: Path | None) -> None:
    print("\nburst-fusion: degradations/burst, 8 frames, shift 3 px, Kodak; mean PSNR in dB over the pictures, 8 bit")
    print("single frames are brought to frame 0 by the true motion (ours must find it)")
    print(f"'sharpened' as ours is by default; 'finished': by {FINISHER} instead")
    columns = ("frame 0", "best single", "best, sharpened", "mean, true", "fused", "sharpened", "finished", "gain")
    print(f"{'shake px':<12}{'σ·255':>6}" + "".join(f"{column:>18}" for column in columns))
    for length in ((4.0, 12.0), (6.0, 16.0), (8.0, 12.0), (8.0, 24.0)):
        for noise in (2, 5):
            rows = [fused_scores(path, index, length, noise / 255) for index, path in enumerate(kodak(data))]
            mean = np.mean(rows, axis=0).tolist()
            cells = "".join(f"{value:>18.2f}" for value in (*mean, max(mean[4:]) - mean[1]))
            print(f"{length[0]:g}–{length[1]:g}".ljust(12) + f"{noise:>6}{cells}", flush=True)


def fused_scores(path: Path, seed: int, length: tuple[float, float], noise: float) -> list[float]:
    config = {"frames": 8, "shift": 3.0, "length": list(length), "noise": noise}
    degrader = installed().create("degraders", "degradations/burst", config)
    made = degrader(read_clean(path)[..., 64:448, 64:448], torch.Generator().manual_seed(seed))
    frames, motion = made.degraded, made.conditions["flow"]
    inner = (..., slice(BORDER, -BORDER), slice(BORDER, -BORDER))

    def score(estimate: Tensor) -> float:
        return psnr(estimate[inner], made.target[inner])

    singles = [warp(frames[:, t], motion[:, t]) for t in range(frames.shape[1])]
    best = max(singles, key=score)
    mean = torch.stack(singles).mean(0)
    plain = BurstFusion(sharpen=0)(frames)
    full, learned = BurstFusion()(frames), BurstFusion(finish=FINISHER)(frames)
    crisp = sharpened(best[0], amount=1.0, radius=1.5)[None]
    return [score(x) for x in (frames[:, 0], best, crisp, mean, plain, full, learned)]


def real(data: Path, out: Path | None) -> None:
    folder = data / "burst" / "fba_anthropologie"
    frames = [read_clean(path) for path in sorted(folder.glob("*.jpg"))]
    subjects = {f"frame {index}": frame for index, frame in enumerate(frames)}
    start = time.perf_counter()
    subjects["ours, not sharpened"] = BurstFusion(sharpen=0)(torch.stack(frames, dim=1))
    seconds = time.perf_counter() - start
    subjects["ours"] = BurstFusion()(torch.stack(frames, dim=1))
    theirs = {path.stem: read_clean(path) for path in sorted((folder / "author_result").glob("*")) if path.is_file()}
    subjects |= {f"authors' {name}": picture for name, picture in theirs.items()}
    print(
        f"\nburst/fba_anthropologie, {len(frames)} frames of {frames[0].shape[3]}×{frames[0].shape[2]}, {seconds:.0f} s"
    )
    print(
        "slope: mean of the steepest 1 % of gradients after a Gaussian with σ = 1, 8-bit levels a pixel (sharp edges)"
    )
    print("noise: σ found in the finest details, 8-bit levels")
    print(f"{'':<24}{'slope':>8}{'noise':>8}" + "".join(f"{'PSNR to ' + name:>24}" for name in theirs))
    for name, picture in subjects.items():
        likeness = "".join(f"{psnr(picture, other):>24.2f}" for other in theirs.values())
        print(f"{name:<24}{slope(picture):>8.2f}{grain(picture):>8.2f}{likeness}")
    if not theirs:
        print("the authors' results are not in author_result/: no comparison with them")
    if out is not None:
        sharpest = max(range(len(frames)), key=lambda index: slope(frames[index]))
        shown = [f"frame {sharpest}", "ours, not sharpened", "ours", *(f"authors' {name}" for name in theirs)]
        for index, (top, left) in enumerate(((800, 760), (930, 1050), (1310, 500))):
            crops = [subjects[name][..., top : top + 220, left : left + 280] for name in shown]
            write(out / f"burst_{index}.png", torch.cat(crops, dim=3))
        print(f"crops beside each other ({' | '.join(shown)}): {out}/burst_*.png")


def memory(data: Path, out: Path | None) -> None:
    frames = torch.rand(1, 8, 3, 3000, 4000, generator=torch.Generator().manual_seed(0))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    start = time.perf_counter()
    BurstFusion()(frames)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"\n8 frames of 12 megapixels: {seconds:.0f} s, at most {after:.1f} GiB, {before:.1f} before (the burst)")


def slope(picture: Tensor) -> float:
    from burnish_optical_flow.estimators.brightness import brightness
    from burnish_optical_flow.filtering import derivatives, gaussian

    right, down = derivatives(gaussian(brightness(picture), 1.0))
    steep = (right.square() + down.square()).sqrt().flatten().sort(descending=True).values
    return 255 * float(steep[: len(steep) // 100].mean())


def grain(picture: Tensor) -> float:
    from burnish_optical_flow.bursts.dct_denoising import noise_level

    return 255 * noise_level(picture[0])


def psnr(estimate: Tensor, clean: Tensor) -> float:
    """In dB, RGB, after clipping and rounding to 8 bit."""
    rounded = (estimate.clamp(0, 1) * 255 + 0.5).floor() / 255
    return float(-10 * torch.log10((rounded.double() - clean.double()).square().mean()))


def kodak(data: Path) -> Iterator[Path]:
    yield from sorted((data / "test" / "Kodak").glob("*.png"))


def write(path: Path, picture: Tensor) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_picture(path, from_tensor(picture, Picture(pixels=np.zeros((*picture.shape[-2:], 3), np.uint8))))


PARTS: dict[str, Callable[[Path, Path | None], None]] = {
    "flow": flow,
    "far": far,
    "deblur": deblur,
    "burst": burst,
    "real": real,
    "memory": memory,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder of benchmark pictures")
    parser.add_argument("--part", nargs="+", choices=tuple(PARTS), default=list(PARTS), help="default: all")
    parser.add_argument("--out", type=Path, help="where crops of the real burst are written")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    for part in arguments.part:
        PARTS[part](arguments.data, arguments.out)


if __name__ == "__main__":
    main()
