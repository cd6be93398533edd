"""Batch normalization over the whole batch if several processes hold parts of it.

Every other layer looks at each picture alone; this one would otherwise normalise by a part of the batch, and train
another network than one process does.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from burnish.errors import TrainingError
from burnish.training.sharing import members, total


def share_statistics(module: nn.Module, *, device: torch.device, name: str) -> nn.Module:
    """The module with every batch normalisation over all processes; weights, buffers and their names stay.

    CUDA: torch's ``SyncBatchNorm``. Elsewhere, where that does not run: the same in plain torch.

    Args:
        module: Of which layers are replaced in place.
        device: On which it will train.
        name: Whose it is, for the error.

    Raises:
        TrainingError: It normalises over the batch in a way of its own.
    """
    if device.type == "cuda":
        converted: nn.Module = nn.SyncBatchNorm.convert_sync_batchnorm(module)  # type: ignore[no-untyped-call]
        return converted
    for path, layer in module.named_modules():
        if not isinstance(layer, _BatchNorm) or isinstance(layer, _Whole):
            continue
        if type(layer) not in _WHOLE:
            raise TrainingError(
                f"{name}: its layer {path} ({type(layer).__name__}) normalizes over the batch in a way that several "
                "processes cannot share; set training.devices to 1, or normalize without the batch"
            )
        layer.__class__ = _WHOLE[type(layer)]
    return module


class _Whole(_BatchNorm):
    """``(x − μ) / √(v + ε) · γ + β`` with mean and variance over the batches of all processes."""

    def forward(self, input: Tensor) -> Tensor:
        """N,C,… of this process, normalised over that of all."""
        given = input
        if not self.training or members()[1] == 1:
            return super().forward(given)
        self._check_input_dim(given)  # type: ignore[no-untyped-call]
        shape = (1, -1, *(1 for _ in given.shape[2:]))
        values, axes = given.float(), [axis for axis in range(given.dim()) if axis != 1]
        count = given.numel() // given.shape[1] * members()[1]
        mean = total(values.sum(axes)) / count
        centred = values - mean.view(shape)
        variance = total(centred.square().sum(axes)) / count
        self._remember(mean.detach(), variance.detach() * (count / max(count - 1, 1)))
        scale = torch.rsqrt(variance + self.eps)
        if self.weight is not None:
            scale = scale * self.weight
        normalised = centred * scale.view(shape)
        if self.bias is not None:
            normalised = normalised + self.bias.view(shape)
        return normalised.to(given.dtype)

    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        """Update the running statistics as ``nn.BatchNorm2d`` does."""
        if self.running_mean is None or self.running_var is None or self.num_batches_tracked is None:
            return
        self.num_batches_tracked.add_(1)
        part = 1.0 / float(self.num_batches_tracked) if self.momentum is None else float(self.momentum)
        self.running_mean.lerp_(mean.to(self.running_mean), part)
        self.running_var.lerp_(variance.to(self.running_var), part)


class _Whole1d(_Whole, nn.BatchNorm1d):
    pass


class _Whole2d(_Whole, nn.BatchNorm2d):
    pass


class _Whole3d(_Whole, nn.BatchNorm3d):
    pass


_WHOLE: dict[type[nn.Module], type[_Whole]] = {
    nn.BatchNorm1d: _Whole1d,
    nn.BatchNorm2d: _Whole2d,
    nn.BatchNorm3d: _Whole3d,
}
