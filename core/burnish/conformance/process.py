"""Watches what a piece of a plugin's code does to the process around it, and puts everything back."""

from __future__ import annotations

import contextlib
import io
import os
import random
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from burnish.restorer.notes import hearing


@dataclass
class Traces:
    """What was left, or done beside the work."""

    printed: str = ""
    """On standard output or standard error."""
    reached: list[str] = field(default_factory=list)
    """Addresses that it wanted to connect to, or names to look up."""
    written: list[str] = field(default_factory=list)
    """Files that it made or opened for writing, outside the folder of temporary files."""
    drawn: list[str] = field(default_factory=list)
    """Global random generators whose state is another one."""
    changed: list[str] = field(default_factory=list)
    """Settings of the process that have another value, as ``torch's default dtype: torch.float64``."""


def watched(work: Callable[[], object]) -> Traces:
    """Run it in an empty folder and without a network, and tell what it did; the process is afterwards as before."""
    traces = Traces()
    with undisturbed(), tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Unusual states, so that both seeding and drawing are seen.
        torch.manual_seed(0x5EED_0F_7E57)
        np.random.seed(0x5EED_0F7E)
        random.seed("a state of the kit's own")
        generators, settings = _generators(), _settings()
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), _listening(traces), hearing():
            work()
        traces.printed = said.getvalue()
        traces.drawn = [name for name, state in _generators().items() if state != generators[name]]
        found = _settings()
        traces.changed = [f"{name}: {found[name]}" for name, value in settings.items() if found[name] != value]
        left = (path.relative_to(folder) for path in sorted(Path(folder).rglob("*")) if path.is_file())
        traces.written = sorted({*traces.written, *map(str, left)})
    return traces


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put settings, random states, folder and environment back, whatever is done to them."""
    folder, environment = Path.cwd(), dict(os.environ)
    states = torch.get_rng_state(), np.random.get_state(), random.getstate()
    dtype, gradient, threads = torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads()
    strict = torch.are_deterministic_algorithms_enabled()
    device, precision = torch.get_default_device(), torch.get_float32_matmul_precision()
    errors = np.geterr()
    try:
        yield
    finally:
        torch.set_default_dtype(dtype)
        torch.set_grad_enabled(gradient)
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(strict)
        if torch.get_default_device() != device:
            torch.set_default_device(device)
        torch.set_float32_matmul_precision(precision)
        np.seterr(**errors)
        torch.set_rng_state(states[0])
        np.random.set_state(states[1])
        random.setstate(states[2])
        os.chdir(folder)
        if dict(os.environ) != environment:
            os.environ.clear()
            os.environ.update(environment)


def _generators() -> Mapping[str, object]:
    """The global random generators by name, with something that tells one state from another."""
    numpy: Any = np.random.get_state(legacy=False)
    return {
        "torch": torch.get_rng_state().numpy().tobytes(),
        "NumPy": (numpy["state"]["key"].tobytes(), int(numpy["state"]["pos"])),
        "Python": random.getstate(),
    }


def _settings() -> Mapping[str, object]:
    """What a piece of work finds in the process, and others after it."""
    return {
        "torch's default dtype": torch.get_default_dtype(),
        "torch's gradient mode": torch.is_grad_enabled(),
        "torch's number of threads": torch.get_num_threads(),
        "torch's deterministic algorithms": torch.are_deterministic_algorithms_enabled(),
        "torch's default device": torch.get_default_device(),
        "torch's precision of products": torch.get_float32_matmul_precision(),
        "NumPy's treatment of errors": np.geterr(),
        "the working folder": Path.cwd(),
        "the environment variables": dict(os.environ),
        "the module search path": list(sys.path),
    }


_heard: list[Traces] = []
"""Those that listen now; the last one counts."""
_hooked = False


@contextmanager
def _listening(traces: Traces) -> Iterator[None]:
    """Hear of every connection, which is refused, and of every file that is opened for writing."""
    global _hooked  # an audit hook cannot be removed
    if not _hooked:
        sys.addaudithook(_hear)
        _hooked = True
    _heard.append(traces)
    try:
        yield
    finally:
        _heard.pop()


def _hear(event: str, given: tuple[Any, ...]) -> None:
    if not _heard:
        return
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        address = given[1] if event in ("socket.connect", "socket.sendto") else given[0]
        _heard[-1].reached.append(str(address))
        raise OSError(f"no network while a plugin is checked: {address}")
    if event == "open" and isinstance(given[0], str | bytes | os.PathLike):
        mode, flags = given[1], given[2] if isinstance(given[2], int) else 0
        writing = any(letter in mode for letter in "wax+") if isinstance(mode, str) else bool(flags & _WRITING)
        if writing and _counts(path := str(Path(os.fsdecode(given[0])).absolute())):
            _heard[-1].written.append(path)


_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def _counts(path: str) -> bool:
    """Whether it is a file that a user would find: not a temporary one, a device, or Python's own cache."""
    return (
        not path.startswith((os.path.realpath(tempfile.gettempdir()), "/dev/", "/proc/")) and "__pycache__" not in path
    )
