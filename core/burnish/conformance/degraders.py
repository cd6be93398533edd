"""Checks of a degrader: shapes, seeds, replay, its conditions, and adjointness if it is linear."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from burnish.conformance.samples import pictures
from burnish.conformance.subject import Subject
from burnish.conformance.violation import demand
from burnish.plugins.declarations import DegraderSpec
from burnish.protocols import LinearOperator, Observation

_SHAPE = (2, 3, 96, 84)
"""Large enough for wide kernels at the ``valid`` boundary, a multiple of 2, 3 and 4."""

_FRAMES = 9
"""Frames of the test clips: enough for averages over a few."""


def questions(spec: DegraderSpec) -> list[Callable[[Subject], None]]:
    """The checks that apply to the declaration."""
    asked: list[Callable[[Subject], None]] = [
        gives_an_observation_of_the_declared_size,
        gives_the_declared_conditions,
        takes_grey_and_colour_and_single_pictures,
        is_seeded_by_the_generator_alone,
        leaves_global_randomness_untouched,
        replays_what_it_recorded,
        leaves_its_input_as_it_is,
    ]
    return [*asked, is_linear, has_its_transpose_as_adjoint] if spec.linear else asked


def gives_an_observation_of_the_declared_size(subject: Subject) -> None:
    """Degraded and target match: same batch and channels; sizes differ by a declared scale."""
    seen = _observe(subject)
    demand(isinstance(seen, Observation), f"it gives a {type(seen).__name__} instead of an Observation")
    temporal = subject.spec.temporal
    frames = 5 if temporal != "single" else 4
    demand(seen.degraded.ndim == frames, f"degraded is {tuple(seen.degraded.shape)}; {temporal} is declared")
    frames, wanted = (5, "N,T,C,H,W") if temporal == "video" else (4, "N,C,H,W")
    demand(seen.target.ndim == frames, f"the target is {tuple(seen.target.shape)} instead of {wanted}")
    if temporal == "video":
        same = seen.target.shape[1] == seen.degraded.shape[1]
        demand(same, f"{seen.degraded.shape[1]} degraded frames belong to {seen.target.shape[1]} clean ones")
    for name, found in (("degraded", seen.degraded), ("target", seen.target)):
        demand(found.dtype == torch.float32, f"{name} is {found.dtype} instead of float32")
        demand(bool(torch.isfinite(found).all()), f"{name} contains NaN or infinity")
        demand(found.shape[0] == _SHAPE[0] and found.shape[-3] == _SHAPE[1], f"{name} is {tuple(found.shape)}")
    sizes = [tuple(side * scale for side in seen.degraded.shape[-2:]) for scale in subject.spec.scale]
    target = tuple(seen.target.shape[-2:])
    demand(
        target in sizes,
        f"a degraded picture of {tuple(seen.degraded.shape[-2:])} does not go with a target of {target} "
        f"at the declared scales {subject.spec.scale}",
    )


def gives_the_declared_conditions(subject: Subject) -> None:
    """Everything declared under ``gives`` is present, in the declared shape and range; a sequence may give less."""
    seen = _observe(subject)
    given = set(seen.conditions)
    demand(given <= set(subject.spec.gives), f"it gives {sorted(given - subject.spec.gives)}, which is not declared")
    missing = sorted(subject.spec.gives - given)
    chosen = len(subject.spec.scale) > 1 and 1 in subject.spec.scale  # of a sequence, the steps decide
    demand(not missing or chosen, f"it is declared to give {', '.join(missing)} and does not")
    for name, value in seen.conditions.items():
        if name in _SHAPES:
            _SHAPES[name](value, seen)


def takes_grey_and_colour_and_single_pictures(subject: Subject) -> None:
    """One grey picture works as well as two colour pictures; every picture of a batch is degraded."""
    for shape in ((1, 1, 96, 84), (1, 3, 97, 85), (3, 1, 96, 84)):
        seen = subject.instance(_clean(subject, *shape), _generator(0))
        demand(seen.degraded.shape[0] == shape[0], f"{shape[0]} pictures gave {seen.degraded.shape[0]}")


def is_seeded_by_the_generator_alone(subject: Subject) -> None:
    """The same seed gives the same observation whatever the global seeds; another seed gives another one."""
    first = _observe(subject, seed=7)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(99)
        again = _observe(subject, seed=7)
    demand(torch.equal(first.degraded, again.degraded), "the same seed gave two observations; draw from the generator")
    other = _observe(subject, seed=8)
    same = torch.equal(first.degraded, other.degraded)
    if dict(first.parameters) == dict(other.parameters):
        demand(same, "two observations differ although their parameters are equal; record all drawn values")


def leaves_global_randomness_untouched(subject: Subject) -> None:
    """Neither torch's, NumPy's nor Python's global generator is drawn from or seeded."""
    kept = np.random.get_state(), random.getstate()
    with torch.random.fork_rng(devices=[]):
        try:
            # Unusual states, so that both seeding and drawing from a global generator are detected.
            torch.manual_seed(0x5EED_0F_7E57)
            np.random.seed(0x5EED_0F7E)
            random.seed("a state of the kit's own")
            before = torch.get_rng_state(), _numpy_state(), random.getstate()
            subject.instance(_clean(subject), _generator(0))
            after = torch.get_rng_state(), _numpy_state(), random.getstate()
        finally:
            np.random.set_state(kept[0])
            random.setstate(kept[1])
    demand(torch.equal(before[0], after[0]), "it uses torch's global generator; use the generator that it receives")
    demand(before[1] == after[1], "it uses NumPy's global generator; use the generator that it receives")
    demand(before[2] == after[2], "it uses Python's global generator; use the generator that it receives")


def replays_what_it_recorded(subject: Subject) -> None:
    """The parameters survive JSON, and from them a new instance makes the same observation."""
    clean = _clean(subject)
    seen = subject.instance(clean, _generator(3))
    stored = json.loads(json.dumps(dict(seen.parameters), allow_nan=False))
    again = subject.make().replay(clean, stored)
    demand(torch.equal(seen.degraded, again.degraded), "replaying the recorded parameters gives another picture")
    demand(torch.equal(seen.target, again.target), "replaying the recorded parameters gives another target")


def leaves_its_input_as_it_is(subject: Subject) -> None:
    """Nothing is changed in place."""
    clean = _clean(subject)
    before = clean.clone()
    subject.instance(clean, _generator(0))
    demand(torch.equal(clean, before), "it writes into its input picture; work on a copy")


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
    x = torch.randn(1, 3, 96, 84, generator=_generator(1))
    image = operator.A(x)
    y = torch.randn(image.shape, generator=_generator(2))
    back = operator.A_adjoint(y)
    demand(back.shape == x.shape, f"A_adjoint gives {tuple(back.shape)} for a picture of {tuple(x.shape)}")
    left, right = float((image.double() * y).sum()), float((x.double() * back).sum())
    error = abs(left - right) / float(image.norm() * y.norm())
    demand(error < 1e-5, f"⟨A x, y⟩ = {left:.6g} but ⟨x, A_adjoint y⟩ = {right:.6g}")


def _numpy_state() -> tuple[bytes, int]:
    state: Any = np.random.get_state(legacy=False)
    return state["state"]["key"].tobytes(), int(state["state"]["pos"])


def _operator(subject: Subject) -> LinearOperator:
    there = all(callable(getattr(subject.instance, name, None)) for name in ("A", "A_adjoint"))
    demand(there, "it is declared linear but has no A and A_adjoint")
    operator: LinearOperator = subject.instance
    return operator


def _observe(subject: Subject, seed: int = 0) -> Observation:
    observation: Observation = subject.instance(_clean(subject), _generator(seed))
    return observation


def _clean(subject: Subject, *shape: int) -> Tensor:
    """Pictures N,C,H,W, or clips N,T,C,H,W for a degrader of clips."""
    shape = shape or _SHAPE
    return pictures(shape[0], _FRAMES, *shape[1:]) if subject.spec.temporal == "video" else pictures(*shape)


def _generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _tensor(value: object, name: str, wanted: tuple[int, ...], mend: str = "") -> Tensor:
    """The condition, checked to be a tensor of that shape."""
    shape = tuple(value.shape) if isinstance(value, Tensor) else ()
    demand(shape == wanted, f"{name} is {shape}{mend or f' instead of {wanted}'}")
    assert isinstance(value, Tensor)
    return value


def _kernel(value: object, seen: Observation) -> None:
    side = value.shape[-1] if isinstance(value, Tensor) and value.ndim == 3 else 1
    mend = "; give N,k,k with k odd"
    kernel = _tensor(value, "the kernel", (seen.degraded.shape[0], side, side), mend)
    demand(side % 2 == 1, f"the kernel is {tuple(kernel.shape)}{mend}")
    demand(bool((kernel >= 0).all()), "the kernel is negative somewhere")
    demand(bool(((kernel.sum(dim=(1, 2)) - 1).abs() < 1e-4).all()), "the kernel does not sum to 1")


def _sigma(value: object, seen: Observation) -> None:
    sigma = _tensor(value, "sigma", (seen.degraded.shape[0],), "; give one for each picture")
    demand(bool(((sigma >= 0) & (sigma <= 1)).all()), "sigma is outside [0, 1]")


def _scale(value: object, seen: Observation) -> None:
    scale = value if isinstance(value, int) else 0
    demand(scale >= 1, f"the scale is {value!r} instead of a whole number from 1")
    sizes = [side * scale for side in seen.degraded.shape[-2:]]
    demand(sizes == list(seen.target.shape[-2:]), f"the scale {scale} does not lead from degraded to target")


def _mask(value: object, seen: Observation) -> None:
    _tensor(value, "the mask", (seen.degraded.shape[0], 1, *seen.degraded.shape[-2:]))


def _flow(value: object, seen: Observation) -> None:
    wanted = (*seen.degraded.shape[:2], 2, *seen.degraded.shape[-2:]) if seen.degraded.ndim == 5 else ()
    flow = _tensor(value, "the flow", wanted or (-1,), "" if wanted else ", but a single picture has none")
    demand(bool(torch.isfinite(flow).all()), "the flow contains NaN or infinity")
    if seen.target.ndim == 4:
        demand(not bool(flow[:, 0].any()), "the flow of a burst's first frame, the reference, is not zero")


_SHAPES: Mapping[str, Callable[[object, Observation], None]] = {
    "kernel": _kernel,
    "sigma": _sigma,
    "scale": _scale,
    "mask": _mask,
    "flow": _flow,
}
