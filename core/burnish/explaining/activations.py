"""What the layers of a network give on a picture: features that are dead, and activations at their limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

NEAR = 0.01
"""Part of the range within which a value is at a limit."""
LIMITS: dict[str, tuple[float, float]] = {
    "Sigmoid": (0.0, 1.0), "Tanh": (-1.0, 1.0), "Hardsigmoid": (0.0, 1.0), "Hardtanh": (-1.0, 1.0),
    "ReLU6": (-float("inf"), 6.0), "sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "hardsigmoid": (0.0, 1.0),
    "hardtanh": (-1.0, 1.0), "relu6": (-float("inf"), 6.0),
}  # fmt: skip
"""Activation → its lower and upper limit. 0 of a ReLU6 is no limit here: it is what a ReLU does."""
CALLED = frozenset(
    {"relu", "relu_", "relu6", "sigmoid", "tanh", "hardsigmoid", "hardtanh", "gelu", "silu", "leaky_relu", "elu"}
)
"""Activations that networks call as functions, which are no layers of their own."""
CHANNELS_LAST = (nn.Linear, nn.LayerNorm, nn.Embedding)
"""Layers whose features are the last dimension."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """What one layer gave, over all places of a picture and all its calls."""

    name: str
    """As in the network; an activation called as a function has the name of the layer that calls it."""
    kind: str
    """``Conv2d``, ``ReLU``, ``relu``, …"""
    features: int
    """Channels of its output."""
    dead: float
    """The share of features that are the same at every place, 0 or another constant."""
    zero: float
    """The share of features that are 0 at every place."""
    saturated: float | None
    """The share of values at a limit of the activation; None: it has none."""
    mean: float
    deviation: float


@dataclass(kw_only=True)
class _Met:
    """What was seen of a layer so far, by features."""

    kind: str
    low: Tensor
    high: Tensor
    saturated: float = 0.0
    count: int = 0
    total: float = 0.0
    squares: float = 0.0
    limits: tuple[float, float] | None = field(default=None)

    def add(self, rows: Tensor) -> None:
        """Features × places."""
        self.low = torch.minimum(self.low, rows.amin(dim=1))
        self.high = torch.maximum(self.high, rows.amax(dim=1))
        self.count += rows.numel()
        self.total += float(rows.sum())
        self.squares += float(rows.square().sum())
        if self.limits is not None:
            low, high = self.limits
            near = NEAR * (high - max(low, 0.0))
            self.saturated += float((rows >= high - near).sum()) + float((rows <= low + near).sum())


def activations(network: nn.Module, run: Callable[[], object]) -> list[Layer]:
    """Statistics of every layer that has no layers in it, and of activations called as functions, in order of use.

    Args:
        network: In evaluation mode.
        run: Calls it on a picture.
    """
    met: dict[tuple[str, str], _Met] = {}
    with _watched(network, met), torch.no_grad():
        run()
    return [_layer(name, one) for (name, _), one in met.items()]


def _layer(name: str, one: _Met) -> Layer:
    mean = one.total / one.count
    same = one.low == one.high
    return Layer(
        name=name, kind=one.kind, features=len(one.low), dead=float(same.float().mean()),
        zero=float((same & (one.low == 0)).float().mean()),
        saturated=None if one.limits is None else one.saturated / one.count,
        mean=mean, deviation=max(0.0, one.squares / one.count - mean**2) ** 0.5,
    )  # fmt: skip


@contextmanager
def _watched(network: nn.Module, met: dict[tuple[str, str], _Met]) -> Iterator[None]:
    inside: list[str | None] = []
    hooks = []

    def watch(name: str, module: nn.Module) -> None:
        leaf, kind = not any(True for _ in module.children()), type(module).__name__

        def after(_: nn.Module, __: Any, given: object) -> None:
            if leaf:
                _note(met, name or kind, kind, given, last=isinstance(module, CHANNELS_LAST))
            inside.pop()

        hooks.append(module.register_forward_pre_hook(lambda *_: inside.append(None if leaf and name else name)))
        hooks.append(module.register_forward_hook(after))

    def called(kind: str, given: object) -> None:
        if inside and inside[-1] is not None:  # else a layer of its own calls it, and is met anyway
            _note(met, inside[-1], kind, given)

    for name, module in network.named_modules():
        watch(name, module)
    try:
        with _Called(called):
            yield
    finally:
        for hook in hooks:
            hook.remove()


class _Called(TorchFunctionMode):
    """Listens to activations that are called as functions."""

    def __init__(self, heard: Callable[[str, object], None]) -> None:
        super().__init__()
        self.heard = heard

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = func(*args, **(kwargs or {}))
        kind = getattr(func, "__name__", "")
        if kind in CALLED:
            self.heard(kind, given)
        return given


def _note(met: dict[tuple[str, str], _Met], name: str, kind: str, given: object, *, last: bool = False) -> None:
    """Take up what a layer gave, where it is pictures or sequences of features."""
    if not isinstance(given, Tensor) or given.ndim < 3 or not given.is_floating_point() or not given.numel():
        return
    axis = -1 if last or given.ndim == 3 else given.ndim - 3
    rows = given.detach().float().movedim(axis, 0).flatten(1)
    key = (name, kind)
    if key not in met or len(met[key].low) != len(rows):
        limits = LIMITS.get(kind)
        met[key] = _Met(kind=kind, low=rows[:, 0].clone(), high=rows[:, 0].clone(), limits=limits)
    met[key].add(rows)
