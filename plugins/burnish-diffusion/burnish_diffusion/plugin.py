"""The declarations of burnish-diffusion; the networks are imported on first use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from burnish import RestorerSpec, hookimpl

LEARNER = "burnish_diffusion.learner:DirectIteration"


def config(width: int, steps: str) -> Mapping[str, Mapping[str, Any]]:
    """The settings that both networks share."""
    return {
        "channels": {"type": "integer", "enum": [1, 3], "default": 3, "description": "1: grey pictures; 3: RGB"},
        "width": {
            "type": "integer",
            "minimum": 4,
            "maximum": 256,
            "default": width,
            "description": "features of the U-net's finest grid; twice and three times as many on the coarser grids",
        },
        "blocks": {
            "type": "integer",
            "minimum": 1,
            "maximum": 16,
            "default": 1,
            "description": "residual blocks of encoder and decoder at each grid, twice as many at the coarsest",
        },
        "unshuffle": {
            "type": "integer",
            "enum": [1, 2, 4],
            "default": 2,
            "description": "the finest grid is coarser than the picture by this factor; cheaper by about its square",
        },
        "bands": {
            "type": "boolean",
            "default": False,
            "description": "the network receives wavelet planes of equal power instead of pixels; it learns blur "
            "in fewer steps",
        },
        "steps": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 1, "description": steps},
        "noise": {
            "type": "number",
            "minimum": 0.0,
            "maximum": 1.0,
            "default": 0.0,
            "description": "noise in [0, 1] units, added before the first step in training and inference; the "
            "estimate is then one of many, and the picture is processed whole",
        },
        "seed": {"type": "integer", "minimum": 0, "default": 0, "description": "seed of this noise at inference"},
    }


STEPS = "steps of the iteration, adjustable at inference: 1 has the least mean square error; more are sharper and "
"cost proportionally more"

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
    summary="Accumulates a burst in the Fourier domain, fuses it recurrently, and restores it by direct iteration "
    "(InDI)",
    reference="arXiv:2303.11435",
    tasks=frozenset({"deblur", "denoise", "dejpeg", "enhance"}),
    weights={"burst-shake": "weights/r-crd-net-burst-shake", "burst-shake-bsds": "weights/r-crd-net-burst-shake-bsds"},
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
