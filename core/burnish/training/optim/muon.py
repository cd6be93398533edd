"""Muon: momentum whose every weight matrix is made orthogonal before the step (Jordan et al. 2024, Liu et al. 2025)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import overload

import torch
from torch import Tensor, nn

MOMENTUM = 0.95
"""Of the matrices (Nesterov's)."""

MOMENTS = (0.9, 0.95)
"""Adam's decays of the mean and of the mean square, for what is no matrix."""

ROOT_MEAN_SQUARE = 0.2
"""Size of a step in learning rates, about that of AdamW's steps, so that both share one learning rate."""

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of Jordan's quintic iteration, steepest at zero: singular values come near one within five rounds, not to it."""

ROUNDS = 5
TINY = 1e-7


class Muon(torch.optim.Optimizer):
    """Matrices take steps whose singular values are all about one; biases, scales and depthwise filters Adam's.

    Pictures have a thousand times more power in low frequencies than in high ones, so the gradients of a restorer's
    weights have a few strong directions, and all others starve. Made orthogonal, weak directions move as far as strong
    ones, and what hangs on faint detail is learned in fewer steps. A convolution's weight (O, I, k, k) is the matrix
    O × I·k·k. Weight decay is decoupled, as in AdamW. Where torch has ``torch.optim.Muon``, it
    takes matrices alone and rounds to bfloat16; this one keeps float32 and orthogonalises equal shapes together.

    References: K. Jordan et al., "Muon: an optimizer for hidden layers" (2024); the scale of a step is that of
    J. Liu et al., "Muon is scalable for LLM training", arXiv:2502.16982.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], *, lr: float, weight_decay: float = 0.0) -> None:
        super().__init__(parameters, {"lr": lr, "weight_decay": weight_decay})

    @overload
    def step(self, closure: None = ...) -> None: ...
    @overload
    def step(self, closure: Callable[[], float]) -> float: ...
    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One step of every parameter that has a gradient."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            rate, decay = group["lr"], group["weight_decay"]
            alike: dict[tuple[int, int], list[nn.Parameter]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                if decay:
                    parameter.mul_(1.0 - rate * decay)
                if is_matrix(parameter):
                    alike[_as_matrix(parameter).shape].append(parameter)  # type: ignore[index]
                else:
                    self._adam(parameter, rate)
            for members in alike.values():
                self._orthogonal(members, rate)
        return loss

    def _orthogonal(self, parameters: Sequence[nn.Parameter], rate: float) -> None:
        """Step matrices of one shape R × C by ``rate`` · 0.2 · √max(R, C) times their orthogonalised momentum."""
        heading = []
        for parameter in parameters:
            gradient, state = parameter.grad, self.state[parameter]
            assert gradient is not None
            if not state:
                state["momentum"] = torch.zeros_like(parameter)
            momentum = state["momentum"].lerp_(gradient, 1.0 - MOMENTUM)
            heading.append(_as_matrix(gradient.lerp(momentum, MOMENTUM)))
        steps = orthogonalised(torch.stack(heading))
        for parameter, step in zip(parameters, steps, strict=True):
            scale = ROOT_MEAN_SQUARE * max(step.shape) ** 0.5
            parameter.add_(step.reshape(parameter.shape), alpha=-rate * scale)

    def _adam(self, parameter: nn.Parameter, rate: float) -> None:
        gradient, state = parameter.grad, self.state[parameter]
        assert gradient is not None
        if not state:
            state |= {"count": 0, "mean": torch.zeros_like(parameter), "square": torch.zeros_like(parameter)}
        state["count"] += 1
        first, second = MOMENTS
        mean = state["mean"].lerp_(gradient, 1.0 - first)
        square = state["square"].lerp_(gradient.square(), 1.0 - second)
        spread = (square / (1.0 - second ** state["count"])).sqrt_().add_(1e-8)
        parameter.addcdiv_(mean, spread, value=-rate / (1.0 - first ** state["count"]))


def is_matrix(weight: Tensor) -> bool:
    """Whether a weight maps several inputs to several outputs: not so biases, scales and depthwise filters."""
    return weight.dim() >= 2 and weight.shape[0] > 1 and weight.shape[1] > 1


def orthogonalised(matrices: Tensor) -> Tensor:
    """About U Vᵀ of each of N,R,C with the decomposition U S Vᵀ; singular values between 0.7 and 1.2, the least less.

    Five rounds of X ← a X + (b XXᵀ + c (XXᵀ)²) X, from X of norm one.
    """
    a, b, c = COEFFICIENTS
    x = matrices.float()
    tall = x.shape[1] > x.shape[2]
    if tall:
        x = x.transpose(1, 2)
    x = x / torch.linalg.matrix_norm(x, keepdim=True).clamp_min(TINY)
    for _ in range(ROUNDS):
        gram = x @ x.transpose(1, 2)
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return (x.transpose(1, 2) if tall else x).to(matrices.dtype)


def _as_matrix(weight: Tensor) -> Tensor:
    return weight.flatten(1)
