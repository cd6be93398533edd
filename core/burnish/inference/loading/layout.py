"""The memory layout of networks: channels last, the fastest for convolutions."""

from __future__ import annotations

from torch import channels_last, nn


def lay_out(module: nn.Module) -> nn.Module:
    """Convert 4-dimensional weights and buffers to channels last, in place; values and other tensors stay.

    ``Module.to(memory_format=…)`` would do, but refuses modules with 5-dimensional weights (convolutions over time).
    """
    for tensor in (*module.parameters(), *module.buffers()):
        if tensor.dim() == 4:
            tensor.data = tensor.data.contiguous(memory_format=channels_last)
    return module
