"""The declarations of the blind-spot networks."""

from __future__ import annotations

from burnish import RestorerSpec

CHANNELS = {"type": "integer", "enum": [1, 3], "default": 3, "description": "1: grey pictures; 3: RGB"}

BLIND_SPOT_NET = RestorerSpec(
    name="blind-spot-net",
    factory="burnish_self_supervised.networks.blind_spot_net:BlindSpotNet",
    summary="Denoiser that guesses every pixel from all others, then weighs it with the pixel by the noise model",
    reference="arXiv:1901.10277",
    tasks=frozenset({"denoise"}),
    accepts=frozenset({"sigma"}),
    config={
        "channels": CHANNELS,
        "width": {
            "type": "integer",
            "minimum": 2,
            "maximum": 256,
            "default": 24,
            "description": "features at the finest level; doubled at every further level",
        },
        "levels": {
            "type": "integer",
            "minimum": 0,
            "maximum": 5,
            "default": 3,
            "description": "number of halvings of the size",
        },
        "blocks": {
            "type": "integer",
            "minimum": 1,
            "default": 1,
            "description": "residual blocks of two 3×3 convolutions at every level, in encoder and decoder each",
        },
        "unshuffle": {
            "type": "integer",
            "enum": [1, 2, 4],
            "default": 2,
            "description": "this number of neighbouring pixels of a row are channels of one cell; cheaper by as much",
        },
        "noise": {
            "type": "string",
            "enum": ["gaussian", "poisson-gaussian"],
            "default": "gaussian",
            "fixed": True,
            "description": "the noise model: of one variance, or of a variance that grows with the value",
        },
        "own_pixel": {
            "type": "boolean",
            "default": True,
            "description": "weigh the guess with the pixel itself; no: the guess alone, where noise levels are unknown",
        },
    },
    channels=(1, 3),
    size_multiple=16,
    receptive_field=211,
    trainable=True,
    precision_tolerance=0.001,
)

AP_BSN_NET = RestorerSpec(
    name="ap-bsn-net",
    factory="burnish_self_supervised.networks.ap_bsn_net:APBSNNet",
    summary="Blind-spot denoiser of photographs whose noise is related over a few pixels",
    reference="arXiv:2203.11799",
    tasks=frozenset({"denoise"}),
    config={
        "channels": CHANNELS,
        "features": {
            "type": "integer",
            "minimum": 2,
            "multipleOf": 2,
            "default": 32,
            "description": "channels between the convolutions, even; the paper has 128",
        },
        "modules": {
            "type": "integer",
            "minimum": 1,
            "maximum": 64,
            "default": 6,
            "description": "dilated convolutions of each of the two branches; the paper has 9",
        },
        "stride": {
            "type": "integer",
            "minimum": 1,
            "maximum": 8,
            "default": 2,
            "description": "takes the picture apart into every stride-th pixel; more leaves less noise, less detail",
        },
        "refinements": {
            "type": "integer",
            "minimum": 0,
            "maximum": 64,
            "default": 8,
            "description": "rounds in which noisy pixels are put back at random and the network sees the picture "
            "whole; 0: none",
        },
        "replaced_share": {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": 1,
            "default": 0.16,
            "description": "share of the pixels that each of these rounds puts back",
        },
    },
    channels=(1, 3),
    size_multiple=8,
    receptive_field=123,
    trainable=True,
    precision_tolerance=0.001,
)
