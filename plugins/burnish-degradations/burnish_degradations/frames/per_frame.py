"""A degrader of pictures applied to every frame of a clip, each with its own draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from burnish import DegraderSpec
from burnish.errors import ConfigError
from burnish.plugins import Catalog, installed
from burnish.protocols import Degrader, Observation
from torch import Tensor

from burnish_degradations.drawing import draw_seeds
from burnish_degradations.replayable import Parameters, ReplayableOfClips, degrade_as_drawn


class PerFrame(ReplayableOfClips):
    """yₜ = d(xₜ): one degrader of any plugin, named by its id; every frame has its own generator.

    ``sigma`` is the root mean square over a clip's frames: exact where the degrader's own is a number. A kernel a frame
    is more than the condition ``kernel`` can say; it is left out.
    """

    def __init__(
        self, *, degrader: str, config: Mapping[str, Any] | None = None, catalog: Catalog | None = None
    ) -> None:
        catalog = catalog or installed()
        entry = catalog.get("degraders", degrader)
        if isinstance(entry.spec, DegraderSpec) and entry.spec.temporal != "single":
            raise ConfigError(
                f"{entry.id} makes a {entry.spec.temporal}; per-frame needs a degrader of single pictures"
            )
        self.id = entry.id
        self.degrader: Degrader = catalog.create("degraders", degrader, config)

    def draw(self, shape: tuple[int, ...], generator: torch.Generator) -> dict[str, Any]:
        """``id`` of the degrader; ``frames``: a seed for each; ``apply`` adds the parameters drawn from it."""
        return {"id": self.id, "frames": [{"seed": seed} for seed in draw_seeds(shape[1], generator)]}

    def apply(self, clean: Tensor, parameters: Parameters) -> Observation:
        """N,T,C,H,W → N,T,C,h,w, target N,T,C,s·h,s·w; conditions ``sigma`` and ``scale``, if the degrader has them."""
        if parameters["id"] != self.id or len(parameters["frames"]) != clean.shape[1]:
            what = f"{len(parameters['frames'])} frames by {parameters['id']}"
            raise ConfigError(f"these parameters belong to {what}, not to {clean.shape[1]} frames by {self.id}")
        made, recorded = [], []
        for frame, drawn in zip(clean.unbind(dim=1), parameters["frames"], strict=True):
            made.append(degrade_as_drawn(self.degrader, frame, drawn))
            recorded.append({**drawn, "parameters": dict(made[-1].parameters)})
        conditions: dict[str, Any] = {key: made[0].conditions[key] for key in ("scale",) if key in made[0].conditions}
        if "sigma" in made[0].conditions:
            sigmas = torch.stack([one.conditions["sigma"] for one in made], dim=1)
            conditions["sigma"] = sigmas.square().mean(dim=1).sqrt()
        return Observation(
            degraded=torch.stack([one.degraded for one in made], dim=1),
            target=torch.stack([one.target for one in made], dim=1),
            conditions=conditions,
            parameters={"id": self.id, "frames": recorded},
            transfer=made[0].transfer,
        )
