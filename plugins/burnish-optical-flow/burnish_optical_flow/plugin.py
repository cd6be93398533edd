"""The declarations of burnish-optical-flow; the implementations are imported on first use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from burnish import CommandSpec, RestorerSpec, hookimpl

Schema = Mapping[str, Any]

ESTIMATORS = ("dis", "farneback", "horn-schunck", "lucas-kanade")
"""The estimators of flow by name: OpenCV's two, fast, and ours, precise."""


def number(default: float, description: str, *, least: float = 0.0, most: float = 100.0) -> Schema:
    """The schema of a number."""
    return {"type": "number", "minimum": least, "maximum": most, "default": default, "description": description}


def whole(default: int, description: str, *, least: int, most: int) -> Schema:
    """The schema of an integer."""
    return {"type": "integer", "minimum": least, "maximum": most, "default": default, "description": description}


def estimator() -> Schema:
    """The schema of an estimator's name."""
    return {"enum": list(ESTIMATORS), "default": "dis", "description": "estimator of the optical flow"}


@hookimpl
def register_restorers() -> Iterator[RestorerSpec]:
    """The restorers of this plugin."""
    yield burst_fusion()
    yield flow_deblur()


@hookimpl
def register_commands() -> Iterator[CommandSpec]:
    """The command that estimates, stores, shows and scores flow."""
    yield CommandSpec(
        name="flow",
        factory="burnish_optical_flow.command:main",
        summary="Estimate the motion between two pictures (optical flow), show it, or score it",
        group="use",
    )


def burst_fusion() -> RestorerSpec:
    """Weighted Fourier burst accumulation."""
    window = {"enum": [64, 128, 256, 512, 1024], "default": 256, "description": "side of the windows in pixels"}
    return RestorerSpec(
        name="burst-fusion",
        factory="burnish_optical_flow.bursts.burst_fusion:BurstFusion",
        summary="A sharp picture from a burst of shaken ones: aligned by flow, fused frequency by frequency",
        tasks=frozenset({"deblur", "denoise"}),
        temporal="burst",
        tiling="whole",
        reference="doi:10.1109/TCI.2015.2501245",
        config={
            "align": {
                "type": "boolean",
                "default": True,
                "description": "whether to align the frames to frame 0; false for bursts that are already aligned",
            },
            "estimator": estimator(),
            "shrink": whole(2, "the flow is estimated on pictures smaller by this factor", least=1, most=16),
            "exponent": number(
                11.0, "p of the weights |spectrum|^p; 0 averages, a large value selects the sharpest frame"
            ),
            "window": window,
            "finish": {
                "type": "string",
                "minLength": 1,
                "default": "sharpen",
                "description": "finishing of the fused picture: sharpen, or a restorer of slight blur: its id, "
                "with weights if trained (cnn/unet:slight-shake), or a bundle",
            },
            "sharpen": number(1.0, "amount of sharpening, if finish is sharpen; 0: none", most=10.0),
            "radius": number(1.5, "standard deviation in pixels of the sharpening's Gaussian", least=0.1),
        },
    )


def flow_deblur() -> RestorerSpec:
    """Deconvolution with the blur along the flow."""
    return RestorerSpec(
        name="flow-deblur",
        factory="burnish_optical_flow.deblurring.flow_deblur:FlowDeblur",
        summary="Motion deblurring of a frame by its optical flow to the next ones",
        tasks=frozenset({"deblur"}),
        temporal="burst",
        tiling="blend",
        reference="doi:10.1109/CVPR.2015.7299181",
        config={
            "exposure": number(0.5, "fraction of a frame's interval during which the shutter is open", most=1.0),
            "estimator": estimator(),
            "strength": number(0.0002, "weight of the prior; grows with the noise", least=1e-6, most=1.0),
            "exponent": number(0.8, "exponent of the gradients in the prior; 1: total variation", least=0.3, most=1.0),
            "iterations": whole(15, "iterations of the deconvolution", least=1, most=1000),
            "longest": number(
                40.0, "largest motion in pixels during the exposure; longer motion is shortened to it", most=500.0
            ),
        },
    )
