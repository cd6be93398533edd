"""8 bits beside float32: ``python benchmarks/compression.py ID:WEIGHTS BENCHMARK CLEAN --data DIR``.

Compresses shipped weights by ``burnish compress`` on the pictures in DIR, scores both on a benchmark of other pictures,
and times them in turn in this process on the benchmark's first picture: plain torch in float32, and OpenVINO in float32
and with 8 bits. Medians; ratios to plain torch, larger is faster. One thread by default: two busy cores give no more.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import torch
from burnish.cli.main import main as burnish
from burnish.evaluation import evaluate
from burnish.evaluation.benchmarks.benchmark import Benchmark
from burnish.evaluation.benchmarks.benchmark_choice import choose_benchmark
from burnish.evaluation.benchmarks.resolved_benchmark import prepare
from burnish.evaluation.evaluate import observation_of
from burnish.inference import Restorer, load_bundle, load_restorer, restore
from burnish.inference.engines import machine
from burnish.plugins.catalog import installed
from burnish.restorer.options import RestoreOptions

ROUNDS = 7


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", metavar="ID:WEIGHTS")
    parser.add_argument("benchmark", metavar="BENCHMARK")
    parser.add_argument("clean", metavar="CLEAN", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="clean pictures to calibrate with")
    parser.add_argument("--loss", default="1", help="of burnish compress; by default all layers stay in 8 bits")
    parser.add_argument("--train-steps", default="", help="of burnish compress")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "small"
        more = ["--train-steps", arguments.train_steps] if arguments.train_steps else ["--loss", arguments.loss]
        words = ["compress", "--restorer", arguments.weights, "--data", str(arguments.data), "--out", str(out), *more]
        with contextlib.redirect_stdout(sys.stderr):
            status = burnish([*words, "--quiet"])
        if status:
            return status
        whole, small = load_restorer(arguments.weights, device="cpu"), load_bundle(out, device="cpu")
        asked = choose_benchmark(arguments.clean, arguments.benchmark, {}, catalog=installed())
        found = {name: scores(loaded, asked) for name, loaded in (("float32", whole), ("8 bits", small))}
        ratios = timed(whole, small, asked)
    kept = {way: "8 bits" if way.endswith("8 bits") else "float32" for way in ratios}
    rows = [
        {"weights": arguments.weights, "benchmark": arguments.benchmark, "way": way, "ratio": ratio, **found[kept[way]]}
        for way, ratio in ratios.items()
    ]
    if arguments.json:
        print(json.dumps(rows, indent=2))
    else:
        print(machine.processor(), *rows, sep="\n")
    return 0


def scores(loaded: Restorer, benchmark: Benchmark) -> dict[str, float]:
    """The mean of each metric."""
    done = evaluate(loaded, benchmark, RestoreOptions(precision="fp32"), quiet=True)
    return {id: round(one.mean, 4) for id, one in done.scores.items()}


def timed(whole: Restorer, small: Restorer, benchmark: Benchmark) -> dict[str, float]:
    """How many times as fast as plain torch each is."""
    resolved = prepare(whole, benchmark, installed())
    seen = observation_of(resolved.items[0], whole, benchmark, resolved)
    ways = {
        "torch": (whole, "eager"),
        "OpenVINO, float32": (whole, "openvino"),
        "OpenVINO, 8 bits": (small, "openvino"),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(ROUNDS + 1):
        for name, (loaded, engine) in ways.items():
            begun = time.perf_counter()
            restore(loaded, seen.degraded, seen.conditions, engine=engine, precision="fp32")
            if turn:
                seconds[name].append(time.perf_counter() - begun)
    plain = statistics.median(seconds["torch"])
    return {name: round(plain / statistics.median(found), 2) for name, found in seconds.items()}


if __name__ == "__main__":
    sys.exit(main())
