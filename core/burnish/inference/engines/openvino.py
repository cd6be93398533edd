"""OpenVINO: float32, and bfloat16 where the processor multiplies it."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch import Tensor

from burnish.inference.engines.onnx_runtime import Exported, Run

HINTS = {"fp32": "f32", "bf16": "bf16"}


class OpenVino(Exported):
    """Intel's engine, for processors of any maker."""

    name = "openvino"

    def __init__(self, precision: str = "fp32") -> None:
        super().__init__()
        self.precision = precision

    def _open(self, file: Path) -> Run:
        sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # it would report to its maker
        import openvino  # type: ignore[import-untyped]

        core = openvino.Core()
        settings = {
            "INFERENCE_PRECISION_HINT": HINTS[self.precision],
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            "PERFORMANCE_HINT": "LATENCY",
        }
        compiled = core.compile_model(core.read_model(str(file)), "CPU", settings)

        def run(tensors: list[Tensor]) -> Tensor:
            request = compiled.create_infer_request()  # of its own for each call: threads may run side by side
            found = request.infer([tensor.numpy() for tensor in tensors], share_inputs=True)
            return torch.from_numpy(next(iter(found.values())).copy())

        return run
