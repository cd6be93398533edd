"""Blind deconvolution: kernels found in real captures, synthetic blur and photographs, against the true kernels.

Run: python benchmarks/blind_deconvolution.py --data DIR [--only levin lai gopro real] [--out DIR] [--set key=value …]

levin: real captures (Levin 2009), 8 bit, border of 15 px left out, best shift within ±5 px. Error ratio: sum of
squared differences of the estimate with the found kernel over that with the true kernel, same solver, same sigma.
"Returned" says whether the restorer trusts the estimate or returns its input; figures are the estimate's, in which
parts that are not trusted are the input's.
lai: synthetic blur (Lai 2016), RGB, the middle 512 × 512 px, the true kernel's side given, aligned by the
kernels' best correlation, border of 30 px left out.
gopro: a frame of a camera that was shaken before people who walk (Nah 2017), as `burnish restore` restores it.
real: ten photographs without ground truth; input, estimate and kernel side by side as PNG in --out.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from burnish.inference import load_restorer, read_kernel, restore
from burnish.inference.pictures import restore_picture_detailed
from burnish.io import from_tensor, read_clean, read_picture, to_tensor, write_picture
from burnish.plugins.configuration import parse_settings
from burnish_deconvolution.blind.estimator import Blind, FoundBlur, find_blur
from burnish_deconvolution.blind.trust import trust
from torch import Tensor
from torch.nn import functional

PHOTOGRAPHS = (
    "elephant",
    "fountain1",
    "mukta",
    "pietro",
    "vintage_car",
    "redtree",
    "toy",
    "topresso",
    "boy_statue",
    "boat2",
)


PARTS = ("levin", "lai", "gopro", "real")


def levin(data: Path, blind: Blind, pictures: tuple[int, ...]) -> None:
    """Real captures, four of each picture."""
    ratios, found_at, true_at, alike, flagged = [], [], [], [], []
    print("capture      blurred  found   true kernel  error ratio  kernel similarity  seconds  returned")
    for picture in pictures:
        clean = read_clean(data / f"deblur/levin/gt/im{picture}.png", "grey")
        for number in (1, 2, 7, 8):
            degraded = read_clean(data / f"deblur/levin/im{picture}_kernel{number}.png", "grey")
            true = read_kernel(data / f"kernels/levin09/kernel{number}.npy").flip(1, 2)
            began = time.process_time()
            blur = found(blind, degraded)
            seconds = time.process_time() - began
            estimates = returned(blind, degraded, blur), rounded(solved(blind, degraded, true, blur.sigma))
            errors = [least_error(estimate, clean, crop=15, reach=5) for estimate in estimates]
            before = least_error(degraded, clean, crop=15, reach=5)
            ratios.append(errors[0] / errors[1])
            found_at.append(decibel(errors[0]))
            true_at.append(decibel(errors[1]))
            alike.append(correlation(blur.kernel, true[0])[0])
            flagged.append(not blur.confident)
            print(
                f"im{picture} kernel{number}  {decibel(before):6.2f}  {found_at[-1]:6.2f}  {true_at[-1]:11.2f}  "
                f"{ratios[-1]:11.2f}  {alike[-1]:17.3f}  {seconds:7.1f}  {said(blur)}",
                flush=True,
            )
    within = [sum(ratio <= most for ratio in ratios) for most in (2, 3, 5)]
    print(
        f"mean                 {np.mean(found_at):6.2f}  {np.mean(true_at):11.2f}  {np.mean(ratios):11.2f}  "
        f"{np.mean(alike):17.3f}\nerror ratio at most 2: {within[0]} of {len(ratios)}; 3: {within[1]}; 5: {within[2]}; "
        f"flagged: {sum(flagged)}\n"
    )


def lai(data: Path, blind: Blind) -> None:
    """Synthetic blur on colour pictures."""
    print("picture                   blurred  found   true kernel  kernel similarity  seconds  returned")
    for path in sorted((data / "deblur/lai_synthetic/blurred").glob("*.png")):
        name, _, number = path.stem.partition("_kernel_")
        degraded, clean = middle(read_clean(path)), middle(read_clean(data / f"deblur/lai_synthetic/sharp/{name}.png"))
        true = read_kernel(data / f"kernels/lai16/kernel_{number}.png")
        began = time.process_time()
        blur = found(blind, degraded, side=true.shape[-1])
        seconds = time.process_time() - began
        alike, down, right = correlation(blur.kernel, true[0])
        moved = returned(blind, degraded, blur).roll((down, right), (2, 3))
        shown = [degraded, moved, rounded(solved(blind, degraded, true, blur.sigma))]
        levels = [decibel(least_error(estimate, clean, crop=30, reach=2)) for estimate in shown]
        print(
            f"{path.stem:24s}  {levels[0]:7.2f}  {levels[1]:5.2f}  {levels[2]:11.2f}  {alike:17.3f}  {seconds:7.1f}  "
            f"{said(blur)}",
            flush=True,
        )
    print()


def gopro(data: Path) -> None:
    """A frame with its sharp partner: a shaken camera, and people who walk."""
    folder = data / "deblur/gopro_pair"
    (degraded,), (clean,) = ([read_picture(path) for path in (folder / kind).iterdir()] for kind in ("blur", "sharp"))
    began = time.process_time()
    done = restore_picture_detailed(load_restorer("deconvolution/blind", device="cpu"), degraded)
    errors = [np.mean((shown.pixels / 255.0 - clean.pixels / 255.0) ** 2) for shown in (degraded, done.picture)]
    levels = [decibel(float(error)) for error in errors]
    seconds = time.process_time() - began
    print(f"GoPro: {levels[0]:.2f} → {levels[1]:.2f} dB in {seconds:.0f} s; {'; '.join(done.notes)}\n", flush=True)


def real(data: Path, blind: Blind, out: Path, names: tuple[str, ...]) -> None:
    """Photographs, side by side with the estimate, whatever is said of it."""
    out.mkdir(parents=True, exist_ok=True)
    for name in names:
        stored = read_picture(data / f"deblur/lai_real/{name}.jpg")
        degraded = to_tensor(stored)
        began = time.process_time()
        blur = found(blind, degraded)
        between = time.process_time()
        estimate = returned(blind, degraded, blur)
        write_picture(out / f"{name}.png", from_tensor(beside(degraded, estimate, blur.kernel[None]), stored))
        print(
            f"{name}: {degraded.shape[3]}×{degraded.shape[2]}, sigma {blur.sigma:.4f}, kernel of "
            f"{blur.kernel.shape[-1]} px in {between - began:.1f} s, restored in "
            f"{time.process_time() - between:.1f} s, returned: {said(blur)}",
            flush=True,
        )


def found(blind: Blind, degraded: Tensor, *, side: int = 0) -> FoundBlur:
    """The blur that ``blind`` finds."""
    return find_blur(degraded[0], kernel_size=side or blind.kernel_size, how=blind.how, region=blind.region)


def said(blur: FoundBlur) -> str:
    """What ``blind`` returns without ``force``, and why."""
    if blur.confident:
        return "estimate"
    return f"input ({', '.join(blur.reasons) if blur.blurred else 'no blur found'})"


def middle(picture: Tensor, side: int = 512) -> Tensor:
    """The middle ``side`` rows and columns, or what there is."""
    top, left = (max(0, length - side) // 2 for length in picture.shape[2:])
    return picture[..., top : top + side, left : left + side].contiguous()


def solved(blind: Blind, degraded: Tensor, kernel: Tensor, sigma: float) -> Tensor:
    """The estimate with a given kernel, by the solver and sigma of ``blind``."""
    told = {"kernel": kernel, "sigma": torch.tensor([(sigma**2 + blind.mistrust**2) ** 0.5])}
    loaded = load_restorer(blind.solver, blind.solver_config, device="cpu")
    return restore(loaded, degraded, told)


def returned(blind: Blind, degraded: Tensor, blur: FoundBlur) -> Tensor:
    """The estimate with the kernel that was found, in 8 bit; the input where the estimate is not trusted."""
    estimate = solved(blind, degraded, blur.kernel[None], blur.sigma)
    weight = torch.ones(1) if blur.text else trust(degraded, estimate, len(blur.kernel))
    return rounded(torch.lerp(degraded, estimate, weight))


def rounded(estimate: Tensor) -> Tensor:
    """Rounded to 8 bit."""
    return (estimate.clamp(0, 1) * 255).round() / 255


def least_error(estimate: Tensor, clean: Tensor, *, crop: int, reach: int) -> float:
    """Mean squared error at the best whole-pixel shift; ``crop`` px of border left out."""
    height, width = min(estimate.shape[2], clean.shape[2]), min(estimate.shape[3], clean.shape[3])
    wanted = clean[..., crop : height - crop, crop : width - crop]
    return min(float((part - wanted).square().mean()) for part in shifted(estimate, wanted, crop, reach))


def shifted(estimate: Tensor, wanted: Tensor, crop: int, reach: int) -> Iterator[Tensor]:
    """The parts of ``estimate`` that may lie on ``wanted``."""
    for down in range(crop - reach, crop + reach + 1):
        for right in range(crop - reach, crop + reach + 1):
            yield estimate[..., down : down + wanted.shape[2], right : right + wanted.shape[3]]


def correlation(found: Tensor, true: Tensor) -> tuple[float, int, int]:
    """Largest normalised correlation of two kernels over all shifts, and the displacement (down, right)."""
    size = found.shape[0] + true.shape[0]
    spectra = [torch.fft.rfft2(functional.pad(k, (0, size - len(k), 0, size - len(k))).double()) for k in (found, true)]
    products = torch.fft.irfft2(spectra[0] * spectra[1].conj(), s=(size, size))
    place = int(products.argmax())
    middle = (len(found) - len(true)) // 2
    down, right = ((v + size // 2) % size - size // 2 - middle for v in (place // size, place % size))
    return float(products.max() / (found.norm() * true.norm())), down, right


def beside(degraded: Tensor, estimate: Tensor, kernel: Tensor) -> Tensor:
    """Input, estimate and the enlarged kernel in one picture."""
    height = degraded.shape[2]
    factor = max(1, min(height, 300) // kernel.shape[-1])
    view = (kernel / kernel.max()).repeat_interleave(factor, 1).repeat_interleave(factor, 2)[None]
    view = functional.pad(view, (0, 0, 0, height - view.shape[2])).expand(-1, degraded.shape[1], -1, -1)
    return torch.cat([degraded, estimate, view], dim=3)


def decibel(error: float) -> float:
    """PSNR in dB, peak 1."""
    return float(-10.0 * np.log10(error))


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--out", type=Path, default=Path("blind-deconvolution"), help="folder for the photographs")
    parser.add_argument("--photographs", nargs="+", default=PHOTOGRAPHS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--set", metavar="KEY=VALUE", nargs="+", default=[], help="settings of deconvolution/blind")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    blind = Blind(**parse_settings(arguments.set))
    if "levin" in arguments.only:
        for which, pictures in (("by which settings were chosen", (1, 2)), ("others", (3, 4))):
            print(f"Levin 2009, real captures ({which})")
            levin(arguments.data, blind, pictures)
    if "lai" in arguments.only:
        lai(arguments.data, blind)
    if "gopro" in arguments.only:
        gopro(arguments.data)
    if "real" in arguments.only:
        real(arguments.data, blind, arguments.out, tuple(arguments.photographs))


if __name__ == "__main__":
    main()
