"""The deterministic part of a benchmark's degradation, with which an estimate is degraded again: where it is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

from burnish.data.items import Item
from burnish.data.known import read_known
from burnish.errors import EvaluationError
from burnish.inference.consistency import undone_tasks
from burnish.ops.redegrading import Redegradation
from burnish.ops.transfer import transfer_named
from burnish.plugins.declarations import DegraderSpec
from burnish.protocols import LinearOperator, Observation
from burnish.restorer.learned import Undone, undone_in

if TYPE_CHECKING:
    from burnish.evaluation.benchmarks.benchmark import Benchmark
    from burnish.inference import Restorer
    from burnish.plugins.catalog import Catalog

PROBE = (1, 1, 96, 96)
"""A flat grey picture, on which is seen whether a degrader draws anything."""


@dataclass(frozen=True, kw_only=True)
class Redegrading:
    """How the estimates of a benchmark are degraded again, and what they are compared with."""

    shrink: Callable[[Tensor], Tensor] | None = None
    """What makes pictures smaller, the degrader's own operator; None: nothing does."""
    blurs: bool = False
    """Whether a blur belongs to it, whose kernel every observation must tell."""

    def __call__(self, picture: Tensor, observation: Observation) -> tuple[Tensor, Tensor]:
        """Degrade a picture of the target's size again: as blurred and as much smaller as the observation, noise-free.

        Args:
            picture: 1,C,H,W.
            observation: What it was restored from, of one picture.

        Returns:
            1,C,h,w, and 1,2,C,h,w: the observation, and its noise's standard deviation; both without the border that
            depends on what the blur saw beyond the picture.

        Raises:
            EvaluationError: The observation does not tell the kernel.
        """
        told = observation.conditions
        if self.blurs and "kernel" not in told:
            raise EvaluationError("no single kernel says its blur, so that the estimate cannot be degraded again")
        kernel = torch.as_tensor(told["kernel"]).reshape(told["kernel"].shape[-2:]) if "kernel" in told else None
        curve = observation.transfer
        again = Redegradation(
            kernel=kernel,
            curve=transfer_named(curve) if isinstance(curve, str) else curve,
            scale=int(told.get("scale", 1)),
            shrink=self.shrink,
        )
        seen = observation.degraded.float().cpu()
        sigma = torch.as_tensor(told.get("sigma", 0.0)).float().reshape(-1)[0]
        both = torch.stack([seen, sigma.expand_as(seen)], dim=1)
        return _inside(again(picture), again.margin), _inside(both, again.margin)


def redegrading(
    loaded: Restorer, benchmark: Benchmark, items: Sequence[Item], catalog: Catalog, *, metric: str
) -> Redegrading:
    """How a benchmark's estimates are degraded again.

    Known are noise (the identity), blurs whose kernel the observations tell, and reductions by a linear operator in
    which nothing is random, alone or one after the other, noise last. Of degraded files: a blur whose kernel and noise
    are told, or, for a restorer that only denoises, noise of told σ.

    Args:
        loaded: The restorer.
        benchmark: The benchmark.
        items: Its images.
        catalog: What is installed.
        metric: Who asks, for messages.

    Raises:
        EvaluationError: The degradation, or its noise, is not known, or is none of these.
    """
    if benchmark.degrader is None:
        return _of_files(loaded, benchmark, items, metric)
    whole = {"id": catalog.get("degraders", benchmark.degrader).id, "config": dict(benchmark.degrader_config)}
    steps, made = list(undone_in(whole, catalog)), Redegrading()
    for number, one in enumerate(steps):
        spec = cast(DegraderSpec, catalog.get("degraders", one.id).spec)
        noise = spec.temporal == "single" and one.tasks == {"denoise"}
        last = all(other.tasks == {"denoise"} for other in steps[number:])
        shrink = None if noise or spec.temporal != "single" or made.shrink else _fixed(one, spec, catalog)
        if shrink is not None:
            made = replace(made, shrink=shrink)
        elif spec.temporal == "single" and "kernel" in spec.gives and not _chooses(whole):
            made = replace(made, blurs=True)
        elif not (noise and last):
            raise EvaluationError(
                f"{metric} degrades the estimate again, and what {one.id} does here cannot be repeated without its "
                "randomness; use a degrader of noise, a blur whose kernel is told, or degradations/bicubic"
            )
    return made


def _chooses(value: object) -> bool:
    """Whether one of several degraders is drawn, so that no kernel is told."""
    if isinstance(value, Mapping):
        return "choices" in value or any(_chooses(item) for item in value.values())
    return isinstance(value, list | tuple) and any(_chooses(item) for item in value)


def _fixed(one: Undone, spec: DegraderSpec, catalog: Catalog) -> Callable[[Tensor], Tensor] | None:
    """The linear operator of a degrader that makes pictures smaller, if it draws nothing."""
    if not spec.linear or one.tasks != {"super-resolve"}:
        return None
    made = catalog.create("degraders", one.id, dict(one.config))
    drawn = made(torch.full(PROBE, 0.5), torch.Generator().manual_seed(0)).parameters
    return made.A if isinstance(made, LinearOperator) and not drawn else None


def _of_files(loaded: Restorer, benchmark: Benchmark, items: Sequence[Item], metric: str) -> Redegrading:
    blurred = [item for item in items if item.kernel is not None]
    whole = len(blurred) == len(items) or (not blurred and undone_tasks(loaded) == {"denoise"})
    if benchmark.shots is not None or loaded.scale != 1 or loaded.spec.temporal != "single" or not whole:
        raise EvaluationError(
            f"{metric} degrades the estimate again, and how these pictures were degraded is not known; give the kernel "
            "of each, or use it with a degrader, or with a restorer that removes noise alone"
        )
    for item in items:
        assert item.observed is not None
        if benchmark.sigma is None and "sigma" not in read_known(item.observed).conditions:
            raise EvaluationError(
                f"{metric} needs the noise of {item.name}, to tell what it does not explain; give sigma, or write it "
                f"into {item.observed.stem}.json"
            )
    return Redegrading(blurs=bool(blurred))


def _inside(picture: Tensor, margin: int) -> Tensor:
    height, width = picture.shape[-2:]
    return picture[..., margin : height - margin, margin : width - margin]
