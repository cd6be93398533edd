"""The engines on the networks that ship, side by side in one process: `python benchmarks/engines.py [ID:WEIGHTS …]`.

Ratios to plain torch (eager, float32, its own memory layout), larger is faster, and the agreement in dB with it. One
thread by default, since that is what two busy cores give; a crop of a picture is restored, degraded by its benchmark's
kind of noise where it is a denoiser. Medians of interleaved calls. ``--json`` prints the records.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import torch
from burnish.inference import load_restorer
from burnish.inference.engines.racing import contenders, race
from burnish.inference.engines.records import Lap
from burnish.inference.tiling.job import make_job
from burnish.io import read_picture, to_tensor
from burnish.plugins import installed
from burnish.plugins.declarations import RestorerSpec

SIDE = 384
SIGMA = 15 / 255


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="ID:WEIGHTS")
    parser.add_argument("--picture", type=Path, help="default: noise")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--compile", action="store_true", help="torch's compiler as well: minutes for each network")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    found: list[dict[str, object]] = []
    for name in arguments.names or shipped():
        loaded = load_restorer(name)
        picture = crop(arguments.picture)[:, : max(loaded.channels)]
        told = {"sigma": SIGMA} if "sigma" in loaded.spec.needs else {}
        done = race(make_job(loaded, picture, told), contenders(loaded, compiled=arguments.compile))
        plain = next(lap for lap in done.laps if lap.engine == "eager" and not lap.channels_last)
        found += [row(name, lap, plain.rate) for lap in done.laps]
        out = sys.stderr if arguments.json else sys.stdout
        print(
            name,
            *(f"  {label(lap):<28} {result(lap, plain.rate)}" for lap in done.laps),
            sep="\n",
            file=out,
            flush=True,
        )
    if arguments.json:
        print(json.dumps(found, indent=2))


def shipped() -> list[str]:
    """The weights that ship, of networks for single pictures that need nothing but σ."""
    entries = installed().entries("restorers").values()
    able = [one for one in entries if isinstance(one.spec, RestorerSpec) and one.spec.temporal == "single"]
    return [f"{one.id}:{name}" for one in able if one.spec.needs <= {"sigma", "scale"} for name in one.spec.weights]


def crop(path: Path | None) -> torch.Tensor:
    if path is None:
        return torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    whole = to_tensor(read_picture(path))
    return whole.expand(1, 3, *whole.shape[-2:])[..., :SIDE, :SIDE].contiguous()


def label(lap: Lap) -> str:
    return f"{lap.engine} {lap.precision}{', channels last' if lap.channels_last else ''}"


def row(name: str, lap: Lap, plain: float) -> dict[str, object]:
    """A record for ``--json``."""
    if lap.refused:
        return {"network": name, "engine": label(lap), "refused": lap.refused}
    return {
        "network": name,
        "engine": label(lap),
        "ratio": plain / lap.rate,
        "agreement": lap.agreement,
        "seconds_to_start": lap.start,
    }


def result(lap: Lap, plain: float) -> str:
    if lap.refused:
        return f"refused: {lap.refused}"
    agreement = "" if lap.agreement is None else f", {lap.agreement:.0f} dB"
    return f"{plain / lap.rate:.2f}{agreement}, starts in {lap.start:.2f} s"


if __name__ == "__main__":
    main()
