"""Shared work of processes that train together: their parts of a batch, and figures over all of it."""

from __future__ import annotations

import torch
import torch.distributed as dist
from torch import Tensor
from torch.autograd.function import FunctionCtx


def members() -> tuple[int, int]:
    """(rank, number of processes) of those that train together now; (0, 1) for one that trains alone."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_rank(), dist.get_world_size()
    return 0, 1


def gathered(share: Tensor) -> Tensor:
    """N,… of every process, one after another along the first axis; without gradient. Alone: the tensor itself."""
    _, processes = members()
    if processes == 1:
        return share
    parts = [torch.empty_like(share, memory_format=torch.contiguous_format) for _ in range(processes)]
    dist.all_gather(parts, share.contiguous())
    return torch.cat(parts)


def my_share(whole: Tensor) -> Tensor:
    """The part of this process of N,…: the r-th of w equal ones. Alone: the tensor itself.

    Raises:
        ValueError: N cannot be split evenly.
    """
    rank, processes = members()
    if processes == 1:
        return whole
    if len(whole) % processes:
        raise ValueError(f"{len(whole)} cannot be split evenly over {processes} processes")
    return whole.tensor_split(processes)[rank]


def total(part: Tensor) -> Tensor:
    """The sum over the processes of a tensor of any shape; gradients flow back to every process's part."""
    if members()[1] == 1:
        return part
    summed: Tensor = _Total.apply(part)  # type: ignore[no-untyped-call]
    return summed


def mean(part: Tensor) -> Tensor:
    """The mean of a tensor over all its elements in all processes, which hold equally many: a scalar."""
    processes = members()[1]
    return part.mean() if processes == 1 else total(part.mean()) / processes


class _Total(torch.autograd.Function):
    """``y = Σ x_r``; every process's loss depends on every x_r, so that the gradient is a sum as well."""

    @staticmethod
    def forward(ctx: FunctionCtx, part: Tensor) -> Tensor:
        summed = part.detach().clone(memory_format=torch.contiguous_format)
        dist.all_reduce(summed)
        return summed

    @staticmethod
    def backward(ctx: FunctionCtx, *gradients: Tensor) -> Tensor:
        summed = gradients[0].clone(memory_format=torch.contiguous_format)
        dist.all_reduce(summed)
        return summed
