"""The lineage of an evaluation: distributions and versions of restorer, degraders and metrics, and the device."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from typing import TYPE_CHECKING

import torch

from burnish.evaluation.benchmarks.benchmark import Benchmark
from burnish.version import __version__

if TYPE_CHECKING:
    from burnish.inference import Restorer
    from burnish.plugins.catalog import Catalog


def lineage(loaded: Restorer, benchmarks: Iterable[Benchmark], catalog: Catalog | None = None) -> dict[str, object]:
    """Restorer, bundle, plugin distributions with versions, and machine, as JSON values."""
    from burnish.plugins.catalog import installed

    catalog = catalog if catalog is not None else installed()
    plugins = {loaded.distribution: loaded.version}
    for benchmark in benchmarks:
        entries = [catalog.get("metrics", name) for name in benchmark.metrics]
        if benchmark.degrader is not None:
            entries.append(catalog.get("degraders", benchmark.degrader))
        plugins |= {entry.distribution: entry.version for entry in entries}
    return {
        "restorer": {"id": loaded.id, "config": dict(loaded.config), "origin": loaded.origin},
        "bundle": _bundle(loaded),
        "burnish": __version__,
        "plugins": dict(sorted(plugins.items())),
        "device": device_name(loaded.device),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
    }


def device_name(device: torch.device) -> str:
    """``cuda:0 (NVIDIA …)`` or ``cpu (x86_64)``."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()
    return f"{device} ({name})"


def _bundle(loaded: Restorer) -> dict[str, object] | None:
    if loaded.bundle is None:
        return {"file_sha256": loaded.content} if loaded.content else None
    bundle = loaded.bundle
    return {"weights_sha256": bundle.weights_sha256, "created": bundle.created, "lineage": bundle.lineage}
