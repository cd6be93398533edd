"""What intervals cost: a restorer alone and with the intervals of a head, in turns in one process, by processor time.

Run: python benchmarks/intervals.py [--side N] [--rounds N] [--threads N] [--engine NAME] [--restorer ID]
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from burnish.inference import Restorer, load_restorer, restore
from burnish.restorer.options import RestoreOptions
from burnish.uncertainty.head import Head
from torch import Tensor

CASES: Mapping[str, tuple[int, int, Mapping[str, object]]] = {
    "cnn/ffdnet:colour": (3, 0, {"sigma": 0.1}),
    "cnn/ffdnet:grey": (1, 0, {"sigma": 0.1}),
    "super-resolution/edsr:luma-x2": (3, 0, {}),
    "classical/nlm": (3, 0, {"sigma": 0.1}),
    "rnn/recurrent-deblur:moving-camera": (3, 5, {}),
    "rnn/convlstm-burst:burst-noise": (3, 8, {}),
}
"""Restorer → channels, frames (0: single pictures), conditions."""


def seconds(work: Callable[[], object]) -> float:
    """Of the processor, which other programs on a busy machine do not add to."""
    began = time.process_time()
    work()
    return time.process_time() - began


def measure(name: str, side: int, rounds: int, options: RestoreOptions) -> tuple[float, float, float]:
    """Seconds for each megapixel of estimates of the restorer, of the intervals, and the ratio of both to the first."""
    channels, frames, conditions = CASES[name]
    loaded: Restorer = load_restorer(name, {}, device="cpu")
    side //= loaded.scale * (2 if frames else 1)
    shape = (1, *([frames] if frames else []), channels, side, side)
    degraded = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    head, made = Head().eval(), list[Tensor]()

    def alone() -> None:
        made[:] = [restore(loaded, degraded, conditions, options).clamp(0.0, 1.0)]

    def beside() -> None:
        head.of_picture(degraded, made[0])

    alone()
    beside()
    pairs = [(seconds(alone), seconds(beside)) for _ in range(rounds)]
    pixels = made[0].numel() / channels / 1e6
    ratio = statistics.median((one + other) / one for one, other in pairs)
    one, other = (statistics.median(column) / pixels for column in zip(*pairs, strict=True))
    return one, other, ratio


def processor() -> str:
    """As the system calls it."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.is_file() else []
    named = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    flags = next((line for line in lines if line.startswith("flags")), "").split()
    return " ".join([named or platform.processor(), *(["AVX-512"] if "avx512f" in flags else [])])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=512, help="of an estimate in pixels; of clips and bursts half")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--engine", default="eager")
    parser.add_argument("--restorer", action="append", choices=CASES)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(f"{processor()}, {arguments.threads} thread(s), torch {torch.__version__}")
    print(f"{'':<38}{'s/MP alone':>12}{'s/MP interval':>15}{'with / alone':>14}")
    for name in arguments.restorer or CASES:
        one, other, ratio = measure(name, arguments.side, arguments.rounds, RestoreOptions(engine=arguments.engine))
        print(f"{name:<38}{one:>12.2f}{other:>15.2f}{ratio:>14.2f}", flush=True)


if __name__ == "__main__":
    main()
