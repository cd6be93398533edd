"""What `burnish --help` and `burnish list` cost beside an empty Python: processor time, wall time, memory.

Run: python benchmarks/startup.py
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path


def cost(words: list[str], runs: int = 15) -> tuple[float, float]:
    """Median processor and wall milliseconds of a process; byte code is cached as in any installation."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    figures = []
    for _ in range(runs + 1):
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(words, stdout=subprocess.DEVNULL, check=True, env=environment)
        after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - start
        figures.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall))
    return statistics.median(c for c, _ in figures[1:]) * 1e3, statistics.median(w for _, w in figures[1:]) * 1e3


def main() -> None:
    burnish = str(Path(sys.executable).with_name("burnish"))
    empty = cost([sys.executable, "-c", "pass"])
    print(f"{'':<28}{'processor ms':>14}{'×':>8}{'wall ms':>10}{'×':>8}")
    for words in (
        [sys.executable, "-c", "pass"],
        [burnish, "--help"],
        [burnish, "list", "restorers"],
        [burnish, "plugins"],
    ):
        mine = cost(words)
        name = " ".join([Path(words[0]).name, *words[1:]])
        print(f"{name:<28}{mine[0]:>14.1f}{mine[0] / empty[0]:>8.2f}{mine[1]:>10.1f}{mine[1] / empty[1]:>8.2f}")


if __name__ == "__main__":
    main()
