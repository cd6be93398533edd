"""Several degraders, one after the other, as in a camera: optics, sensor, file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from burnish import DegraderSpec
from burnish.errors import ConfigError, PluginError
from burnish.ops.transfer import Transfer
from burnish.plugins import Catalog, installed
from burnish.protocols import Degrader, Observation
from torch import Tensor
from torch.nn import functional

from burnish_degradations.drawing import draw_seeds
from burnish_degradations.replayable import Parameters, Replayable, degrade_as_drawn


class DegraderSequence(Replayable):
    """y = dₙ(… d₂(d₁(x))): degraders of any plugin, named by their ids.

    Each has a generator of its own, seeded from the given one, so that the settings of one never change what the
    others draw. The target is the clean picture, cropped as the steps crop. Conditions are merged: ``scale`` is the
    product; ``sigma`` that of the last noise; ``kernel`` the convolution of the kernels at the clean picture's scale,
    and left out from then on when one acts after the picture has shrunk, or one on light and one on stored values,
    since no single kernel says it then. ``gives`` holds the most that these steps can give, which may be less than what
    is declared for all sequences.
    """

    def __init__(self, *, steps: Sequence[Mapping[str, Any]], catalog: Catalog | None = None) -> None:
        if not steps:
            raise ConfigError("a sequence of degraders needs at least one step, such as {id: degradations/jpeg}")
        catalog = catalog or installed()
        entries = [catalog.get("degraders", step["id"]) for step in steps]
        self.ids = [entry.id for entry in entries]
        specs = [entry.spec for entry in entries if isinstance(entry.spec, DegraderSpec)]
        for entry, spec in zip(entries, specs, strict=True):
            if spec.temporal != "single":
                raise ConfigError(f"{entry.id} makes a {spec.temporal}; a sequence takes degraders of single pictures")
        self.gives = frozenset[str]().union(*(spec.gives for spec in specs))
        self.degraders: list[Degrader] = [catalog.create("degraders", step["id"], step.get("config")) for step in steps]

    def draw(self, shape: tuple[int, ...], generator: torch.Generator) -> dict[str, Any]:
        """``steps``: id and seed of each; ``apply`` adds the parameters drawn from it."""
        seeds = draw_seeds(len(self.ids), generator)
        return {"steps": [{"id": name, "seed": seed} for name, seed in zip(self.ids, seeds, strict=True)]}

    def apply(self, clean: Tensor, parameters: Parameters) -> Observation:
        """N,C,H,W → the output of the last step; ``parameters`` contains those of each step."""
        recorded = parameters["steps"]
        if [step["id"] for step in recorded] != self.ids:
            raise ConfigError(f"these parameters belong to another sequence than {' → '.join(self.ids)}")
        done = Observation(degraded=clean, target=clean)
        steps = []
        curves = set[str | Transfer | None]()  # in which light each blur works
        for degrader, step in zip(self.degraders, recorded, strict=True):
            made = degrade_as_drawn(degrader, done.degraded, step)
            steps.append({**step, "parameters": dict(made.parameters)})
            curves |= {made.transfer} if "kernel" in made.conditions else set()
            done = _after(done, made, degrader, step["id"], told=len(curves) < 2)
        return Observation(
            degraded=done.degraded,
            target=done.target,
            conditions=done.conditions,
            parameters={"steps": steps},
            transfer=done.transfer,
        )


def _after(done: Observation, made: Observation, degrader: Degrader, name: str, *, told: bool) -> Observation:
    """The conditions after one more step; ``told``: whether one kernel can describe all blurs."""
    scale = int(done.conditions.get("scale", 1))
    target = done.target
    if made.target.shape != done.degraded.shape:
        top, left, height, width = (scale * side for side in kept_box(degrader, made, done.degraded, name))
        target = target[..., top : top + height, left : left + width]
    conditions = merged_conditions(done.conditions, made.conditions)
    if not told:
        conditions.pop("kernel", None)  # one blur of light, one of values: no kernel describes both
    transfer = made.transfer if "kernel" in made.conditions or made.transfer is not None else done.transfer
    return Observation(degraded=made.degraded, target=target, conditions=conditions, transfer=transfer)


def kept_box(degrader: Degrader, made: Observation, before: Tensor, name: str) -> tuple[int, int, int, int]:
    """The part of its input that a step kept as target: top, left, height, width in pixels.

    The step is replayed on a picture whose values are row numbers, and on one of column numbers; its target tells which
    of them are left.
    """
    box = []
    for axis in (2, 3):
        numbers = torch.arange(before.shape[axis], dtype=before.dtype, device=before.device)
        ramp = (numbers[:, None] if axis == 2 else numbers).expand_as(before).contiguous()
        kept = degrader.replay(ramp, made.parameters).target
        line = kept[0, 0, :, 0] if axis == 2 else kept[0, 0, 0, :]
        first, length = round(float(line[0])), len(line)
        if not torch.equal(line, numbers[first : first + length]) or kept.shape[:2] != before.shape[:2]:
            raise PluginError(f"{name}: its target is not a part of its input picture; remove it from the sequence")
        box += [first, length]
    return box[0], box[2], box[1], box[3]


def merged_conditions(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The conditions after two steps, from those of each."""
    merged = {**before, **after}
    if "scale" in before and "scale" in after:
        merged["scale"] = int(before["scale"]) * int(after["scale"])
    if "sigma" in before and "sigma" in after:
        merged["sigma"] = torch.where(after["sigma"] > 0, after["sigma"], before["sigma"])
    if "kernel" in after and int(before.get("scale", 1)) > 1:
        del merged["kernel"]
    elif "kernel" in before and "kernel" in after:
        merged["kernel"] = joined_kernels(before["kernel"], after["kernel"])
    return merged


def joined_kernels(first: Tensor, second: Tensor) -> Tensor:
    """The combined kernel of two blurs in a row: N,k,k and N,l,l → N,k+l−1,k+l−1."""
    reach = second.shape[-1] - 1
    padded = functional.pad(first[None], (reach, reach, reach, reach))
    return functional.conv2d(padded, second.flip(-1, -2)[:, None], groups=len(second))[0]
