"""How a degrader is called: shapes, seeds, replay, conditions, settings, devices."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from burnish.conformance.degraders import forward_model
from burnish.conformance.degraders.clean import SHAPE, clean_pictures, on_another_device, seeded
from burnish.conformance.settings import variants, with_every_value
from burnish.conformance.subject import Questions, Subject
from burnish.conformance.violation import demand
from burnish.plugins.declarations import DegraderSpec
from burnish.protocols import Observation

_DRAWS = 6
"""Seeds that are tried before a setting counts as ignored: some matter for some draws only."""


def questions(spec: DegraderSpec) -> tuple[Questions, Questions]:
    """Those that must hold before any other can be asked, and the others."""
    first: Questions = [is_made_from_its_settings, gives_an_observation_of_the_declared_size]
    others: Questions = [
        gives_the_declared_conditions,
        takes_grey_and_colour_and_single_pictures,
        degrades_black_white_and_flat_pictures,
        is_seeded_by_the_generator_alone,
        replays_what_it_recorded,
        leaves_its_input_as_it_is,
        works_on_the_device_of_its_input,
    ]
    if spec.config:
        others += [works_with_every_value_of_its_settings, obeys_every_setting]
    if "scale" in spec.config and len(spec.scale) > 1:
        others.append(reduces_by_every_declared_scale)
    return first, [*others, *forward_model.questions(spec)]


def is_made_from_its_settings(subject: Subject) -> None:
    """The factory can be imported and called with the complete configuration, and returns a callable that replays."""
    demand(callable(subject.instance), "the factory's result cannot be called")
    demand(callable(getattr(subject.instance, "replay", None)), "it has no method replay(clean, parameters)")


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
        demand(found.shape[0] == SHAPE[0] and found.shape[-3] == SHAPE[1], f"{name} is {tuple(found.shape)}")
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
        seen = subject.instance(clean_pictures(subject, *shape), seeded(0))
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


def replays_what_it_recorded(subject: Subject) -> None:
    """The parameters survive JSON, and from them a new instance makes the same observation."""
    clean = clean_pictures(subject)
    seen = subject.instance(clean, seeded(3))
    stored = json.loads(json.dumps(dict(seen.parameters), allow_nan=False))
    again = subject.make().replay(clean, stored)
    demand(torch.equal(seen.degraded, again.degraded), "replaying the recorded parameters gives another picture")
    demand(torch.equal(seen.target, again.target), "replaying the recorded parameters gives another target")


def leaves_its_input_as_it_is(subject: Subject) -> None:
    """Nothing is changed in place."""
    clean = clean_pictures(subject)
    before = clean.clone()
    subject.instance(clean, seeded(0))
    demand(torch.equal(clean, before), "it writes into its input picture; work on a copy")


def degrades_black_white_and_flat_pictures(subject: Subject) -> None:
    """The observation of black, white and grey pictures is finite."""
    for level, name in ((0.0, "black"), (1.0, "white"), (0.5, "grey")):
        seen = subject.instance(torch.full_like(clean_pictures(subject), level), seeded(0))
        finite = bool(torch.isfinite(seen.degraded).all())
        demand(finite, f"the observation of {name} pictures has NaN or infinity; guard divisions and powers")


def works_on_the_device_of_its_input(subject: Subject) -> None:
    """Everything is made on the picture's device; without a GPU, tensors that pretend to be on one tell."""
    clean = on_another_device(clean_pictures(subject))
    try:
        seen = subject.instance(clean, seeded(0))
    except Exception as error:
        text = " ".join(str(error).split())
        demand("same device" not in text, f"it mixes devices: {text[:160]}; make tensors with device=clean.device")
        return  # what looks at values cannot run on pretended tensors
    told = {"degraded": seen.degraded, "target": seen.target, **seen.conditions}
    for name, value in told.items():
        if isinstance(value, Tensor):
            there = value.device.type == clean.device.type
            demand(there, f"for pictures on {clean.device} {name} is on {value.device}; use device=clean.device")


def works_with_every_value_of_its_settings(subject: Subject) -> None:
    """Each setting at its bounds and at another value; what cannot be is refused with an error of one line."""

    def work(config: dict[str, Any]) -> None:
        finite = bool(torch.isfinite(_with(subject, config).degraded).all())
        demand(finite, "the observation has NaN or infinity")

    with_every_value(subject.spec, subject.config, work)


def obeys_every_setting(subject: Subject) -> None:
    """Some value of each setting gives another observation, if need be together with another value of another one."""
    tried = [each for each in variants(subject.spec, subject.config) if _key(each[0]) != "scale"]  # asked by itself
    ignored = sorted({_key(words) for words, _ in tried})
    for seed, base in [*((seed, subject.config) for seed in range(_DRAWS)), *((0, config) for _, config in tried)]:
        if not ignored:
            return
        usual = _seen(subject, base, seed)
        for words, config in variants(subject.spec, base) if usual else ():
            if _key(words) in ignored and not _alike(_seen(subject, config, seed), usual):
                ignored.remove(_key(words))
    demand(not ignored, f"no value of {', '.join(ignored)} changes the observation; use the setting, or remove it")


def _key(words: str) -> str:
    return words.partition("=")[0]


def reduces_by_every_declared_scale(subject: Subject) -> None:
    """Each declared scale can be chosen, and leads from the target's size to that of the degraded picture."""
    for scale in subject.spec.scale:
        seen = _with(subject, {**subject.config, "scale": scale})
        sizes = [side * scale for side in seen.degraded.shape[-2:]]
        target = list(seen.target.shape[-2:])
        demand(sizes == target, f"with scale={scale} a degraded side times the scale is {sizes}, the target {target}")


def _with(subject: Subject, config: Mapping[str, Any], seed: int = 0) -> Observation:
    seen: Observation = subject.made_with(config)(clean_pictures(subject), seeded(seed))
    return seen


def _seen(subject: Subject, config: Mapping[str, Any], seed: int) -> Observation | None:
    """None where these values cannot be, or fail, which other questions tell."""
    try:
        return _with(subject, config, seed)
    except Exception:
        return None


def _alike(one: Observation | None, other: Observation | None) -> bool:
    if one is None or other is None:
        return one is other
    same = one.degraded.shape == other.degraded.shape and torch.equal(one.degraded, other.degraded)
    return same and one.target.shape == other.target.shape and torch.equal(one.target, other.target)


def _observe(subject: Subject, seed: int = 0) -> Observation:
    observation: Observation = subject.instance(clean_pictures(subject), seeded(seed))
    return observation


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
