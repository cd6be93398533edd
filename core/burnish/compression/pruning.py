"""Layers with fewer channels: those go that the loss misses least, in every layer that hangs on them.

Which layers hang together is found by torch-pruning (Fang et al. 2023, arXiv:2301.12900), which traces the network. A
channel's importance is the change of the loss without the weights that go with it, to first order: Σ|w · ∂L/∂w|
(Molchanov et al. 2019, arXiv:1906.10771). The norm of the weights says little in a restorer, where faint channels carry
detail. What is left has the restorer's own layers in other shapes, so that a bundle needs nothing but its tensors to be
rebuilt.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

Run = Callable[[nn.Module], Tensor]
"""Restores one observation by a network, with gradients; the estimate."""
Loss = Callable[[nn.Module], Tensor]
"""A network's loss on one observation."""

MULTIPLE = 4
"""Channels are left in multiples of this, which processors like."""
TRIALS = 8
"""Halvings of the search for the share of channels."""


def prune(network: nn.Module, run: Run, losses: Sequence[Loss], keep: float) -> nn.Module:
    """A copy of a network that needs a part of its multiplications.

    Args:
        network: Whose layers all need gradients.
        run: As ``Run``.
        losses: By which channels are missed; for each, the loss on other pictures.
        keep: The largest part of the multiplications, above 0 and below 1.

    Raises:
        ImportError: torch-pruning is not installed.
        ValueError: The network's channels cannot be taken away, or not so many.
    """
    network.zero_grad()
    for loss in losses:
        loss(network).backward()  # type: ignore[no-untyped-call]
    whole = multiplications(network, run)
    low, high, best = 0.0, 1.0, None
    for _ in range(TRIALS):
        tried = (low + high) / 2
        made = _pruned(network, run, tried)
        if multiplications(made, run) <= keep * whole:
            best, high = made, tried
        else:
            low = tried
    if best is None:
        raise ValueError(f"no number of channels leaves {keep:g} of its multiplications")
    network.zero_grad()
    best.zero_grad()
    _prove(network, best, run)
    return best


def multiplications(network: nn.Module, run: Run) -> int:
    """Multiplications of a run, of convolutions and matrices."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        run(network)
    return int(counter.get_total_flops()) // 2


def reshape(network: nn.Module, shapes: Mapping[str, torch.Size]) -> None:
    """Give tensors of a network other shapes, in place; their values are undefined.

    Args:
        network: As the restorer's factory makes it.
        shapes: Name → shape of tensors; those that it has already stay.

    Raises:
        ValueError: It has no such tensor.
    """
    for name, shape in shapes.items():
        owner, _, own = name.rpartition(".")
        try:
            module = network.get_submodule(owner)
            present = getattr(module, own)
        except AttributeError:
            continue  # told by whoever compares the names
        if present.shape == shape:
            continue
        fresh = present.new_zeros(shape)
        if isinstance(present, nn.Parameter):
            setattr(module, own, nn.Parameter(fresh, requires_grad=present.requires_grad))
        else:
            setattr(module, own, fresh)
    for module in network.modules():
        _tell_sizes(module)


def _tell_sizes(module: nn.Module) -> None:
    """The numbers of channels that torch's layers hold beside their tensors."""
    if isinstance(module, nn.Conv2d):
        out, each = module.weight.shape[:2]
        if module.groups > 1 and module.groups == module.in_channels:
            module.groups = out
        module.out_channels, module.in_channels = out, each * module.groups
    elif isinstance(module, nn.Linear):
        module.out_features, module.in_features = module.weight.shape
    elif isinstance(module, nn.BatchNorm2d) and module.weight is not None:
        module.num_features = len(module.weight)


def _pruned(network: nn.Module, run: Run, share: float) -> nn.Module:
    import torch_pruning  # type: ignore[import-untyped]

    made = copy.deepcopy(network)
    for copied, weight in zip(made.parameters(), network.parameters(), strict=True):
        copied.grad = weight.grad.clone() if weight.grad is not None else torch.zeros_like(weight)
    try:
        pruner = torch_pruning.pruner.BasePruner(
            made,
            torch.zeros(1),  # the run brings its own input
            forward_fn=lambda one, _: run(one),
            importance=torch_pruning.importance.GroupTaylorImportance(),
            pruning_ratio=share,
            ignored_layers=[made.get_submodule(_last(made, run))],
            round_to=MULTIPLE,
        )
        pruner.step()
        with torch.no_grad():
            run(made)
    except Exception as error:  # of whatever kind: it traces the network's own code
        fact = " ".join(str(error).split())[:200]
        raise ValueError(f"its channels hang together in a way that cannot be followed ({fact})") from error
    return made


def _last(network: nn.Module, run: Run) -> str:
    """The convolution that makes the estimate, whose channels are those of the picture."""
    reached: list[str] = []
    hooks = [
        layer.register_forward_hook(lambda *_, name=name: reached.append(name))
        for name, layer in network.named_modules()
        if isinstance(layer, nn.Conv2d)
    ]
    try:
        with torch.no_grad():
            run(network)
    finally:
        for hook in hooks:
            hook.remove()
    if not reached:
        raise ValueError("it has no convolution")
    return reached[-1]


def _prove(network: nn.Module, pruned: nn.Module, run: Run) -> None:
    """That the pruned network can be rebuilt from its tensors' shapes."""
    rebuilt, state = copy.deepcopy(network), pruned.state_dict()
    reshape(rebuilt, {name: value.shape for name, value in state.items()})
    try:
        rebuilt.load_state_dict(state)
        with torch.no_grad():
            same = torch.allclose(run(rebuilt), run(pruned), atol=1e-5)
    except Exception as error:
        raise ValueError("its channels are fixed by its code") from error
    if not same:
        raise ValueError("its channels are fixed by its code")
