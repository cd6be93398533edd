"""What more frames are worth: short trainings of a network of several frames and of its twin of one, side by side.

``burst``: super-resolution/burst-sr with eight frames and with one, on degradations/burst. ``clip``:
rnn/recurrent-deblur and its twin with ``recurrent: false`` (the same weights and multiplications), on
degradations/frame-average of crops that slide over photographs, judged on such crops and on a clip that neither has
seen.

Run: python benchmarks/frames.py {burst,clip} --train DIR --test DIR [--clip DIR] [--steps N]
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from burnish.io import list_pictures, read_clean
from burnish.plugins.catalog import installed
from burnish.protocols import Degrader, Observation
from burnish.training import charbonnier
from moving import crops, sliding
from torch import Tensor, nn

BURST = {"shift": 2.0, "rotation": 0.0, "length": 0.0, "noise": 0.01, "scale": 2}
Draw = Callable[[torch.Generator], Observation]
"""A training batch, drawn and degraded."""


def trained(restorer: nn.Module, draw: Draw, steps: int) -> nn.Module:
    optimizer = torch.optim.AdamW(restorer.parameters(), lr=0.0, weight_decay=0.0)
    generator = torch.Generator().manual_seed(1)
    for step in range(steps):
        rate = 2e-3 * min(1.0, (step + 1) / 30) * max(0.02, 0.5 * (1 + math.cos(math.pi * step / steps)))
        optimizer.param_groups[0]["lr"] = rate
        observation = draw(generator)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            estimate = restorer(observation.degraded)
        optimizer.zero_grad()
        charbonnier(estimate, observation.target).backward()
        nn.utils.clip_grad_norm_(restorer.parameters(), 1.0)
        optimizer.step()
    return restorer.eval()


def quality(restorer: nn.Module, observations: list[Observation]) -> float:
    with torch.no_grad():
        errors = [(restorer(o.degraded).clamp(0, 1) - o.target).square().mean() for o in observations]
    return float(torch.stack([-10 * error.log10() for error in errors]).mean())


def compare(makers: dict[str, Callable[[], Any]], draws: dict[str, Draw], tests: dict[str, Any], steps: int) -> None:
    """``tests``: set → network → observations."""
    print(f"{'':<28}{'seconds':>9}" + "".join(f"{name:>12}" for name in tests))
    for name, make in makers.items():
        torch.manual_seed(0)
        fresh = make().eval()
        before = [quality(fresh, found[name]) for found in tests.values()]
        began = time.perf_counter()
        restorer = trained(fresh.train(), draws[name], steps)
        seconds = time.perf_counter() - began
        after = [quality(restorer, found[name]) for found in tests.values()]
        print(f"{name + ', fresh':<28}{'':>9}" + "".join(f"{value:>12.2f}" for value in before))
        print(f"{name:<28}{seconds:>9.0f}" + "".join(f"{value:>12.2f}" for value in after), flush=True)


def burst(train: list[Tensor], test: list[Tensor], steps: int) -> None:
    catalog, pictures = installed(), [picture[..., 100:260, 100:260] for picture in test]
    makers, draws, found = {}, {}, {}
    for frames in (1, 8):
        degrader: Degrader = catalog.create("degraders", "degradations/burst", {**BURST, "frames": frames})
        name = f"{frames} frame{'s' if frames > 1 else ''}"
        makers[name] = lambda: catalog.create("restorers", "super-resolution/burst-sr", {"scale": 2})
        draws[name] = lambda g, degrader=degrader: degrader(crops(train, 8, 92, g), g)
        found[name] = [degrader(p, torch.Generator().manual_seed(i)) for i, p in enumerate(pictures)]
    compare(makers, draws, {"burst x2": found}, steps)


def clip(train: list[Tensor], test: list[Tensor], unseen: Tensor | None, steps: int) -> None:
    catalog, generator = installed(), torch.Generator().manual_seed(99)
    degrader: Degrader = catalog.create("degraders", "degradations/frame-average", {"window": 5})
    makers, tests = {}, {"sliding": [degrader(sliding(test, 4, 15, 96, generator), generator)]}
    for recurrent in (False, True):
        config = {"recurrent": recurrent}
        makers["recurrent" if recurrent else "single frames"] = lambda config=config: catalog.create(
            "restorers", "rnn/recurrent-deblur", config
        )
    if unseen is not None:
        tests["clip"] = [degrader(unseen, generator)]
    draws = dict.fromkeys(makers, lambda g: degrader(sliding(train, 4, 25, 64, g), g))
    compare(makers, draws, {name: dict.fromkeys(makers, found) for name, found in tests.items()}, steps)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["burst", "clip"])
    parser.add_argument("--train", type=Path, required=True, help="folder of photographs")
    parser.add_argument("--test", type=Path, required=True, help="folder of others")
    parser.add_argument("--clip", type=Path, help="folder of a clip's frames; the middle 256×256 of 15 is looked at")
    parser.add_argument("--steps", type=int, default=280)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    train, test = (
        [read_clean(p, "rgb") for p in list_pictures(folder)] for folder in (arguments.train, arguments.test)
    )
    if arguments.what == "burst":
        burst(train, test[:10], arguments.steps)
        return
    unseen = None
    if arguments.clip:
        frames = torch.stack([read_clean(path, "rgb")[0] for path in list_pictures(arguments.clip)[:15]])[None]
        y, x = ((side - 256) // 2 for side in frames.shape[-2:])
        unseen = frames[..., y : y + 256, x : x + 256]
    clip(train, test[:10], unseen, arguments.steps)


if __name__ == "__main__":
    main()
