"""The declarations of several degradations in sequence."""

from typing import Any

from burnish import DegraderSpec

from burnish_degradations.declared.schemas import BURST_SCALES, SCALES, SIGMA, interval


def real_world() -> DegraderSpec:
    """Two rounds of blur, resizing, noise and compression."""
    width = "standard deviations of the blur in pixels, along and across"
    factor = "factors of resizing, below 1 for smaller pictures"
    shot = "Poisson noise of variance shot² · x / 255"
    quality = "of the JPEG, whole numbers from 1 to 100"
    return DegraderSpec(
        name="real-world",
        factory="burnish_degradations.real_world.chain:RealWorld",
        summary="Real-ESRGAN's second-order degradation: blur, resizing, noise and JPEG, twice, then ringing",
        tasks=frozenset({"super-resolve", "denoise", "deblur", "dejpeg", "enhance"}),
        gives=frozenset({"scale"}),
        scale=BURST_SCALES,
        reference="arXiv:2107.10833",
        config={
            "scale": {
                "type": "integer",
                "enum": list(BURST_SCALES),
                "default": 4,
                "description": "factor by which the result is smaller; the picture is cropped to multiples of it",
            },
            "width": interval((0.2, 3.0), width, least=0.0, most=20.0),
            "second_width": interval((0.2, 1.5), f"second stage: {width}", least=0.0, most=20.0),
            "resize": interval((0.15, 1.5), factor, least=0.05, most=4.0),
            "second_resize": interval((0.3, 1.2), f"second stage, of the final size: {factor}", least=0.05, most=4.0),
            "noise": interval((1 / 255, 30 / 255), SIGMA, least=0.0, most=1.0),
            "second_noise": interval((1 / 255, 25 / 255), f"second stage: {SIGMA}", least=0.0, most=1.0),
            "shot": interval((0.05, 3.0), shot, least=0.0, most=20.0),
            "second_shot": interval((0.05, 2.5), f"second stage: {shot}", least=0.0, most=20.0),
            "quality": interval((30, 95), f"quality {quality}", least=1, most=100),
            "second_quality": interval((30, 95), f"second stage: quality {quality}", least=1, most=100),
        },
    )


STEP: dict[str, Any] = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string"}, "config": {"type": "object"}},
    "additionalProperties": False,
}
"""The schema of a degrader with its settings."""


def sequence() -> DegraderSpec:
    """Several degraders in a row. Its conditions depend on its steps; the declaration lists all possible ones."""
    return DegraderSpec(
        name="sequence",
        factory="burnish_degradations.sequence:DegraderSequence",
        summary="Several degraders in sequence, of any plugin; gives the conditions of its steps",
        tasks=frozenset({"denoise", "deblur", "super-resolve", "dejpeg"}),
        gives=frozenset({"kernel", "sigma", "scale"}),
        scale=(1, *SCALES),
        config={
            "steps": {
                "type": "array",
                "minItems": 1,
                "items": STEP,
                "default": [{"id": "degradations/camera-shake"}, {"id": "degradations/gaussian-noise"}],
                "description": "the degraders in order, each with its id and its config",
            },
        },
    )


def one_of() -> DegraderSpec:
    """One of several for each picture. Its conditions are those that all choices give; the declaration lists any."""
    weight = {"type": "number", "exclusiveMinimum": 0, "description": "how often, beside the weights of the others"}
    return DegraderSpec(
        name="one-of",
        factory="burnish_degradations.one_of:OneOf",
        summary="One of several degraders for each picture, drawn by weight; of any plugin; all reduce by one factor",
        tasks=frozenset({"denoise", "deblur", "super-resolve", "dejpeg"}),
        gives=frozenset({"sigma", "scale"}),
        scale=(1, *SCALES),
        config={
            "choices": {
                "type": "array",
                "minItems": 1,
                "items": {**STEP, "properties": {**STEP["properties"], "weight": weight}},
                "default": [{"id": "degradations/gaussian-noise"}, {"id": "degradations/camera-noise"}],
                "description": "the degraders, each with its id, its config and its weight (1)",
            },
        },
    )
