"""Degrading arrays, images and tensors: the result has the kind of the input."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from burnish.errors import UsageError
from burnish.io import from_tensor, to_tensor, upright
from burnish.io.arrays import to_pictures
from burnish.io.cropping import cropped
from burnish.protocols import Degrader, Observation


def degrade_kind(degrader: Degrader, temporal: str, picture: object, *, seed: int) -> tuple[object, dict[str, object]]:
    """The degraded picture and its conditions, by the keywords of ``Restorer``.

    Args:
        degrader: What degrades.
        temporal: What it makes: ``single``, ``burst`` or ``video``.
        picture: See ``burnish.degrade``.
        seed: Seeds all that is random.

    Raises:
        UsageError: It is not a picture.
    """
    generator = torch.Generator().manual_seed(seed)
    if isinstance(picture, Tensor):
        made = degrader(picture.float(), generator)
        return made.degraded.to(device=picture.device, dtype=picture.dtype), _known(made, one=len(picture) == 1)
    clip = picture if isinstance(picture, list | tuple) else None
    if (temporal == "video") != (clip is not None):
        raise UsageError(f"it degrades {'a clip: give a list of pictures' if temporal == 'video' else 'one picture'}")
    given, backs = to_pictures([picture] if clip is None else clip)
    stored = [upright(one) for one in given]
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
    if len(results) != len(stored):  # a burst of one picture, or a clip with fewer frames
        stored, backs = stored[:1] * len(results), backs[:1] * len(results)
    made_of = zip(backs, results, stored, strict=True)
    return [back(from_tensor(one, like)) for back, one, like in made_of], known


def _known(made: Observation, *, one: bool) -> dict[str, object]:
    """The conditions as keywords of ``Restorer``; for one picture without the batch dimension where that is allowed."""
    known: dict[str, object] = dict(made.conditions)
    if one and isinstance(sigma := known.get("sigma"), Tensor):
        known["sigma"] = float(sigma.flatten()[0])
    if one and isinstance(kernel := known.get("kernel"), Tensor):
        known["kernel"] = kernel[0].numpy()
    curve: Mapping[str, object] = {"transfer": made.transfer or "linear"} if "kernel" in known else {}
    return {**known, **curve}
