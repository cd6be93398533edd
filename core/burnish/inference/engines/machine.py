"""The machine that engines are raced on, and where the results are kept."""

from __future__ import annotations

import os
import platform
from functools import cache as once
from importlib import metadata
from pathlib import Path

ENGINES = ("torch", "onnx", "onnxruntime", "openvino")
"""The distributions whose versions decide how fast an engine is."""


def cache() -> Path:
    """``$XDG_CACHE_HOME/burnish/engines``, else ``~/.cache/burnish/engines``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "burnish" / "engines"


@once
def processor() -> str:
    """Its name, and which of the units that decide how fast networks are it has."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    found = dict(line.split(":", 1) for line in reversed(lines) if ":" in line)
    facts = {key.strip(): value.strip() for key, value in found.items()}
    flags = set(facts.get("flags", "").split())
    units = [unit for unit in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if unit in flags]
    return " ".join([facts.get("model name", name), *units])


@once
def versions() -> dict[str, str]:
    """Of the engines that are installed."""
    found = {}
    for name in ENGINES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
