"""From a float32 network to one of 8 bits, by pictures: steps of inputs and weights, biases, and which layers stay.

Steps have the least mean squared error on values that the layers met; biases take up the mean error that is left of
each output channel (as in arXiv:1906.04721, section 4.2). Where the whole loses more than is allowed, the layers that
change the estimate most stay in float32.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from burnish.compression.int8 import LARGEST, LEVELS, Int8Conv2d, convolutions, put, with_int8

Work = Callable[[], Tensor]
"""Restores one observation by the network; the estimate."""
Layers = Mapping[str, nn.Module]
Score = Callable[[], float]
"""How good the network is; more is better."""

SAMPLES = 20_000
"""Values of a layer's inputs on which its step is chosen."""
SHRINKS = 24
"""Ranges that are tried at each end: the widest one, and smaller ones in equal parts."""
LEAST = 0.4
"""The smallest range that is tried, as part of the widest one."""


@dataclass(kw_only=True)
class _Met:
    """What a layer met on the calibration's pictures."""

    low: float = 0.0
    high: float = 0.0
    values: list[Tensor] = field(default_factory=list)
    """Some of its inputs."""

    def add(self, given: Tensor, most: int) -> None:
        flat = given.detach().float().flatten()
        self.low, self.high = min(self.low, float(flat.min())), max(self.high, float(flat.max()))
        self.values.append(flat[:: max(1, len(flat) // most)][:most].clone())


@torch.no_grad()
def calibrate(network: nn.Module, works: Sequence[Work]) -> dict[str, nn.Module]:
    """Give the convolutions that the works reach 8 bits, in place, except the first.

    The first one reads the picture and what is known of it: 8 bits over the range of both would round σ by as much as
    is seen in the estimate.

    Args:
        network: In evaluation mode.
        works: Each restores one picture of the calibration by the network.

    Returns:
        The layers in float32 by name, which those of 8 bits took the place of.
    """
    met = dict(list(_watched(network, works).items())[1:])
    before = {name: network.get_submodule(name) for name in met}
    layers = with_int8(network, met)
    for name, layer in layers.items():
        layer.input_step, layer.input_zero = _input_steps(met[name])
        layer.weight_step = _weight_steps(layer.weight.detach())
    _correct_biases(before, layers, works)
    return before


@torch.no_grad()
def release(network: nn.Module, floats: Layers, works: Sequence[Work], score: Score, loss: float) -> list[str]:
    """Put back layers in float32, in place, until the score is at most ``loss`` below that of all in float32.

    Those come first that change the estimate most.

    Args:
        network: As ``calibrate`` left it.
        floats: As ``calibrate`` returned them.
        works: The pictures by which layers are ranked.
        score: The network's, as its layers are now.
        loss: In the score's unit.

    Returns:
        The names of the layers that were put back.
    """
    with placed(network, floats):
        least = score() - loss
    if score() >= least:
        return []
    found = sensitivities(network, floats, works)
    ranked = sorted(found, key=lambda name: -found[name])
    too_few, enough = 0, len(ranked)
    while enough - too_few > 1:
        tried = (too_few + enough) // 2
        with placed(network, {name: floats[name] for name in ranked[:tried]}):
            too_few, enough = (too_few, tried) if score() >= least else (tried, enough)
    for name in ranked[:enough]:
        put(network, name, floats[name])
    return ranked[:enough]


@torch.no_grad()
def sensitivities(network: nn.Module, floats: Layers, works: Sequence[Work]) -> dict[str, float]:
    """How much each layer of 8 bits alone changes the estimate: mean squared difference; as ``release`` takes them."""
    layers = {name: network.get_submodule(name) for name in floats}
    with placed(network, floats):
        exact = [work() for work in works]
        found = {}
        for name, layer in layers.items():
            with placed(network, {name: layer}):
                errors = [(work() - one).square().mean() for work, one in zip(works, exact, strict=True)]
            found[name] = float(torch.stack(errors).mean())
    return found


@contextmanager
def placed(network: nn.Module, layers: Layers) -> Iterator[None]:
    """For a while, with other layers in place."""
    before = {name: network.get_submodule(name) for name in layers}
    for name, layer in layers.items():
        put(network, name, layer)
    try:
        yield
    finally:
        for name, layer in before.items():
            put(network, name, layer)


def _watched(network: nn.Module, works: Sequence[Work]) -> dict[str, _Met]:
    """Run the works, and note the inputs of the convolutions, in the order of their use."""
    found: dict[str, _Met] = {}
    most = max(1, SAMPLES // len(works))

    def noting(name: str) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        def note(_: nn.Module, given: tuple[Tensor, ...]) -> None:
            found.setdefault(name, _Met()).add(given[0], most)

        return note

    _run(works, [network.get_submodule(name).register_forward_pre_hook(noting(name)) for name in convolutions(network)])
    return found


def _correct_biases(before: Layers, layers: Mapping[str, Int8Conv2d], works: Sequence[Work]) -> None:
    """Add to each bias the mean, over pictures and pixels, of what rounding took from the layer's result.

    The inputs are those that the network of 8 bits gives its layers; what it is compared with is the float32 layer.
    """
    missing: dict[str, list[Tensor]] = {name: [] for name in layers}

    def noting(name: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        exact = before[name]

        def note(_: nn.Module, given: tuple[Tensor, ...], result: Tensor) -> None:
            missing[name].append((exact(given[0]) - result).mean(dim=(0, 2, 3)))

        return note

    _run(works, [layer.register_forward_hook(noting(name)) for name, layer in layers.items()])
    for name, layer in layers.items():
        if layer.bias is not None:
            corrected = layer.bias.detach() + torch.stack(missing[name]).mean(dim=0)
            layer.bias = nn.Parameter(corrected, requires_grad=layer.bias.requires_grad)


def _run(works: Sequence[Work], hooks: Sequence[RemovableHandle]) -> None:
    """Run them, then remove the hooks."""
    try:
        for work in works:
            work()
    finally:
        for hook in hooks:
            hook.remove()


def _input_steps(met: _Met) -> tuple[Tensor, Tensor]:
    """Step and zero point; 0 is always one of the values."""
    values = torch.cat(met.values)
    shrinks = torch.linspace(LEAST, 1.0, SHRINKS).tolist()
    best, step, zero = float("inf"), 1.0, 0
    for low in {met.low * shrink for shrink in shrinks}:
        for high in {met.high * shrink for shrink in shrinks}:
            tried = max((high - low) / LEVELS, 1e-9)
            at = round(-low / tried)
            rounded = torch.fake_quantize_per_tensor_affine(values, tried, at, 0, LEVELS)
            error = float((rounded - values).square().mean())
            if error < best:
                best, step, zero = error, tried, at
    return torch.tensor(step), torch.tensor(zero, dtype=torch.int32)


def _weight_steps(weight: Tensor) -> Tensor:
    """The step of each output channel with the least squared error."""
    flat = weight.float().flatten(1)
    widest = (flat.abs().amax(dim=1) / LARGEST).clamp_min(1e-12)
    best, steps = torch.full_like(widest, torch.inf), widest
    for shrink in torch.linspace(LEAST, 1.0, SHRINKS).tolist():
        tried = widest * shrink
        rounded = (flat / tried[:, None]).round().clamp(-LARGEST, LARGEST) * tried[:, None]
        error = (rounded - flat).square().sum(dim=1)
        steps = torch.where(error < best, tried, steps)
        best = torch.minimum(error, best)
    return steps.contiguous()
