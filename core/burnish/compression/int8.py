"""Convolutions whose inputs and weights have 8 bits: simulated by torch, computed as such by engines.

The layers multiply whole numbers: inputs ``q = round(x / s) + z`` in 0 … 255 with one step s and zero point z for a
layer, weights in −127 … 127 with one step for each output channel, and sums and biases in float32 (Jacob et al. 2018,
arXiv:1712.05877). Torch rounds inputs and weights to these numbers and multiplies in float32, so that a result, a
score or a gradient is that of the 8-bit network on any machine; an exported network holds the whole numbers themselves,
between the operators QuantizeLinear and DequantizeLinear, which engines fuse.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

LEVELS = 255
"""Steps between the least and the largest input."""
LARGEST = 127
"""Of a weight."""

WEIGHT, STEPS = ".weight", ".weight_step"
OWN = (STEPS, ".input_step", ".input_zero")
"""How the names of tensors end that other layers do not have."""
_SHAPE = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups")
_ONNX = 18
"""The version of ONNX's operators that layers are exported by."""


class Int8Conv2d(nn.Conv2d):
    """A convolution with zero padding whose inputs and weights have 8 bits."""

    input_step: Tensor
    """Step of the inputs, float32 without dimensions."""
    input_zero: Tensor
    """The whole number that stands for an input of 0, int32 without dimensions."""
    weight_step: Tensor
    """Step of the weights of each output channel, float32."""
    weight_int8: Tensor
    """The whole numbers, once the layer is settled for an export."""

    @classmethod
    def of(cls, layer: nn.Conv2d) -> Int8Conv2d:
        """The layer with 8 bits, sharing its weights; steps are still to be set."""
        shape = {key: getattr(layer, key) for key in _SHAPE}
        made = cls(**shape, bias=layer.bias is not None, device="meta")
        device = layer.weight.device
        made.weight, made.bias = layer.weight, layer.bias
        made.register_buffer("input_step", torch.ones((), device=device))
        made.register_buffer("input_zero", torch.zeros((), dtype=torch.int32, device=device))
        made.register_buffer("weight_step", torch.ones(layer.out_channels, device=device))
        return made.train(layer.training)

    def settle(self) -> None:
        """Keep whole numbers instead of weights, for an export; it cannot be trained any more."""
        whole = whole_weights(self.weight.detach(), self.weight_step)
        self.register_buffer("weight_int8", whole)
        del self.weight

    def forward(self, input: Tensor) -> Tensor:
        """N,C,H,W → N,C',H',W'."""
        if hasattr(self, "weight_int8"):
            rounded, weight = self._exported(input)
        else:
            step, zero = self.input_step, self.input_zero
            rounded = torch.fake_quantize_per_tensor_affine(input.float(), step, zero, 0, LEVELS)
            weight = self.rounded_weight()
        result: Tensor = self._conv_forward(rounded, weight, self.bias)
        return result

    def rounded_weight(self) -> Tensor:
        """The weights, each at the nearest whole number of steps; gradients pass through."""
        zeros = torch.zeros(self.out_channels, dtype=torch.int32, device=self.weight.device)
        return torch.fake_quantize_per_channel_affine(
            self.weight.float(), self.weight_step, zeros, 0, -LARGEST, LARGEST
        )

    def _exported(self, input: Tensor) -> tuple[Tensor, Tensor]:
        """The same in ONNX's operators."""
        zero = self.input_zero.to(torch.uint8)
        whole = _operator("QuantizeLinear", (input, self.input_step, zero), torch.uint8, input)
        rounded = _operator("DequantizeLinear", (whole, self.input_step, zero), torch.float32, input)
        zeros = torch.zeros(self.out_channels, dtype=torch.int8)
        given = (self.weight_int8, self.weight_step, zeros)
        return rounded, _operator("DequantizeLinear", given, torch.float32, self.weight_int8, axis=0)


def convolutions(network: nn.Module) -> list[str]:
    """The names of the layers that can have 8 bits: 2-D convolutions that pad with zeros, in the network's order."""
    return [
        name
        for name, layer in network.named_modules()
        if type(layer) is nn.Conv2d and layer.padding_mode == "zeros" and isinstance(layer.padding, tuple)
    ]


def with_int8(network: nn.Module, layers: Iterable[str]) -> dict[str, Int8Conv2d]:
    """Give the named convolutions 8 bits, in place; the layers by their names.

    Raises:
        ValueError: There is no such convolution.
    """
    made = {}
    for name in layers:
        layer = _submodule(network, name)
        if not isinstance(layer, nn.Conv2d):
            raise ValueError(f"{name} is no convolution")
        made[name] = Int8Conv2d.of(layer)
        put(network, name, made[name])
    return made


def put(network: nn.Module, name: str, layer: nn.Module) -> None:
    """Put a layer in the place of another one."""
    parent, _, own = name.rpartition(".")
    setattr(network.get_submodule(parent), own, layer)


def settle(network: nn.Module) -> None:
    """Settle all layers of 8 bits for an export."""
    for layer in network.modules():
        if isinstance(layer, Int8Conv2d):
            layer.settle()


def whole_weights(weight: Tensor, steps: Tensor) -> Tensor:
    """Weights C',… in whole numbers of the steps C', int8."""
    scaled = weight.float() / steps.view(-1, *(1,) * (weight.ndim - 1))
    return scaled.round().clamp(-LARGEST, LARGEST).to(torch.int8)


def layers_of(weights: Mapping[str, Tensor]) -> list[str]:
    """The names of the layers of 8 bits in a state."""
    return [name.removesuffix(STEPS) for name in weights if name.endswith(STEPS)]


def stored(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state as a bundle stores it: the weights of layers of 8 bits as int8."""
    kept = dict(weights)
    for name in layers_of(weights):
        if weights[name + WEIGHT].dtype != torch.int8:
            kept[name + WEIGHT] = whole_weights(weights[name + WEIGHT], weights[name + STEPS])
    return kept


def restored(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state as modules take it, of what a bundle stores: float32 at whole numbers of steps.

    Raises:
        ValueError: A layer of 8 bits has no weights, or steps of another number.
    """
    found = dict(weights)
    for name in layers_of(weights):
        if name + WEIGHT not in weights:
            raise ValueError(f"{name + WEIGHT} is missing")
        whole, steps = weights[name + WEIGHT], weights[name + STEPS]
        if whole.ndim != 4 or steps.shape != whole.shape[:1]:
            raise ValueError(f"{name + STEPS} has not one step for each output channel of {name + WEIGHT}")
        found[name + WEIGHT] = whole.float() * steps.view(-1, *(1,) * (whole.ndim - 1))
    return found


def _submodule(network: nn.Module, name: str) -> nn.Module:
    try:
        return network.get_submodule(name)
    except AttributeError as error:
        raise ValueError(f"there is no layer {name}") from error


def _operator(name: str, given: tuple[Tensor, ...], dtype: torch.dtype, like: Tensor, **attributes: int) -> Tensor:
    more: dict[str, Any] = {**attributes}
    return torch.onnx.ops.symbolic(name, given, more, dtype=dtype, shape=like.shape, version=_ONNX)
