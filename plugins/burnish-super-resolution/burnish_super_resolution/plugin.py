"""The declarations of burnish-super-resolution; the implementations are imported on first use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from burnish import RestorerSpec, hookimpl

CHANNELS = {
    "type": "integer",
    "enum": [1, 3],
    "default": 3,
    "description": "1: grey pictures, or each channel of a colour picture separately; 3: RGB",
}
SCALE = {"type": "integer", "enum": [2, 3, 4], "default": 2, "description": "factor of enlargement"}


def _count(default: int, description: str, *, minimum: int = 1) -> dict[str, Any]:
    return {"type": "integer", "minimum": minimum, "default": default, "description": description}


def _network(
    name: str,
    factory: str,
    summary: str,
    reference: str,
    field: int,
    config: dict[str, Any],
    weights: dict[str, str] | None = None,
) -> RestorerSpec:
    return RestorerSpec(
        name=name,
        factory=factory,
        summary=summary,
        reference=reference,
        tasks=frozenset({"super-resolve"}),
        config={"channels": CHANNELS, "scale": SCALE, **config},
        scale=(2, 3, 4),
        channels=(1, 3),
        min_size=2,
        receptive_field=field,
        trainable=True,
        weights=weights or {},
        precision_tolerance=0.001,
    )


ESPCN = _network(
    "espcn",
    "burnish_super_resolution.espcn:ESPCN",
    "Three convolutions on the small grid and a pixel shuffle; the fastest",
    "arXiv:1609.05158",
    9,
    {"features": _count(64, "channels after the first convolution; half as many after the second; even", minimum=2)},
    weights={"luma-x2": "weights/espcn-luma-x2"},
)

EDSR = _network(
    "edsr",
    "burnish_super_resolution.edsr:EDSR",
    "Residual blocks without normalization; the reference",
    "arXiv:1707.02921",
    73,
    {
        "blocks": _count(16, "residual blocks"),
        "features": _count(64, "channels"),
        "residual_scale": {
            "type": "number",
            "exclusiveMinimum": 0,
            "default": 1.0,
            "fixed": True,
            "description": "factor on the output of each block; 0.1 stabilizes wide networks",
        },
        "enlarging": {
            "enum": ["features", "picture"],
            "default": "features",
            "description": "features: as published; picture: directly its sub-pixels, half the work at ×4",
        },
    },
    weights={
        "real-x2": "weights/edsr-real-x2",
        "luma-x2": "weights/edsr-luma-x2",
        "luma-x4": "weights/edsr-luma-x4",
    },
)

SPAN = _network(
    "span",
    "burnish_super_resolution.span:SPAN",
    "Attention without parameters, from the features themselves; the best quality for its cost",
    "arXiv:2311.12770",
    43,
    {"features": _count(48, "channels"), "blocks": _count(6, "blocks of three convolutions")},
    weights={"luma-x2": "weights/luma-x2"},
)

BURST_SR = RestorerSpec(
    name="burst-sr",
    factory="burnish_super_resolution.burst_sr:BurstSR",
    summary="Aligns the frames of a burst, merges their samples on the finer grid, and fuses them recurrently",
    reference="doi:10.1109/CVPRW50498.2020.00111",
    tasks=frozenset({"super-resolve", "denoise"}),
    config={
        "channels": {**CHANNELS, "description": "1: grey pictures; 3: RGB"},
        "scale": SCALE,
        "width": _count(48, "channels of the residual blocks"),
        "blocks": _count(6, "residual blocks, on the grid of the frames", minimum=0),
        "hidden": _count(24, "channels of the recurrent state"),
        "local_motion": {
            "type": "boolean",
            "default": False,
            "description": "also aligns motion that varies from place to place; less exact if it does not vary",
        },
    },
    scale=(2, 3, 4),
    channels=(1, 3),
    min_size=8,
    temporal="burst",
    tiling="blend",
    learner="burnish_super_resolution.burst_sr_learner:FewerFrames",
    weights={"x2": "weights/burst-x2"},
    trainable=True,
    precision_tolerance=0.001,
)

ITERATIVE_BACK_PROJECTION = RestorerSpec(
    name="iterative-back-projection",
    factory="burnish_super_resolution.iterative_back_projection:IterativeBackProjection",
    summary="Corrects the enlargement by its residual in each aligned frame; no training",
    reference="doi:10.1016/1049-9652(91)90045-L",
    tasks=frozenset({"super-resolve"}),
    config={
        "scale": SCALE,
        "iterations": _count(15, "rounds of correction; more is sharper and noisier"),
        "step": {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": 1.9,
            "default": 1.0,
            "description": "share of each correction that is applied",
        },
        "fusion": {
            "type": "string",
            "enum": ["robust", "mean"],
            "default": "robust",
            "description": "robust: differences too large for noise, e.g. from moving objects, count little; mean: "
            "all count alike",
        },
    },
    scale=(2, 3, 4),
    channels=(1, 3),
    min_size=8,
    temporal="burst",
    tiling="whole",
)


@hookimpl
def register_restorers() -> Iterable[RestorerSpec]:
    """The restorers of this plugin."""
    yield ESPCN
    yield EDSR
    yield SPAN
    yield BURST_SR
    yield ITERATIVE_BACK_PROJECTION
