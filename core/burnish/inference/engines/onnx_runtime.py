"""ONNX Runtime: float32 on the processor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from burnish.inference.conditions import Conditions
from burnish.inference.eager import Eager
from burnish.inference.engine import UnfitError
from burnish.inference.engines.exporting import exported
from burnish.restorer.restorer import Restorer

Run = Callable[[list[Tensor]], Tensor]


class Exported:
    """An engine that computes exported networks; each is opened once, for pieces of any size."""

    name: str
    precision: str

    def __init__(self) -> None:
        self._opened: dict[Path, Run] = {}

    def __call__(self, loaded: Restorer, piece: Tensor, told: Conditions) -> object:
        """As ``Engine``; pieces of a size that the exported network is not right for, by eager torch.

        Raises:
            UnfitError: It cannot be exported, or the engine lacks an operator of it.
        """
        network = exported(loaded, piece, told)
        if not network.takes(piece):
            return Eager(self.precision)(loaded, piece, told)
        file = network.file
        try:
            if file not in self._opened:
                self._opened[file] = self._open(file)
            tensors = [piece, *(value for value in told.values() if isinstance(value, Tensor))]
            rows = zip(*(torch.split(tensor.detach().float().contiguous(), 1) for tensor in tensors), strict=True)
            return torch.cat([self._opened[file](list(row)) for row in rows])
        except ImportError as error:
            raise UnfitError(f"{error.name} is not installed; pip install 'burnish[{self.name}]'") from error
        except Exception as error:  # each engine raises its own kinds
            raise UnfitError(" ".join(str(error).split())[:200]) from error

    def close(self) -> None:
        """Forget the opened networks."""
        self._opened.clear()

    def _open(self, file: Path) -> Run:
        raise NotImplementedError


class OnnxRuntime(Exported):
    """Microsoft's engine for ONNX files."""

    name = "onnx-runtime"
    precision = "fp32"

    def _open(self, file: Path) -> Run:
        import onnxruntime

        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = torch.get_num_threads(), 1
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        names = [one.name for one in session.get_inputs()]

        def run(tensors: list[Tensor]) -> Tensor:
            given = {name: tensor.numpy() for name, tensor in zip(names, tensors, strict=True)}
            return torch.from_numpy(session.run(None, given)[0])

        return run
