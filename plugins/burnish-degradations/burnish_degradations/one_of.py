"""One of several degraders for every picture, drawn by weight: as when pictures come from several sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from burnish import DegraderSpec
from burnish.errors import ConfigError, PluginError
from burnish.plugins import Catalog, installed
from burnish.protocols import Degrader, Observation
from torch import Tensor

from burnish_degradations.drawing import draw_seeds
from burnish_degradations.replayable import Parameters, Replayable, degrade_as_drawn


class OneOf(Replayable):
    """y = dₖ(x) with k drawn for each picture; degraders of any plugin that reduce by the same factor, by their ids.

    ``gives`` and the conditions are what all of them give, as a number for each picture; ``scale`` as one for all.
    """

    def __init__(self, *, choices: Sequence[Mapping[str, Any]], catalog: Catalog | None = None) -> None:
        if not choices:
            raise ConfigError("one-of needs at least one choice, such as {id: degradations/jpeg}")
        catalog = catalog or installed()
        entries = [catalog.get("degraders", choice["id"]) for choice in choices]
        for entry in entries:
            if isinstance(entry.spec, DegraderSpec) and entry.spec.temporal != "single":
                raise ConfigError(f"{entry.id} makes a {entry.spec.temporal}; one-of takes degraders of pictures")
        self.ids = [entry.id for entry in entries]
        self.weights = torch.tensor([float(choice.get("weight", 1.0)) for choice in choices], dtype=torch.float64)
        self.degraders: list[Degrader] = [
            catalog.create("degraders", choice["id"], choice.get("config")) for choice in choices
        ]
        given = [
            frozenset(getattr(made, "gives", entry.spec.gives if isinstance(entry.spec, DegraderSpec) else ()))
            for made, entry in zip(self.degraders, entries, strict=True)
        ]
        self.gives = frozenset.intersection(*given) - {"kernel"}

    def draw(self, shape: tuple[int, ...], generator: torch.Generator) -> dict[str, Any]:
        """``chosen`` (number and id) and ``seed`` for each picture; ``apply`` adds the parameters drawn from it."""
        places = torch.rand(shape[0], generator=generator, dtype=torch.float64)
        reach = (self.weights / self.weights.sum()).cumsum(0)
        numbers = torch.searchsorted(reach, places, right=True).clamp_max(len(self.ids) - 1).tolist()
        seeds = draw_seeds(shape[0], generator)
        return {
            "pictures": [
                {"chosen": number, "id": self.ids[number], "seed": seed}
                for number, seed in zip(numbers, seeds, strict=True)
            ]
        }

    def apply(self, clean: Tensor, parameters: Parameters) -> Observation:
        """N,C,H,W → degraded N,C,H/s,W/s and its target, cropped as the choices crop; the conditions that all give."""
        made, recorded = [], []
        for picture, drawn in zip(torch.split(clean, 1), parameters["pictures"], strict=True):
            number = drawn["chosen"]
            if number >= len(self.ids) or drawn["id"] != self.ids[number]:
                raise ConfigError(f"these parameters belong to other choices than {', '.join(self.ids)}")
            one = degrade_as_drawn(self.degraders[number], picture, drawn)
            made.append(one)
            recorded.append({**drawn, "parameters": dict(one.parameters)})
        _check_sizes(made, [drawn["id"] for drawn in recorded])
        numbers = self.gives - {"scale"}
        conditions = {name: torch.cat([_each(one.conditions[name], clean) for one in made]) for name in numbers}
        conditions |= {"scale": made[0].conditions["scale"]} if "scale" in self.gives else {}
        return Observation(
            degraded=torch.cat([one.degraded for one in made]),
            target=torch.cat([one.target for one in made]),
            conditions=conditions,
            parameters={"pictures": recorded},
        )


def _check_sizes(made: Sequence[Observation], ids: Sequence[str]) -> None:
    """All pictures of a batch must have one size, and so must their targets."""
    sizes = [(tuple(one.degraded.shape[-2:]), tuple(one.target.shape[-2:])) for one in made]
    for size, id in zip(sizes, ids, strict=True):
        if size != sizes[0]:
            (small, large), (other, whole) = sizes[0], size
            raise PluginError(
                f"{ids[0]} makes {small} of {large}, but {id} makes {other} of {whole}; one-of needs degraders that "
                "reduce by the same factor"
            )


def _each(value: Any, clean: Tensor) -> Tensor:
    """A condition of one picture as a tensor of one element."""
    return torch.as_tensor(value, dtype=clean.dtype, device=clean.device).reshape(1)
