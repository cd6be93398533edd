"""How a restorer is called: made from its settings, its conditions, sizes, channels, frames, and batches."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch import Tensor

from burnish.conformance.restorers.running import awake, demand_estimate, difference, restored
from burnish.conformance.samples import conditions, needed, observed
from burnish.conformance.settings import with_every_value
from burnish.conformance.subject import Subject
from burnish.conformance.violation import demand

_AMPLIFIED = 1e-3
"""What iterations that stop at a tolerance may make of the rounding of sums in another order."""


def is_made_from_its_settings(subject: Subject) -> None:
    """The factory can be imported and called with the complete configuration, and returns a callable."""
    demand(callable(subject.loaded.restorer), "the factory's result cannot be called")


def takes_exactly_its_needs(subject: Subject) -> None:
    """It can be called with the picture and its declared needs by keyword, and also with everything that it accepts."""
    restorer: Any = subject.loaded.restorer
    function = restorer.forward if isinstance(restorer, torch.nn.Module) else restorer
    for told in (subject.spec.needs, subject.spec.needs | subject.spec.accepts):
        try:
            inspect.signature(function).bind(None, **dict.fromkeys(told))
        except TypeError as error:
            needed = ", ".join(sorted(told)) or "no condition"
            demand(False, f"it is declared to take {needed}, but its call does not match: {error}")


def restores_a_picture(subject: Subject) -> None:
    """An estimate of the declared size, float32 and finite, of a picture of a convenient size."""
    loaded = subject.loaded
    side = loaded.fitting(48)
    degraded = observed(loaded, side, side)
    demand_estimate(loaded, degraded, restored(loaded, degraded))
    told = needed(loaded, degraded)
    with torch.no_grad():
        found = loaded.restorer(degraded, **told)
    demand(isinstance(found, Tensor), f"it gives a {type(found).__name__} instead of a tensor")
    demand(found.dtype == torch.float32, f"the estimate is {found.dtype} instead of float32")


def restores_any_size(subject: Subject) -> None:
    """The estimate is finite and of the declared size, at odd sizes and down to the smallest, padded by the host."""
    loaded = subject.loaded
    multiple, least = loaded.size_multiple, loaded.min_size
    sizes = {(least, least), (max(1, multiple - 1), multiple + 1), (29, 37), (least + multiple, 2 * multiple + least)}
    for height, width in sorted(sizes):
        degraded = observed(loaded, height, width)
        demand_estimate(loaded, degraded, restored(loaded, degraded))


def works_with_every_value_of_its_settings(subject: Subject) -> None:
    """Each setting at its bounds and at another value; what cannot be is refused with an error of one line."""

    def work(config: dict[str, Any]) -> None:
        loaded = subject.loaded_with(config)
        degraded = observed(loaded, 24, 28)
        try:
            estimate = restored(loaded, degraded)
        except Exception as error:  # once it is made, nothing may be refused
            demand(False, f"it raises {type(error).__name__}: {error}; mend it, or narrow the schema of the setting")
        demand_estimate(loaded, degraded, estimate)

    by_itself = frozenset({"scale"} if len(subject.spec.scale) > 1 else ())  # another question is about it
    with_every_value(subject.spec, subject.config, work, leave_out=by_itself)


def enlarges_by_every_declared_scale(subject: Subject) -> None:
    """Each declared scale can be chosen, and gives an estimate of that size."""
    for scale in subject.spec.scale:
        loaded = subject.loaded_with({**subject.config, "scale": scale})
        degraded = observed(loaded, 24, 28)
        shape = tuple(restored(loaded, degraded).shape[-2:])
        demand(
            shape == (24 * scale, 28 * scale),
            f"with scale={scale} the estimate of 24×28 is {shape[0]}×{shape[1]}; declare the scales that it can make",
        )


def takes_every_declared_number_of_channels(subject: Subject) -> None:
    """Each declared number of channels works; grey and RGB always work through the host."""
    loaded = subject.loaded
    for channels in sorted({*loaded.channels, 1, *((3,) if {1, 3} & set(loaded.channels) else ())}):
        degraded = observed(loaded, 24, 28, channels=channels)
        found = restored(loaded, degraded).shape[-3]
        demand(found == channels, f"a picture of {channels} channels came back with {found}")


def takes_any_number_of_frames(subject: Subject) -> None:
    """It works with one, two and six frames."""
    loaded = subject.loaded
    for frames in (1, 2, 6):
        degraded = observed(loaded, 24, 28, frames=frames)
        demand_estimate(loaded, degraded, restored(loaded, degraded), f"of {frames} frames ")


def leaves_its_input_as_it_is(subject: Subject) -> None:
    """Nothing is changed in place."""
    loaded = subject.loaded
    height = loaded.fitting(16)
    degraded = observed(loaded, height, height)
    told = needed(loaded, degraded)
    copies = {key: value.clone() for key, value in told.items() if isinstance(value, Tensor)}
    before = degraded.clone()
    with torch.no_grad():
        loaded.restorer(degraded, **told)
    demand(torch.equal(degraded, before), "it writes into its input picture; work on a copy")
    for key, copy in copies.items():
        demand(torch.equal(torch.as_tensor(told[key]), copy), f"it writes into the condition {key}; work on a copy")


def restores_each_picture_of_a_batch_by_itself(subject: Subject) -> None:
    """Two, three and five unlike pictures under unlike conditions give together what each gives alone."""
    loaded = awake(subject)
    for batch in (2, 3, 5):
        degraded = observed(loaded, 24, 28, batch=batch)
        told = conditions(loaded, degraded)
        together = restored(loaded, degraded, told)
        demand(len(together) == batch, f"{batch} pictures gave {len(together)}")
        if not subject.spec.deterministic:
            continue
        for index in range(batch):
            own = {key: value[index : index + 1] if isinstance(value, Tensor) else value for key, value in told.items()}
            alone = restored(loaded, degraded[index : index + 1], own)
            largest = difference(together[index : index + 1], alone)
            message = f"picture {index + 1} of {batch} depends on the others (largest difference {largest:.2g})"
            demand(largest <= _AMPLIFIED, message)


def is_deterministic(subject: Subject) -> None:
    """The same picture six times gives the same estimate, bit for bit, whatever torch's global seed."""
    loaded = subject.loaded
    degraded = observed(loaded, 24, 28)
    estimates = []
    for seed in range(6):
        torch.manual_seed(seed)
        estimates.append(restored(loaded, degraded))
    same = all(torch.equal(estimates[0], other) for other in estimates[1:])
    demand(same, "two runs differ; declare deterministic=False, or draw from a fixed seed")
