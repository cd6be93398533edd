"""The machine of a training: device, processes and threads, and which of them change the last bits."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from burnish.errors import ConfigError
from burnish.inference.loading.load import choose_device
from burnish.inference.precision import native_bf16
from burnish.recipe.training import TrainingSettings
from burnish.training.resources.runtime import available_cores, world

FACTS = ("device", "processes", "threads")
"""Facts of a training that are the machine's, not the recipe's; so is ``precision`` where the recipe says ``auto``."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """One kind of machine; trainings on machines that are equal in all of it give the same bits."""

    device: torch.device
    """Of each process; of several GPUs it has no number."""
    name: str
    """``cpu (x86_64, AVX512)``, or the GPU's."""
    precision: str
    """``fp32`` or ``bf16``."""
    processes: int
    """How many train together."""
    threads: int
    """Of each process."""

    @property
    def kind(self) -> str:
        """A name for folders: ``cpu-2`` for one process with two threads, ``cuda-4x8`` for four with eight each."""
        several = f"{self.processes}x" if self.processes > 1 else ""
        return f"{self.device.type}-{several}{self.threads}"

    def as_json(self) -> dict[str, object]:
        """All of it as plain JSON values."""
        return {
            "device": self.device.type,
            "name": self.name,
            "precision": self.precision,
            "processes": self.processes,
            "threads": self.threads,
        }


def find_machine(settings: TrainingSettings, device: str = "auto") -> Machine:
    """What this machine gives to a training with these settings.

    Processes that ``torchrun`` started are as many as it says. Else ``training.devices`` decides: ``auto`` is one for
    each visible GPU, or one on a CPU; a number is so many GPUs, or so many processes on a CPU. Threads are the
    recipe's ``cores``, or all that may be used, shared among the processes of this machine.

    Raises:
        ConfigError: There are fewer GPUs, or the batch cannot be split evenly.
        UsageError: There is no such device.
    """
    chosen = choose_device(device)
    started = world()[1]
    processes = started if "WORLD_SIZE" in os.environ else _wanted(settings, chosen)
    if settings.batch % processes:
        raise ConfigError(
            f"training.batch {settings.batch} cannot be split evenly over {processes} processes; make it a multiple, "
            "or set training.devices to a number that divides it"
        )
    here = int(os.environ.get("LOCAL_WORLD_SIZE", processes))
    return Machine(
        device=chosen,
        name=_name(chosen),
        precision=_precision(settings.precision, chosen),
        processes=processes,
        threads=max(1, (settings.cores or available_cores()) // here),
    )


def disagreements(settings: TrainingSettings, names: list[str]) -> list[str]:
    """Those of the names of differing facts that make it another training, and not the same one on another machine."""
    machines = {*FACTS, *(["precision"] if settings.precision == "auto" else [])}
    return [name for name in names if name not in machines]


def same_kind(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Whether two machines, as JSON, give the same bits; what an older checkpoint does not tell counts as equal."""
    return all(one[key] == other[key] for key in one.keys() & other.keys() if key != "from_step")


def _wanted(settings: TrainingSettings, device: torch.device) -> int:
    wanted = settings.devices
    if device.type == "cpu" or wanted == 1:
        return 1 if wanted == "auto" else wanted
    if device.type != "cuda":
        if wanted == "auto":
            return 1
        raise ConfigError(f"training.devices {wanted}: several processes train on GPUs or on a CPU, not on {device}")
    there = 1 if device.index is not None else torch.cuda.device_count()
    if wanted == "auto":
        return there
    if wanted > there:
        given = f"{device} is one" if device.index is not None else f"{there} can be seen"
        raise ConfigError(f"training.devices {wanted} needs that many GPUs, but {given}; lower it, or set auto")
    return wanted


def _precision(wanted: str, device: torch.device) -> str:
    """bf16 where the device multiplies it in hardware: measured two to four times as fast for convolutions."""
    if wanted == "auto":
        return "bf16" if native_bf16(device) else "fp32"
    return wanted


def _name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "cpu":
        return f"cpu ({platform.machine()}, {torch.backends.cpu.get_cpu_capability()})"
    return str(device)
