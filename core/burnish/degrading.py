"""Degrading pictures as programs hold them: the kind that was given comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from burnish.errors import UsageError
from burnish.imaging import Picture, from_tensor, to_tensor, upright
from burnish.imaging.arrays import to_picture
from burnish.imaging.cropping import cropped
from burnish.protocols import Degrader, Observation


def degrade_kind(degrader: Degrader, temporal: str, picture: Any, *, seed: int) -> tuple[Any, dict[str, Any]]:
    """The degraded picture, and what is known about it, by the keywords of ``Restorer``.

    Args:
        degrader: What degrades.
        temporal: What it makes: ``single``, ``burst`` or ``video``.
        picture: See ``burnish.degrade``.
        seed: Seeds all that is random.

    Raises:
        UsageError: It is no picture.
    """
    generator = torch.Generator().manual_seed(seed)
    if isinstance(picture, Tensor):
        made = degrader(picture.float(), generator)
        return made.degraded.to(device=picture.device, dtype=picture.dtype), _known(made, one=len(picture) == 1)
    frames = list(picture) if isinstance(picture, list | tuple) else [picture]
    if (temporal == "video") != isinstance(picture, list | tuple) or not frames:
        raise UsageError(f"it degrades {'a clip: give a list of pictures' if temporal == 'video' else 'one picture'}")
    stored, backs = zip(*(_upright(*to_picture(frame)) for frame in frames), strict=True)
    if len({one.pixels.shape for one in stored}) > 1:
        raise UsageError("the frames differ in size or channels; those of one clip are all alike")
    tensors = [to_tensor(one) for one in stored]
    clean = torch.stack(tensors, dim=1) if temporal == "video" else tensors[0]
    made = degrader(clean, generator)
    known = _known(made, one=True)
    if temporal == "single":
        like = stored[0]
        if made.target.shape != clean.shape:
            like = cropped(like, clean, lambda whole: degrader.replay(whole, made.parameters).target)
        return backs[0](from_tensor(made.degraded, like)), known
    results = made.degraded.unbind(dim=1)
    likes, returns = (stored, backs) if len(results) == len(stored) else (stored[:1], backs[:1])
    each = [(likes[i % len(likes)], returns[i % len(returns)]) for i in range(len(results))]
    return [back(from_tensor(one, like)) for one, (like, back) in zip(results, each, strict=True)], known


def _upright(picture: Picture, back: Callable[[Picture], Any]) -> tuple[Picture, Callable[[Picture], Any]]:
    return upright(picture), back


def _known(made: Observation, *, one: bool) -> dict[str, Any]:
    """As keywords of ``Restorer``; of one picture without the batch's dimension where that is understood."""
    known: dict[str, Any] = dict(made.conditions)
    if one and isinstance(sigma := known.get("sigma"), Tensor):
        known["sigma"] = float(sigma.flatten()[0])
    if one and isinstance(kernel := known.get("kernel"), Tensor):
        known["kernel"] = kernel[0].numpy()
    curve: Mapping[str, Any] = {"transfer": made.transfer or "linear"} if "kernel" in known else {}
    return {**known, **curve}
