"""The clean pictures and clips that degraders are tried on."""

from __future__ import annotations

import torch
from torch import Tensor

from burnish.conformance.samples import pictures
from burnish.conformance.subject import Subject

SHAPE = (2, 3, 96, 84)
"""Large enough for wide kernels at the ``valid`` boundary, a multiple of 2, 3 and 4."""

_FRAMES = 9
"""Frames of the test clips: enough for averages over a few."""


def clean_pictures(subject: Subject, *shape: int) -> Tensor:
    """Pictures N,C,H,W, or clips N,T,C,H,W for a degrader of clips."""
    shape = shape or SHAPE
    return pictures(shape[0], _FRAMES, *shape[1:]) if subject.spec.temporal == "video" else pictures(*shape)


def seeded(seed: int) -> torch.Generator:
    """A generator on the CPU."""
    return torch.Generator().manual_seed(seed)


def on_another_device(pictures: Tensor) -> Tensor:
    """The same on a GPU, or tensors without values that say they are on one and refuse others than those."""
    if torch.cuda.is_available():
        return pictures.cuda()
    from torch._subclasses.fake_tensor import FakeTensorMode  # what torch's own compiler uses

    with FakeTensorMode(allow_non_fake_inputs=True):
        return torch.empty(pictures.shape, device="cuda")
