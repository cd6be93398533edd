"""TorchScript: one file for torch without Python, with what it says of itself and the test tensors in extra files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from burnish.exporting.about import KEY, TEST, as_text, tensors_file
from burnish.exporting.parity import Run
from burnish.exporting.subject import Arrays, Subject
from burnish.inference.engine import UnfitError
from burnish.inference.engines.exporting import exporting

ABOUT, TENSORS = f"{KEY}.json", f"{TEST}.npz"
"""Names of the extra files."""


def write(subject: Subject, place: Path) -> None:
    """Trace the network and write the file.

    Raises:
        UnfitError: It cannot be traced.
    """
    if subject.loaded.eight_bits:
        raise UnfitError("its layers of 8 bits become ONNX's operators; give --onnx or --openvino")
    program = subject.program
    with exporting():
        traced = torch.jit.trace(program.network, tuple(program.examples.values()), check_trace=False)  # type: ignore[no-untyped-call]
        extra = {ABOUT: as_text(subject), TENSORS: tensors_file(subject)}
        torch.jit.save(traced, str(place), _extra_files=extra)


def opened(place: Path) -> Run:
    """Open it."""
    network = torch.jit.load(str(place), map_location="cpu")  # type: ignore[no-untyped-call]

    def run(inputs: Arrays) -> NDArray[np.float32]:
        with torch.no_grad():
            estimate: NDArray[np.float32] = network(*(torch.from_numpy(value) for value in inputs.values())).numpy()
        return estimate

    return run
