"""An ONNX file as a function of one picture: what it takes is read from it, what it does not say is found by trying."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import torch
from burnish.errors import BundleError, ConfigError
from torch import Tensor

MULTIPLES = (1, 2, 4, 8, 16, 32, 64, 128)
"""What height and width may have to be multiples of."""
TRIED = 40
"""Side in pixels, about, of the pictures that are tried."""
SMALLEST = (1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128)
"""Sides in pixels of the small pictures that are tried."""
TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(double)": np.float64}
PROVIDERS = ("CUDAExecutionProvider", "CPUExecutionProvider")
"""Where it runs: the first that is there."""


class Session:
    """A network N,C,H,W → N,C,sH,sW in an ONNX file.

    Args:
        graph: The file's bytes, or its path where weights lie in files beside it.
        name: How errors call it.

    Raises:
        BundleError: It is no ONNX model, or is damaged.
        ConfigError: It is no network of one picture.
    """

    def __init__(self, graph: bytes | Path, name: str) -> None:
        self.name = name
        self._session = _opened(graph, name)
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs) != 1:
            names = ", ".join(one.name for one in inputs) or "none"
            raise ConfigError(
                f"{name}: takes {len(inputs)} inputs ({names}), but is given one, the picture; export the network with "
                "the others as constants"
            )
        self._input, self._output = inputs[0].name, outputs[0].name
        if inputs[0].type not in TYPES:
            raise ConfigError(f"{name}: its input is a {inputs[0].type}; export it with float32 pictures in [0, 1]")
        self._type = TYPES[inputs[0].type]
        shape = [side if isinstance(side, int) else None for side in inputs[0].shape]
        if len(shape) != 4 or shape[1] not in (None, 1, 3) or shape[0] not in (None, 1):
            raise ConfigError(
                f"{name}: its input is {'×'.join(map(str, inputs[0].shape))}; export it with pictures 1×C×H×W, where "
                "C is 1 or 3"
            )
        height, width = shape[2] or shape[3], shape[3] or shape[2]
        self.frame = (height, width) if height and width else None
        """The only height and width that it takes, in pixels; None: any."""
        self.channels, self.scale = self._tried(shape[1])
        self.multiple, self.smallest = (1, 1) if self.frame else self._sizes()

    def __call__(self, picture: Tensor) -> Tensor:
        """1,C,H,W → 1,C,sH,sW, float32 on the CPU."""
        given = picture.numpy(force=True).astype(self._type)
        found = self._session.run([self._output], {self._input: given})[0]
        return torch.from_numpy(np.asarray(found, dtype=np.float32))

    def _tried(self, channels: int | None) -> tuple[int, int]:
        """Channels and scale, of the first picture that passes."""
        fault = ""
        for count in (channels,) if channels else (3, 1):
            for multiple in MULTIPLES:
                height, width = self.frame or (_side(multiple), _side(multiple) + 2 * multiple)
                try:
                    shape = tuple(self._shape(count, height, width))
                except Exception as error:  # ONNX Runtime's errors have no common class
                    fault = " ".join(str(error).split())[:200]
                    continue
                scale = shape[-1] // width if len(shape) == 4 else 0
                if scale and shape == (1, count, scale * height, scale * width):
                    return count, scale
                fault = f"it makes {'×'.join(map(str, shape))} of 1×{count}×{height}×{width}"
                if self.frame:
                    break
        raise ConfigError(
            f"{self.name}: restores no picture that was tried ({fault}); export it with a fixed size, or with dynamic "
            "height and width, and as many channels as it takes"
        )

    def _sizes(self) -> tuple[int, int]:
        """What height and width must be multiples of, and at least, in pixels."""
        for multiple in MULTIPLES:
            sides = _side(multiple), _side(multiple) + 2 * multiple
            if self._takes(*sides) and self._takes(sides[1] + 2 * multiple, sides[0]):
                break
        rising = [side for side in SMALLEST if side % multiple == 0 and side < _side(multiple)]
        return multiple, next((side for side in rising if self._takes(side, side)), _side(multiple))

    def _takes(self, height: int, width: int) -> bool:
        try:
            shape = self._shape(self.channels, height, width)
        except Exception:
            return False
        return shape == (1, self.channels, self.scale * height, self.scale * width)

    def _shape(self, channels: int, height: int, width: int) -> tuple[int, ...]:
        return tuple(self(torch.rand(1, channels, height, width, generator=torch.Generator().manual_seed(0))).shape)


def _side(multiple: int) -> int:
    """A side in pixels that is a multiple of this, and of nothing twice as large."""
    return (TRIED // multiple | 1) * multiple


def _opened(graph: bytes | Path, name: str) -> onnxruntime.InferenceSession:
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # sizes that it does not take are tried, and are no errors
    options.intra_op_num_threads = torch.get_num_threads()
    there = onnxruntime.get_available_providers()
    try:
        source = str(graph) if isinstance(graph, Path) else graph
        return onnxruntime.InferenceSession(source, options, providers=[one for one in PROVIDERS if one in there])
    except Exception as error:  # ONNX Runtime's errors have no common class
        fact = " ".join(str(error).split())[:200]
        raise BundleError(f"{name}: ONNX Runtime cannot open it ({fact}); export or copy it again") from error
