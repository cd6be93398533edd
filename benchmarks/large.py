"""Memory and time of every restorer on one large picture: `python benchmarks/large.py [ID …] [--megapixels 12]`.

Each runs as a process of its own (`burnish restore`), whose largest resident size the system tells at its end: all
of it counts, interpreter and libraries included. Networks run with fresh weights, which cost as much as trained ones.
Restorers of bursts and clips are given four frames of that size, those that enlarge what becomes that size.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np
from burnish.inference import load_restorer
from burnish.io import Picture, write_picture
from burnish.plugins.catalog import Entry, installed
from burnish.plugins.declarations import RestorerSpec
from burnish.restorer.bundle import write_bundle

FRAMES = 4
LIMIT_MIB = 8192


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ids", nargs="*", metavar="ID", help="default: all")
    parser.add_argument("--megapixels", type=float, default=12.0)
    parser.add_argument("--timeout", type=float, default=3600.0, help="seconds for one restorer")
    arguments = parser.parse_args()
    catalog = installed()
    ready = [entry for entry in catalog.entries("restorers").values() if not cast(RestorerSpec, entry.spec).suffixes]
    entries = [catalog.get("restorers", name) for name in arguments.ids] or ready
    print(f"{'restorer':<46}{'MiB':>8}{'s':>9}")
    with tempfile.TemporaryDirectory() as place:
        for entry in entries:
            print(line(entry, Path(place), arguments.megapixels, arguments.timeout), flush=True)


def line(entry: Entry, place: Path, megapixels: float, timeout: float) -> str:
    spec = cast(RestorerSpec, entry.spec)
    scale = int(spec.config.get("scale", {}).get("default", spec.scale[0]))
    several = spec.temporal != "single"
    source = place / (f"frames-{megapixels / scale**2:g}" if several else f"picture-{megapixels / scale**2:g}.png")
    if not source.exists():
        apart(write_pictures, source, megapixels / scale**2)
    target = place / "out" / (entry.id.replace("/", "-") + ("" if spec.temporal == "video" else ".png"))
    target.parent.mkdir(exist_ok=True)
    words = [sys.executable, "-m", "burnish.cli.main", "restore", str(source), str(target), "--quiet"]
    if spec.trainable:
        apart(write_fresh, entry.id, place / "bundle" / entry.id)
    words += ["--bundle", str(place / "bundle" / entry.id)] if spec.trainable else ["--restorer", entry.id]
    if "kernel" in spec.needs:
        np.save(place / "kernel.npy", np.full((15, 15), 1 / 225))
        words += ["--kernel", str(place / "kernel.npy")]
    if "sigma" in spec.needs:
        words += ["--sigma", "5/255"]
    begun = time.perf_counter()
    status, mebibytes, error = measured(words, timeout)
    seconds = time.perf_counter() - begun
    verdict = "" if mebibytes <= LIMIT_MIB else f"  more than {LIMIT_MIB} MiB"
    if status:
        verdict = f"  failed with status {status}: {error}"
    return f"{entry.id:<46}{mebibytes:>8.0f}{seconds:>9.1f}{verdict}"


def measured(words: list[str], timeout: float) -> tuple[int, float, str]:
    """Exit status, largest resident MiB and last error line of a process; status 124 where it took too long."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=errors)
        end = time.monotonic() + timeout
        while True:
            found, status, usage = os.wait4(process.pid, os.WNOHANG)
            if found:
                break
            if time.monotonic() > end:
                process.kill()
                _, _, usage = os.wait4(process.pid, 0)
                return 124, usage.ru_maxrss / 1024, f"not done after {timeout:.0f} s"
            time.sleep(0.2)
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        lines = errors.read().decode(errors="replace").strip().splitlines()
    return process.returncode, usage.ru_maxrss / 1024, lines[-1] if lines else ""


def apart(work: Callable[..., None], *words: object) -> None:
    """Run in another process: what this one grows by would count for those that it starts."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=words)
    process.start()
    process.join()
    assert process.exitcode == 0


def write_pictures(source: Path, megapixels: float) -> None:
    """A 4:3 picture of smooth shapes and noise, or where ``source`` has no suffix a folder of such frames."""
    height = int((megapixels * 1e6 * 3 / 4) ** 0.5)
    width = height * 4 // 3
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    shapes = 127 + 60 * np.sin(x / 31) * np.cos(y / 47) + 40 * ((x // 64 + y // 48) % 2)
    generator = np.random.default_rng(0)
    for index in range(1 if source.suffix == ".png" else FRAMES):
        noisy = shapes[:, :, None] + generator.normal(0, 5, (height, width, 3))
        path = source if source.suffix == ".png" else source / f"{index}.png"
        path.parent.mkdir(exist_ok=True)
        write_picture(path, Picture(pixels=noisy.clip(0, 255).astype(np.uint8)))


def write_fresh(name: str, folder: Path) -> None:
    """A bundle of fresh weights at the default configuration."""
    import torch

    loaded = load_restorer(name, device="cpu", untrained=True)
    assert isinstance(loaded.restorer, torch.nn.Module)
    write_bundle(
        folder,
        restorer=loaded.id,
        config=loaded.config,
        weights=loaded.restorer.state_dict(),
        distribution=loaded.distribution,
        version=loaded.version,
    )


if __name__ == "__main__":
    main()
