"""What share of a training is spent on its batches, for each form of data: `python benchmarks/loading.py`.

Makes 8 pictures of 512×512 pixels in a temporary folder: clean ones; pairs; noisy ones alone; two shots of each. Trains
the same network (DnCNN of 0.49 M parameters, batches of 4 patches of 96 pixels) on each, with all cores. Pictures are
decoded before the first step and kept in memory; per step patches are cut, augmented, stacked. Told: the share of the
time between the first and the last batch that went into making batches, and the processor time per core in that time.
Other work on the machine lowers the second.
"""

from __future__ import annotations

import argparse
import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from burnish.cli.main import main as burnish
from burnish.io import Picture, write_picture
from burnish.training.data.observed_patches import ObservedPatches
from burnish.training.data.patches import TrainingPatches
from burnish.training.resources.runtime import available_cores

RECIPE = """
model: loading
restorer: {{id: cnn/dncnn, config: {{channels: 1, depth: 15, features: 64, norm: none, unshuffle: 2}}}}
data: {data}
{rest}
"""
TRAINING = """
training: {{learner: {{id: {learner}}}, budget: {{steps: {steps}}}, batch: 4, patch: 96, augment: [flip, rotate]}}
"""
NOISE = "degrader: {id: degradations/gaussian-noise, config: {sigma: 0.098}}"
FORMS = {
    "clean pictures, degraded": ("{root: clean}", NOISE, "burnish/supervised"),
    "pairs": ("{root: pairs, degraded: noisy, clean: clean}", "", "burnish/supervised"),
    "noisy pictures alone": ("{root: pairs, degraded: noisy}", "", "self-supervised/neighbor2neighbor"),
    "shots": ("{root: shots, shots: noisy}", "", "self-supervised/noise2noise"),
}
"""Name → data, degrader, learner."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=200)
    steps = parser.parse_args().steps
    with tempfile.TemporaryDirectory(prefix="burnish-loading-") as folder, contextlib.chdir(folder):
        draw_pictures(Path())
        print(f"{'form of data':<26} {'steps/s':>8} {'batches':>8} {'busy, per core':>15}", flush=True)
        for form, (data, degrader, learner) in FORMS.items():
            rest = degrader + TRAINING.format(learner=learner, steps=steps)
            Path("r.yaml").write_text(RECIPE.format(data=data, rest=rest), encoding="utf-8")
            with timed() as times:
                burnish(["train", "r.yaml", "--out", "bundle", "--quiet", "--no-resume"])
            wall, busy = (last - first for first, last in zip(times[0][:2], times[-1][:2], strict=True))
            batches = sum(seconds for *_, seconds in times[:-1])
            cores = available_cores()
            speed = (len(times) - 1) / wall
            print(f"{form:<26} {speed:8.1f} {batches / wall:8.2%} {busy / wall / cores:15.1%}", flush=True)


def draw_pictures(root: Path) -> None:
    """The three folders, each with pictures to train on and two to validate."""
    draw = np.random.default_rng(0)
    for index in range(8):
        split = "validation" if index > 5 else "train"
        clean = np.kron(draw.integers(0, 256, (64, 64, 1)), np.ones((8, 8, 1))).astype(np.uint8)
        noisy = [(clean + draw.normal(0, 25, clean.shape)).round().clip(0, 255).astype(np.uint8) for _ in range(2)]
        files = {f"clean/{split}/{index}.png": clean, f"pairs/{split}/clean/{index}.png": clean}
        files |= {f"pairs/{split}/noisy/{index}.png": noisy[0]}
        files |= {f"shots/{split}/noisy/{index}/{shot}.png": pixels for shot, pixels in enumerate(noisy)}
        for name, pixels in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            write_picture(root / name, Picture(pixels=pixels))


@contextlib.contextmanager
def timed() -> Iterator[list[tuple[float, float, float]]]:
    """Of every batch: time and processor time when it was asked for, and the seconds until it was there."""
    times: list[tuple[float, float, float]] = []
    originals: dict[Any, Callable[..., Any]] = {kind: kind.__getitem__ for kind in (TrainingPatches, ObservedPatches)}

    def measured(original: Callable[..., Any]) -> Callable[..., Any]:
        def batch(self: Any, step: int) -> Any:
            start, processor = time.perf_counter(), time.process_time()
            found = original(self, step)
            times.append((start, processor, time.perf_counter() - start))
            return found

        return batch

    for kind, original in originals.items():
        kind.__getitem__ = measured(original)
    try:
        yield times
    finally:
        for kind, original in originals.items():
            kind.__getitem__ = original


if __name__ == "__main__":
    main()
