"""Blurred pictures of which the blur is known, good and hard ones: the population of ``blind_failures.py``.

Two splits that share no picture, and no synthetic kernel: on ``choose`` limits are chosen, on ``report`` they are
measured. Families: ``captures`` (Levin 2009, real), ``measured`` (photographs with kernels of Levin), ``shakes``
(random camera motion), ``plain`` (straight motion, disk, Gaussian), ``large`` (shakes about as large as the search
allows, and larger), ``size`` (the user tells a largest kernel that is too small), ``noisy`` (σ 0.03 and 0.06),
``lamps`` (clipped lights), ``smooth`` (the part of a photograph with the least contrast),
``two`` (either half blurred otherwise), ``jpeg`` (quality 60 and 90), ``text`` (drawn).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from burnish.inference import read_kernel
from burnish.io import Picture, read_clean, read_picture, to_tensor
from burnish.ops.transfer import LINEAR, S_RGB, Transfer
from burnish_deconvolution.blind.cleaning import centred
from burnish_degradations.blur.camera_shake import CameraShake
from burnish_degradations.blur.defocus_blur import disk_kernel
from burnish_degradations.blur.gaussian_blur import gaussian_kernel
from burnish_degradations.blur.motion_blur import line_kernel
from torch import Tensor
from torch.nn import functional

SIDE = 144
"""Of a synthetic blurred picture, in pixels."""
SPLITS = ("choose", "report")
NOISE = (0.0005, 0.002, 0.004, 0.001)
"""Standard deviations of white noise in [0, 1], in turn."""


@dataclass(frozen=True, kw_only=True)
class Blurred:
    """A blurred picture and what is known of it."""

    picture: Picture
    """8 bits, as it is stored."""
    clean: Tensor
    """1,C,H,W in [0, 1], stored values."""
    kernels: tuple[Tensor, ...]
    """1,k,k each, odd, sum to 1; of two, the first blurred the left half and the second the right one."""
    kernel_size: int = 0
    """``--set kernel_size`` of ``burnish restore``; 0: automatic."""
    transfer: str
    """``--transfer`` of ``burnish restore``: ``linear`` where stored values were blurred, ``auto`` where light was."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One picture of the population, made when it is asked for."""

    split: str
    family: str
    name: str
    """Unique."""
    make: Callable[[], Blurred]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a picture is blurred."""

    kernels: tuple[Tensor, ...]
    noise: float
    light: bool = False
    """Light is blurred, and stored by sRGB's curve; else the stored values are."""
    gain: float = 1.0
    """Above 1, the brightest parts are clipped after the blur."""
    quality: int = 0
    """Of JPEG; 0: none."""
    part: str = ""
    """``smooth``: the part of the scene with the least contrast is taken; ``stripes``: that whose edges run most in one
    direction; else any."""
    kernel_size: int = 0
    """The largest side that the user tells; 0: none."""
    side: int = SIDE
    """Of the blurred picture."""
    seed: int = 0


def population(data: Path) -> list[Case]:
    """All cases, both splits and all families mixed evenly, so that a part of the list is a small population."""
    rows = [[*captures(data, split), *synthetic(data, split)] for split in SPLITS]
    orders = [np.random.default_rng(2).permutation(len(row)) for row in rows]
    mixed = [[row[place] for place in order] for row, order in zip(rows, orders, strict=True)]
    return [case for pair in itertools.zip_longest(*mixed) for case in pair if case is not None]


def captures(data: Path, split: str) -> Iterator[Case]:
    """Levin's: im1 and im2 to choose, im3 and im4 to report, as for the settings of the estimation."""
    for picture in (1, 2) if split == "choose" else (3, 4):
        for path in sorted((data / "deblur/levin").glob(f"im{picture}_kernel*.png")):
            yield Case(split=split, family="captures", name=path.stem, make=lambda path=path: _capture(data, path))


def _capture(data: Path, path: Path) -> Blurred:
    picture, kernel = path.stem.split("_")
    degraded = read_clean(path, "grey")
    clean = read_clean(data / f"deblur/levin/gt/{picture}.png", "grey")
    return Blurred(
        picture=_stored(degraded),
        clean=clean,
        kernels=(read_kernel(data / f"kernels/levin09/{kernel}.npy").flip(1, 2),),
        transfer="linear",
    )


def synthetic(data: Path, split: str) -> Iterator[Case]:
    """Photographs blurred by program; the same counts in either split."""
    turn = SPLITS.index(split)
    photographs = _photographs(data)[turn::2]
    shakes = _shakes(turn)
    measured = [read_kernel(path).flip(1, 2) for path in sorted((data / "kernels/levin09").glob("*.npy"))[turn::2]]
    number = 0

    def case(family: str, plan: Plan) -> Case:
        nonlocal number
        path, number = photographs[number * 7 % len(photographs)], number + 1
        plan = replace(plan, seed=1000 * turn + number)
        return Case(split=split, family=family, name=f"{split}-{family}-{number}", make=lambda: _made(path, plan))

    def noise(place: int) -> float:
        return NOISE[place % len(NOISE)]

    for i in range(10):
        small = Plan(kernels=(shakes(12.0 + 1.5 * i),), noise=noise(i), kernel_size=(5, 7, 9)[i % 3])
        yield case("size", small)
    for i in range(8):
        yield case("shakes", Plan(kernels=(shakes(6.0 + 1.5 * i),), noise=noise(i)))
    for i in range(4):
        yield case("measured", Plan(kernels=(measured[i % len(measured)],), noise=noise(i)))
    for i, kernel in enumerate(_plain(turn)):
        yield case("plain", Plan(kernels=(kernel,), noise=noise(i)))
    for i in range(12):
        yield case("large", Plan(kernels=(shakes(18.0 + 1.5 * i),), noise=noise(i)))
    for i in range(6):
        yield case("smooth", Plan(kernels=(shakes(9.0 + 3.0 * i),), noise=noise(i), part="smooth"))
    for i in range(4):
        yield case("stripes", Plan(kernels=(shakes(9.0 + 4.0 * i),), noise=noise(i), part="stripes"))
    for i in range(2):
        yield case("noisy", Plan(kernels=(shakes(10.0 + 5.0 * i),), noise=0.03 + 0.03 * i))
    for i in range(2):
        yield case("lamps", Plan(kernels=(shakes(10.0 + 5.0 * i),), noise=noise(i), light=True, gain=2.0 + i))
    for i in range(2):
        yield case("two", Plan(kernels=(shakes(8.0 + 5.0 * i), shakes(8.0 + 5.0 * i)), noise=noise(i)))
    for i in range(2):
        yield case("jpeg", Plan(kernels=(shakes(8.0 + 6.0 * i),), noise=0.001, light=True, quality=(60, 90)[i]))
    for i in range(6):
        plan = Plan(kernels=(shakes(8.0 + 4.0 * i),), noise=noise(i), seed=1000 * turn + i)
        name = f"{split}-text-{i}"
        yield Case(split=split, family="text", name=name, make=lambda plan=plan: _blurred(_text(plan.seed), plan))
    turned = [measured[i % len(measured)].rot90(i // len(measured), (1, 2)) for i in range(44)]
    for i in range(20):
        yield case("hands", Plan(kernels=(turned[i],), noise=noise(i // 2), side=176))
    for i in range(10):
        small = Plan(kernels=(turned[i],), noise=noise(i), kernel_size=(7, 9, 11)[i % 3], side=176)
        yield case("told", small)
    for i in range(8):
        yield case("calm", Plan(kernels=(turned[i],), noise=noise(i), part="smooth", side=176))
    for i in range(6):
        plan = Plan(kernels=(turned[i],), noise=noise(i), seed=1000 * turn + 10 + i, side=176)
        name = f"{split}-page-{i}"
        yield Case(split=split, family="page", name=name, make=lambda plan=plan: _blurred(_text(plan.seed), plan))


def _photographs(data: Path) -> list[Path]:
    """Of test sets, in an order that has nothing to do with what they show; neighbours go to different splits."""
    found = [path for name in ("BSD68", "Kodak", "Classic5") for path in sorted((data / "test" / name).glob("*.png"))]
    return [found[place] for place in np.random.default_rng(1).permutation(len(found))]


def _shakes(turn: int) -> Callable[[float], Tensor]:
    """Gives another kernel of that length whenever it is called, 1,k,k."""
    generator = torch.Generator().manual_seed(77 + turn)

    def shake(length: float) -> Tensor:
        degrader = CameraShake(length=length, anxiety=(0.001, 0.02))
        drawn = degrader.draw_kernels(1, generator)
        return torch.from_numpy(degrader.kernels(drawn)).float()

    return shake


def _plain(turn: int) -> list[Tensor]:
    """Six straight motions, disks and Gaussians, 1,k,k."""
    lines = [line_kernel(41, length + turn, 37.0 * length + 20 * turn) for length in (7.0, 15.0)]
    disks = [disk_kernel(19, radius + turn / 4) for radius in (2.0, 4.0)]
    bells = [gaussian_kernel(14, width + turn / 5, 1.0, 0.0) for width in (1.3, 2.2)]
    return [torch.from_numpy(kernel)[None].float() for trio in zip(lines, disks, bells, strict=True) for kernel in trio]


def _made(path: Path, plan: Plan) -> Blurred:
    picture = to_tensor(read_picture(path))
    if min(picture.shape[2:]) > 500 and picture.shape[1] == 3:  # Kodak's are large: a part would show little
        picture = functional.interpolate(picture, scale_factor=0.6, mode="bicubic", antialias=True).clamp(0, 1)
    return _blurred(picture, plan)


def _blurred(scene: Tensor, plan: Plan) -> Blurred:
    """A part of a scene, 1,C,H,W of stored values, as ``plan`` says; what lies beyond its border blurs into it."""
    curve: Transfer = S_RGB if plan.light else LINEAR
    kernels = [centred(kernel[0])[None] for kernel in plan.kernels]
    half = max(kernel.shape[-1] for kernel in kernels) // 2
    scene = curve.to_light(_part(scene, plan.side + 2 * half, plan)) * plan.gain
    clean = scene[..., half:-half, half:-half]
    seen = [_convolved(scene, kernel, plan.side) for kernel in kernels]
    light = seen[0]
    if len(seen) > 1:
        light = torch.cat([seen[0][..., : plan.side // 2], seen[1][..., plan.side // 2 :]], dim=-1)
    generator = torch.Generator().manual_seed(plan.seed)
    light = light + plan.noise * torch.randn(light.shape, generator=generator)
    stored = _stored(curve.from_light(light.clamp(0.0, 1.0)))
    return Blurred(
        picture=_compressed(stored, plan.quality) if plan.quality else stored,
        clean=curve.from_light(clean.clamp(0.0, 1.0)),
        kernels=tuple(kernels),
        kernel_size=plan.kernel_size,
        transfer="auto" if plan.light else "linear",
    )


def _convolved(scene: Tensor, kernel: Tensor, side: int) -> Tensor:
    """The middle ``side`` pixels of a scene, blurred."""
    planes = functional.conv2d(scene.transpose(0, 1), kernel.flip(1, 2)[None]).transpose(0, 1)
    rest = (planes.shape[-1] - side) // 2
    return planes[..., rest : rest + side, rest : rest + side]


def _part(scene: Tensor, side: int, plan: Plan) -> Tensor:
    """A square of 1,C,H,W, mirrored beyond its border where it is too small: any, or that with the least contrast."""
    lack = [max(0, side - length) for length in scene.shape[2:]]
    if any(lack):
        rows, columns = ((missing // 2, missing - missing // 2) for missing in lack)
        scene = functional.pad(scene, (*columns, *rows), mode="reflect")
    room = [length - side for length in scene.shape[2:]]
    random = np.random.default_rng(plan.seed)
    places = [tuple(int(random.integers(0, most + 1)) for most in room) for _ in range(12 if plan.part else 1)]
    parts = [scene[..., top : top + side, left : left + side] for top, left in places]
    return min(parts, key=lambda part: _rank(part, plan.part))


def _rank(part: Tensor, kind: str) -> float:
    """Least for the part that is asked for."""
    right, down = part.diff(dim=-1)[..., 1:, :].flatten(), part.diff(dim=-2)[..., 1:].flatten()
    if kind == "stripes":  # eigenvalues of the structure tensor
        tensor = torch.stack([torch.stack([a @ b for b in (right, down)]) for a in (right, down)])
        low, high = torch.linalg.eigvalsh(tensor.double()).tolist()
        return float(low / max(high, 1e-12))
    return float(right.abs().mean() + down.abs().mean())


def _text(seed: int, side: int = 320) -> Tensor:
    """1,1,side,side: lines of letters on paper."""
    random = np.random.default_rng(seed)
    page = np.full((side, side), 235, np.uint8)
    scale = 0.45 + 0.1 * (seed % 3)
    letters: Sequence[str] = "abcdefghijklmnopqrstuvwxyz ABDEGHKMR,.0123456789"
    for base in range(14, side, round(34 * scale)):
        line = "".join(str(random.choice(list(letters))) for _ in range(60))
        cv2.putText(page, line, (4, base), cv2.FONT_HERSHEY_SIMPLEX, scale, 30, 1, cv2.LINE_AA)
    return torch.from_numpy(page)[None, None].float() / 255.0


def _stored(values: Tensor) -> Picture:
    levels = (values[0].clamp(0.0, 1.0) * 255.0).round().byte().permute(1, 2, 0).contiguous().numpy()
    return Picture(pixels=levels)


def _compressed(picture: Picture, quality: int) -> Picture:
    _, held = cv2.imencode(".jpg", picture.pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    again = cv2.imdecode(held, cv2.IMREAD_UNCHANGED)
    return Picture(pixels=np.ascontiguousarray(again[..., ::-1] if again.ndim == 3 else again[..., None]))
