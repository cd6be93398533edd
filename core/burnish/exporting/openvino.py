"""OpenVINO: a folder with ``model.xml`` and ``model.bin``; what it says of itself is in the ``rt_info``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from burnish.exporting.about import KEY, TEST, as_text, tensors_text
from burnish.exporting.onnx import described
from burnish.exporting.parity import Run
from burnish.exporting.subject import Arrays, Subject

MODEL, WEIGHTS = "model.xml", "model.bin"


def write(subject: Subject, place: Path) -> None:
    """Fill the folder: weights in float32."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # it would report to its maker
    import openvino  # type: ignore[import-untyped]

    model = openvino.Core().read_model(described(subject))
    for name, text in ((KEY, as_text(subject)), (TEST, tensors_text(subject))):
        model.set_rt_info(text, [name])
    openvino.save_model(model, str(place / MODEL), compress_to_fp16=False)


def opened(place: Path) -> Run:
    """Open it, to compute in float32."""
    import openvino

    compiled = openvino.Core().compile_model(str(place / MODEL), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

    def run(inputs: Arrays) -> NDArray[np.float32]:
        estimate: NDArray[np.float32] = compiled(dict(inputs))[0]
        return estimate

    return run
