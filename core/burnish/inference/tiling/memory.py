"""The memory that a restorer needs, measured on a small part of the picture, to choose the size of tiles."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from burnish.errors import RestorationError
from burnish.inference.calling import TooLargeError
from burnish.inference.eager import FP32
from burnish.inference.tiling.job import TilingJob

CONSERVATIVE = 16 * 1024
"""Bytes for each input pixel of one picture that almost no restorer exceeds (a 64-channel network holds about 2 KiB):
if this fits, nothing is measured.
"""

_PROBE = 64
"""Side in pixels of the part that is measured."""

_SAFETY = 2.0
"""For memory that is not counted: scratch memory inside operators, fragmentation."""


def bytes_per_pixel(job: TilingJob) -> float:
    """Bytes of working memory for each pixel that the restorer receives, over the whole batch.

    The restorer runs once on a part of the picture, 64 × 64 pixels, while the living tensors are counted; the peak is
    doubled for what operators take unseen. At least room for sixteen copies of input and estimate is reckoned, for
    restorers that leave torch.
    """
    frames = job.padded[..., 0, 0].numel()
    least = 4.0 * frames * (1 + job.loaded.scale**2) * 16
    if not job.loaded.spec.deterministic:  # may draw random numbers or take minutes: not measured
        return max(least, CONSERVATIVE * job.padded.shape[0])
    tile = job.probe(_PROBE)
    counter = _LivingBytes()
    try:
        with counter:
            job.piece(tile, FP32)
    except (RestorationError, TooLargeError):
        return max(least, CONSERVATIVE * job.padded.shape[0])
    return max(least, _SAFETY * counter.peak / tile.pixels)


class _LivingBytes(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the bytes of the living storages made by torch operators; ``peak`` is their maximum."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.peak = 0
        self._living = 0
        self._holders: dict[int, int] = {}

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # Else torch's compiler would be imported only to skip this: 2 s and 75 MiB.
        return False

    def __torch_dispatch__(
        self,
        func: Callable[..., object],
        types: object,
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        given = {leaf.untyped_storage().data_ptr() for leaf in tree_leaves((args, kwargs)) if _dense(leaf)}
        result = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if _dense(leaf):
                self._note(leaf, given)
        return result

    def _note(self, tensor: Tensor, given: set[int]) -> None:
        storage = tensor.untyped_storage()
        key, size = storage.data_ptr(), storage.nbytes()
        if not key or (key in given and key not in self._holders):  # a view of an earlier tensor: picture or weights
            return
        if key not in self._holders:
            self._living += size
            self.peak = max(self.peak, self._living)
        self._holders[key] = self._holders.get(key, 0) + 1
        weakref.finalize(tensor, self._forget, key, size)

    def _forget(self, key: int, size: int) -> None:
        self._holders[key] -= 1
        if not self._holders[key]:
            del self._holders[key]
            self._living -= size


def _dense(leaf: object) -> bool:
    """Whether the tensor has a storage of its own; sparse tensors have several, which are counted when created."""
    return isinstance(leaf, Tensor) and leaf.layout == torch.strided
