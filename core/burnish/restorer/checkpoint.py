"""Reads the tensors of a file of weights, as other projects publish them; nothing in the file can run code."""

from __future__ import annotations

import pickle
import re
import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from burnish.errors import BundleError

__all__ = ["read_checkpoint"]

_GLOBAL = re.compile(r"(?:Unsupported global: GLOBAL|GLOBAL) (\S+)")
"""How torch's restricted unpickler names what a file wants to run."""


def read_checkpoint(path: Path) -> dict[str, object]:
    """The names and tensors of a file, some of them in dictionaries within, as its author stored them; on the CPU.

    ``.safetensors`` holds tensors alone; all else is read by torch's unpickler of tensors and plain values, which
    refuses everything that would be called.

    Args:
        path: The file.

    Raises:
        BundleError: It is missing, truncated, no checkpoint, or holds more than weights; names file, fact and mend.
    """
    if not path.is_file():
        raise BundleError(f"{path}: there is no such file; give the path of a checkpoint")
    try:
        if path.suffix.lower() == ".safetensors":
            return dict(load_file(path))
        with warnings.catch_warnings(action="ignore"):  # of a TorchScript archive, which is refused
            found: object = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, SafetensorError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise BundleError(f"{path}: {_fact(error)}; download or copy it again") from error
    except pickle.UnpicklingError as error:
        if named := _GLOBAL.search(str(error)):
            raise BundleError(
                f"{path}: holds {named[1].rstrip('.,')}, which is code and not weights, and is never run; "
                "get the weights alone, best as .safetensors"
            ) from error
        raise BundleError(f"{path}: {_fact(error)}; download or copy it again") from error
    if not isinstance(found, Mapping) or not any(map(_has_tensors, found.values())):
        raise BundleError(f"{path}: holds no named weights; give a state dict (`torch.save(model.state_dict(), …)`)")
    return {str(name): value for name, value in found.items()}


def _fact(error: BaseException) -> str:
    words = " ".join(str(error).split())
    if "TorchScript" in words:
        return "is a TorchScript archive, which holds code besides its weights"
    return f"is no checkpoint, or is not whole ({words.partition('. ')[0][:120] or type(error).__name__})"


def _has_tensors(value: object) -> bool:
    return isinstance(value, Tensor) or (isinstance(value, Mapping) and any(map(_has_tensors, value.values())))
