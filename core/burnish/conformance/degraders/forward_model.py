"""Is what a degrader tells of its observation true: kernel, σ, and the linear operator that it exposes?"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from burnish.conformance.degraders.clean import clean_pictures, seeded
from burnish.conformance.samples import pictures
from burnish.conformance.subject import Questions, Subject
from burnish.conformance.violation import demand
from burnish.ops.redegrading import Redegradation
from burnish.ops.transfer import transfer_named
from burnish.plugins.declarations import DegraderSpec
from burnish.protocols import LinearOperator, Observation

_LEFT = 0.15
"""The part of a wrong kernel's trace that may be left in what the told one does not explain."""
_SIGMA = 0.1
"""By what part the told σ may be off."""
_LEAST = 1e-3
"""The smallest σ that is measured, in [0, 1]."""


def questions(spec: DegraderSpec) -> Questions:
    """The checks that apply to the declaration."""
    asked: Questions = []
    if "kernel" in spec.gives:
        asked.append(tells_the_kernel_that_it_blurs_with)
    if "sigma" in spec.gives:
        asked.append(tells_the_sigma_of_its_noise)
    return [*asked, is_linear, has_its_transpose_as_adjoint, degrades_as_its_operator_does] if spec.linear else asked


def tells_the_kernel_that_it_blurs_with(subject: Subject) -> None:
    """Blurring the target with the told kernel explains the degraded picture: what is left is noise, not structure."""
    seen: Observation = subject.instance(clean_pictures(subject), seeded(0))
    kernels = seen.conditions.get("kernel")
    if not isinstance(kernels, Tensor) or seen.degraded.shape != seen.target.shape or seen.degraded.dim() != 4:
        return
    curve = transfer_named(seen.transfer) if isinstance(seen.transfer, str) else seen.transfer
    for picture, target, kernel in zip(seen.degraded, seen.target, kernels, strict=True):
        margin = min(2 * (kernel.shape[-1] // 2), min(picture.shape[-2:]) // 3)

        def blurred(by: Tensor, clean: Tensor = target, margin: int = margin) -> Tensor:
            found = Redegradation(kernel=by, curve=curve)(clean[None])[0]
            return found[..., margin : found.shape[-2] - margin, margin : found.shape[-1] - margin]

        told = blurred(kernel)
        inner = picture[..., margin : picture.shape[-2] - margin, margin : picture.shape[-1] - margin]
        left = inner - told
        smooth = torch.nn.functional.avg_pool2d(told, 3, stride=1, padding=1, count_include_pad=False)
        for other in (blurred(_delta(kernel)), blurred(kernel.flip(0, 1)), blurred(_twice(kernel)), smooth):
            part = _part(left, other - told)
            demand(
                part <= _LEFT,
                "the told kernel is not the one that the picture was blurred with "
                f"({100 * part:.0f} % of the difference to another one is left); "
                "give N,k,k in the orientation of convolution",
            )


def tells_the_sigma_of_its_noise(subject: Subject) -> None:
    """On flat grey pictures, of which nothing else changes the values, the deviation is σ within a tenth."""
    seen: Observation = subject.instance(torch.full_like(clean_pictures(subject), 0.5), seeded(0))
    told = seen.conditions.get("sigma")
    if not isinstance(told, Tensor):
        return
    for picture, sigma in zip(seen.degraded, told.tolist(), strict=True):
        found = float(picture.double().var(dim=(-2, -1)).mean().sqrt())
        demand(
            max(sigma, found) < _LEAST or abs(found - sigma) <= _SIGMA * sigma,
            f"it tells σ = {sigma:.4g}, but the noise of a flat picture deviates by {found:.4g}; "
            "σ is the standard deviation in [0, 1] of the values as they are, one for each picture",
        )


def is_linear(subject: Subject) -> None:
    """``A(2 x − 3 z) = 2 A(x) − 3 A(z)``."""
    operator = _operator(subject)
    x, z = pictures(1, 3, 96, 84, seed=1), pictures(1, 3, 96, 84, seed=2)
    left, right = operator.A(2 * x - 3 * z), 2 * operator.A(x) - 3 * operator.A(z)
    error = float((left - right).norm() / right.norm())
    demand(error < 1e-4, f"A is not linear: relative error {error:.2g}")


def has_its_transpose_as_adjoint(subject: Subject) -> None:
    """``⟨A x, y⟩ = ⟨x, A_adjoint y⟩`` for random x and y, to 1e-5 of their norms."""
    operator = _operator(subject)
    x = torch.randn(1, 3, 96, 84, generator=seeded(1))
    image = operator.A(x)
    y = torch.randn(image.shape, generator=seeded(2))
    back = operator.A_adjoint(y)
    demand(back.shape == x.shape, f"A_adjoint gives {tuple(back.shape)} for a picture of {tuple(x.shape)}")
    left, right = float((image.double() * y).sum()), float((x.double() * back).sum())
    error = abs(left - right) / float(image.norm() * y.norm())
    demand(error < 1e-5, f"⟨A x, y⟩ = {left:.6g} but ⟨x, A_adjoint y⟩ = {right:.6g}")


def degrades_as_its_operator_does(subject: Subject) -> None:
    """A call for one picture, seeded by 0, gives ``A x`` and noise: nothing of the picture is in what is left."""
    operator = _operator(subject)
    clean = clean_pictures(subject)[:1]
    seen = subject.instance(clean, seeded(0))
    image, degraded = operator.A(clean), seen.degraded
    if degraded.dim() == 5 and image.dim() == 4:
        degraded = degraded[:, 0]
    demand(image.shape == degraded.shape, f"A gives {tuple(image.shape)}, a call {tuple(degraded.shape)}")
    flat = image.flatten(0, -4)
    smooth = torch.nn.functional.avg_pool2d(flat, 3, stride=1, padding=1, count_include_pad=False).reshape(image.shape)
    for trace in (image - image.mean(), image - smooth):
        part = _part(degraded - image, trace)
        demand(
            part <= _LEFT,
            f"a call differs from A x by {100 * part:.0f} % of the picture's own structure: A is not what the degrader "
            "does; what is drawn is, in A, drawn with seed 0",
        )


def _part(left: Tensor, trace: Tensor) -> float:
    """How much of a trace is in what is left, beyond what noise of that strength has by chance (4 σ)."""
    energy = float(trace.double().square().sum())
    deviation = float(left.double().square().mean().sqrt())
    if energy < 1e-3:
        return 0.0
    part = abs(float((left.double() * trace.double()).sum())) / energy
    return part if part > 4 * deviation / energy**0.5 else 0.0


def _operator(subject: Subject) -> LinearOperator:
    there = all(callable(getattr(subject.instance, name, None)) for name in ("A", "A_adjoint"))
    demand(there, "it is declared linear but has no A and A_adjoint")
    operator: LinearOperator = subject.instance
    return operator


def _delta(kernel: Tensor) -> Tensor:
    found = torch.zeros_like(kernel)
    found[kernel.shape[0] // 2, kernel.shape[1] // 2] = 1
    return found


def _twice(kernel: Tensor) -> Tensor:
    """The kernel convolved with itself, cut to its size: that of a stronger blur."""
    wide: Any = torch.nn.functional.conv2d(
        kernel[None, None], kernel.flip(0, 1)[None, None], padding=kernel.shape[0] // 2
    )
    return torch.Tensor(wide[0, 0] / wide.sum())
