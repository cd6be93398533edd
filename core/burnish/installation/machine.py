"""The Python, the torch, the processor or GPU, and the room on the disk."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from burnish.installation.finding import Finding
from burnish.version import __version__

NVIDIA = Path("/proc/driver/nvidia/version")
"""Is there where a driver for NVIDIA's GPUs runs."""
LITTLE, TOO_LITTLE = 5e9, 0.2e9
"""Bytes: a training with its checkpoints, reports and scores may need the first; nothing works below the second."""


def python() -> Iterator[Finding]:
    """Its version."""
    version = platform.python_version_tuple()
    good = (int(version[0]), int(version[1])) >= (3, 11)
    fact = f"{platform.python_version()}, burnish {__version__}"
    yield Finding(name="python", good=good, fact=fact, mend="install Python 3.11 or newer")


def device() -> Iterator[Finding]:
    """Whether torch can be imported, and what it computes on."""
    if find_spec("torch") is None:
        mend = "pip install 'burnish[torch]'"
        yield Finding(
            name="torch", good=False, fact="is not installed: nothing can be restored", mend=mend, optional=True
        )
        return
    try:
        import torch
    except Exception as error:
        fact = f"cannot be imported: {' '.join(str(error).split())}"
        yield Finding(name="torch", good=False, fact=fact, mend="pip install --force-reinstall torch")
        return
    from burnish.inference.precision import native_bf16
    from burnish.training.resources.runtime import available_cores

    cuda = torch.cuda.is_available()
    place = torch.cuda.get_device_name(0) if cuda else f"CPU, {available_cores()} cores"
    bf16 = "with" if native_bf16(torch.device("cuda" if cuda else "cpu")) else "without"
    yield Finding(name="torch", good=True, fact=f"{torch.__version__} on {place}, {bf16} bfloat16 in hardware")
    if NVIDIA.exists() and not cuda:
        built = f"was built for CUDA {torch.version.cuda}" if torch.version.cuda else "was built without CUDA"
        fact = f"a GPU's driver is there, and torch {torch.__version__} does not reach it: it {built}"
        mend = "pip install --force-reinstall torch, in the build for the driver's CUDA (`nvidia-smi` shows it)"
        yield Finding(name="GPU", good=False, fact=fact, mend=mend, note=True)


def disk() -> Iterator[Finding]:
    """Free room where the current folder is."""
    free = shutil.disk_usage(Path.cwd()).free
    mend = "make room: `du -sh .burnish .dvc/cache` shows what runs and versions of data take"
    fact = f"{free / 1e9:.1f} GB are free here"
    yield Finding(name="disk", good=free >= LITTLE, fact=fact, mend=mend, note=TOO_LITTLE <= free < LITTLE)
