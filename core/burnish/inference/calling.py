"""One guarded call of a restorer on one tile: device, engine, channels; the result is checked."""

from __future__ import annotations

import torch
from torch import Tensor

from burnish.errors import BurnishError, PluginError, RestorationError
from burnish.inference.conditions import Conditions, on_device
from burnish.inference.eager import FP32
from burnish.inference.engine import Engine, UnfitError
from burnish.restorer.restorer import Restorer


class TooLargeError(Exception):
    """Not enough memory for this tile; a smaller one may work."""


class NotFiniteError(RestorationError):
    """The estimate contains NaN or infinity."""


def call(loaded: Restorer, piece: Tensor, conditions: Conditions, engine: Engine) -> Tensor:
    """Restore one tile.

    Args:
        loaded: The restorer.
        piece: N,C,H,W or N,T,C,H,W; float32 on the CPU, of a size that the restorer takes.
        conditions: As from ``conditions.prepare``, cropped to the piece.
        engine: What computes it.

    Returns:
        N,C,sH,sW (of a clip: N,T,C,sH,sW), float32 on the CPU, not clipped.

    Raises:
        RestorationError: The result is not a picture of that size.
        PluginError: The restorer raised; chained.
        TooLargeError: Out of memory.
        UnfitError: The engine cannot compute this restorer.
    """
    try:
        told = on_device(conditions, loaded.device)
        device_piece = piece.to(loaded.device, copy=True)  # a copy: it may be changed in place
        # A module may use inference mode; a classical solver may want gradients of its own, which that mode forbids.
        guard = torch.inference_mode() if isinstance(loaded.restorer, torch.nn.Module) else torch.no_grad()
        with guard:
            estimate = adapted(loaded, device_piece, told, engine)
            return estimate.to(device="cpu", dtype=torch.float32)
    except (BurnishError, UnfitError):
        raise
    except (Exception, SystemExit) as error:
        if out_of_memory(error):
            raise TooLargeError from error
        fact = " ".join(str(error).split()) or "no message"
        raise PluginError(
            f"{loaded.label} failed on a picture of {tuple(piece.shape)}: {type(error).__name__}: {fact}; "
            f"report it to the authors of {loaded.distribution}"
        ) from error


def adapted(loaded: Restorer, piece: Tensor, told: Conditions, engine: Engine = FP32) -> Tensor:
    """Call the restorer with a number of channels that it takes, and return as many as were given.

    Grey for a colour restorer is repeated and the estimate averaged; colour for a grey one goes channel by channel.
    """
    channels = piece.shape[-3]
    if channels in loaded.channels:
        return _checked(loaded, piece, told, engine)
    if channels == 1:
        shape = list(piece.shape)
        shape[-3] = min(loaded.channels)
        return _checked(loaded, piece.expand(shape).contiguous(), told, engine).mean(dim=-3, keepdim=True)
    if 1 in loaded.channels:
        each = [
            _checked(loaded, piece[..., i : i + 1, :, :].contiguous(), _of_channel(told, i), engine)
            for i in range(channels)
        ]
        return torch.cat(each, dim=-3)
    raise RestorationError(
        f"{loaded.label} takes pictures of {' or '.join(map(str, loaded.channels))} channels, "
        f"but this picture has {channels}"
    )


def out_of_memory(error: BaseException) -> bool:
    """Whether the error reports exhausted memory: of Python, of CUDA, or of the CPU allocator."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and (
        "can't allocate memory" in text or "not enough memory" in text or "out of memory" in text
    )


def expected_shape(loaded: Restorer, piece: Tensor) -> tuple[int, ...]:
    """The shape of the estimate: a picture for a burst, a clip for a clip."""
    scale = loaded.scale
    lead = (piece.shape[0], piece.shape[-3]) if loaded.spec.temporal == "burst" else tuple(piece.shape[:-2])
    return (*lead, piece.shape[-2] * scale, piece.shape[-1] * scale)


def _of_channel(told: Conditions, index: int) -> Conditions:
    """The conditions for one channel of those maps that have one value for each channel."""
    return {
        key: value[..., index : index + 1, :, :]
        if isinstance(value, Tensor) and key in ("mask", "saturated") and value.shape[-3] > 1
        else value
        for key, value in told.items()
    }


def _checked(loaded: Restorer, piece: Tensor, told: Conditions, engine: Engine) -> Tensor:
    estimate = engine(loaded, piece, told)
    if not isinstance(estimate, Tensor):
        raise RestorationError(f"{loaded.label} gave a {type(estimate).__name__} instead of a tensor")
    wanted = expected_shape(loaded, piece)
    if tuple(estimate.shape) != wanted:
        raise RestorationError(
            f"{loaded.label} gave an estimate of {tuple(estimate.shape)} instead of {wanted} for {tuple(piece.shape)}"
        )
    if not estimate.is_floating_point():
        raise RestorationError(f"{loaded.label} gave {estimate.dtype} values instead of float32")
    if not bool(torch.isfinite(estimate).all()):
        raise NotFiniteError(f"{loaded.label} gave an estimate with NaN or infinity; nothing was written")
    return estimate
