"""Weights of another project for a restorer that is installed: their names are translated, and all must fit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from burnish.errors import BundleError, UsageError
from burnish.restorer.checkpoint import read_checkpoint

COUNTER = "num_batches_tracked"
"""End of the names of batch normalisation's counters, which older files lack and estimates do not depend on."""
SHOWN = 4
"""So many names are listed in an error."""

Rename = tuple[str, str]
"""Beginning of a name in the file, and what stands in its place."""


def read_weights(path: Path, key: str = "") -> dict[str, Tensor]:
    """The named tensors of a file, on the CPU.

    Args:
        path: ``.safetensors``, or what ``torch.save`` wrote of tensors.
        key: Of files with several dictionaries of weights (``params``, ``params_ema``), the one that is meant.

    Raises:
        BundleError: As ``read_checkpoint``.
        UsageError: There is no such dictionary, or several and none is named.
    """
    found = read_checkpoint(path)
    inner = {name: dict(value) for name, value in found.items() if isinstance(value, Mapping) and _tensors(value)}
    if key and key not in inner:
        raise UsageError(
            f"{path}: has no dictionary of weights {key!r}; it has {_listed(inner) or 'none, remove --key'}"
        )
    if not key and not _tensors(found) and len(inner) > 1:
        raise UsageError(f"{path}: has several dictionaries of weights; choose one with --key: {_listed(inner)}")
    chosen = inner[key] if key else found if _tensors(found) else next(iter(inner.values()))
    return {str(name): value for name, value in chosen.items() if isinstance(value, Tensor)}


def renamed(weights: Mapping[str, Tensor], renames: Sequence[Rename], path: Path) -> dict[str, Tensor]:
    """The weights under their new names; of several beginnings that fit a name, the longest counts.

    Raises:
        UsageError: No name begins so, or two names become one.
    """
    names = {name: _renamed(name, renames) for name in weights}
    if idle := [old for old, _ in renames if not any(name.startswith(old) for name in weights)]:
        raise UsageError(f"{path}: no name begins with {idle[0]}; its names are {_listed(weights)}")
    made = {new: weights[old] for old, new in names.items()}
    if len(made) < len(weights):
        twice = next(new for new in made if list(names.values()).count(new) > 1)
        raise UsageError(f"{path}: two names become {twice}; rename them apart")
    return made


def fill_foreign(
    network: nn.Module, weights: Mapping[str, Tensor], *, zero: Collection[str], path: Path, subject: str
) -> None:
    """Put weights into a network; every tensor of the file has a place, and every place a tensor of its shape.

    Args:
        network: What they are for.
        weights: By the network's own names.
        zero: Biases that the file does not have, and that are zero.
        path: The file, for errors.
        subject: The restorer, for errors.

    Raises:
        BundleError: Names are left over or missing, or shapes differ; names them and the mend.
        UsageError: A name in ``zero`` is no bias that the file lacks.
    """
    own = network.state_dict()
    given = dict(weights)
    for name in zero:
        if name not in own or name in given or not name.endswith("bias"):
            raise UsageError(f"{path}: {name} is no bias of {subject} that the file lacks; remove it from --zero")
        given[name] = torch.zeros_like(own[name])
    given |= {name: value for name, value in own.items() if name.endswith(COUNTER) and name not in given}
    missing, over = [name for name in own if name not in given], [name for name in given if name not in own]
    if missing or over:
        facts = [("it lacks", missing), ("it has besides", over)]
        told = "; ".join(f"{fact} {_listed(names)}" for fact, names in facts if names)
        mend = "translate names with --rename OLD=NEW, and check the settings (--set)"
        if not over and all(name.endswith("bias") for name in missing):
            mend = "of a network without these biases, say so with --zero NAME for each"
        raise BundleError(f"{path}: does not fit {subject}: {told}; {mend}")
    for name, value in given.items():
        if value.shape != own[name].shape:
            raise BundleError(
                f"{path}: {name} is {_shape(value)}, in {subject} {_shape(own[name])}; check the settings (--set)"
            )
    network.load_state_dict(given)


def _renamed(name: str, renames: Sequence[Rename]) -> str:
    fitting = [(old, new) for old, new in renames if name.startswith(old)]
    old, new = max(fitting, key=lambda one: len(one[0]), default=("", ""))
    return new + name[len(old) :]


def _tensors(value: Mapping[str, object]) -> bool:
    return any(isinstance(one, Tensor) for one in value.values())


def _shape(value: Tensor) -> str:
    return "×".join(map(str, value.shape)) or "one number"


def _listed(names: Collection[str]) -> str:
    first = ", ".join(list(names)[:SHOWN])
    return first + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
