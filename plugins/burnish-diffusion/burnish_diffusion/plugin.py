"""What burnish-diffusion declares; the networks themselves are imported on first use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from burnish import RestorerSpec, hookimpl

LEARNER = "burnish_diffusion.learner:DirectIteration"


def config(width: int, steps: str) -> Mapping[str, Mapping[str, Any]]:
    """What both networks have in common."""
    return {
        "channels": {"type": "integer", "enum": [1, 3], "default": 3, "description": "1: grey pictures; 3: RGB"},
        "width": {
            "type": "integer",
            "minimum": 4,
            "maximum": 256,
            "default": width,
            "description": "features of the U-net's finest grid; twice and three times as many below",
        },
        "blocks": {
            "type": "integer",
            "minimum": 1,
            "maximum": 16,
            "default": 1,
            "description": "residual blocks on the way down and up at each grid, twice as many at the coarsest",
        },
        "unshuffle": {
            "type": "integer",
            "enum": [1, 2, 4],
            "default": 2,
            "description": "the finest grid is so many times coarser than the picture; about its square times cheaper",
        },
        "bands": {
            "type": "boolean",
            "default": False,
            "description": "the picture enters as wavelet planes of equal power: blur is learned in fewer steps",
        },
        "steps": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 1, "description": steps},
        "noise": {
            "type": "number",
            "minimum": 0.0,
            "maximum": 1.0,
            "default": 0.0,
            "description": "noise in [0, 1] units that is added before the first step, in training and at use; the "
            "estimate is then one of many, and the picture must be seen whole",
        },
        "seed": {"type": "integer", "minimum": 0, "default": 0, "description": "of that noise at use"},
    }


STEPS = "steps of the iteration, free at use: 1 has the least mean square error, more are sharper and cost so much more"

CRD_NET = RestorerSpec(
    name="crd-net",
    factory="burnish_diffusion.crd_net:CRDNet",
    summary="Convolutional features and a learned reverse diffusion by direct iteration (InDI)",
    reference="arXiv:2303.11435",
    tasks=frozenset({"deblur", "denoise", "dejpeg", "enhance"}),
    weights={"slight-shake": "weights/crd-net-slight-shake"},
    config=config(32, STEPS),
    size_multiple=8,
    receptive_field=135,
    learner=LEARNER,
    trainable=True,
    precision_tolerance=0.001,
)

R_CRD_NET = RestorerSpec(
    name="r-crd-net",
    factory="burnish_diffusion.r_crd_net:RCRDNet",
    summary="Accumulates a burst in the Fourier domain, fuses it recurrently, and steps back by direct iteration",
    reference="arXiv:2303.11435",
    tasks=frozenset({"deblur", "denoise", "dejpeg", "enhance"}),
    weights={"burst-shake": "weights/r-crd-net-burst-shake"},
    config={
        **config(24, STEPS),
        "features": {
            "type": "integer",
            "minimum": 4,
            "maximum": 256,
            "default": 48,
            "description": "features of the recurrent fusion",
        },
    },
    size_multiple=16,
    min_size=16,
    temporal="burst",
    tiling="blend",
    learner=LEARNER,
    trainable=True,
    precision_tolerance=0.001,
)


@hookimpl
def register_restorers() -> Iterable[RestorerSpec]:
    """The restorers of this plugin."""
    yield CRD_NET
    yield R_CRD_NET
