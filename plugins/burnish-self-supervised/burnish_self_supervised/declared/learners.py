"""The declarations of the learners."""

from __future__ import annotations

from burnish import LearnerSpec

EPSILON = {
    "type": "number",
    "exclusiveMinimum": 0,
    "default": 0.002,
    "description": "by how much pixels are changed, in units of [0, 1], to find how the estimate follows them",
}
OFFSET = {"type": "number", "default": 0.0, "description": "the value without light, in units of [0, 1]"}
LEVEL = {
    "sigma": {
        "type": ["number", "null"],
        "exclusiveMinimum": 0,
        "default": None,
        "description": "standard deviation of Gaussian noise in units of [0, 1], where the files beside the pictures "
        "do not say it; null: not given",
    },
    "gain": {
        "type": "number",
        "minimum": 0,
        "default": 0.0,
        "description": "of noise that grows with the value: variance = gain · (value − offset) + read_noise²",
    },
    "read_noise": {"type": "number", "minimum": 0, "default": 0.0, "description": "see gain"},
    "offset": OFFSET,
}
LOSS = {"type": "string", "enum": ["l2", "l1"], "default": "l2", "description": "l1 is for symmetric noise only"}

WHITE = frozenset({"zero-mean", "independent-pixels"})
MODELLED = frozenset({"independent-pixels", "poisson-gaussian"})

NOISE2NOISE = LearnerSpec(
    name="noise2noise",
    factory="burnish_self_supervised.learners.noise2noise:Noise2Noise",
    summary="Compares the estimate from one shot of a scene with another shot",
    reference="arXiv:1803.04189",
    needs="shots",
    assumes=frozenset({"zero-mean", "independent-shots"}),
    config={"loss": LOSS},
)

NOISE2VOID = LearnerSpec(
    name="noise2void",
    factory="burnish_self_supervised.learners.noise2void:Noise2Void",
    summary="Replaces some pixels by others of their neighbourhood and compares there",
    reference="arXiv:1811.10980",
    needs="noisy",
    assumes=WHITE,
    config={
        "spacing": {
            "type": "integer",
            "minimum": 2,
            "default": 2,
            "description": "one pixel is blinded in every square of so many pixels a side; of lines: and twice reach",
        },
        "radius": {
            "type": "integer",
            "minimum": 1,
            "default": 2,
            "description": "a replacement is at most this number of pixels away",
        },
        "fill": {
            "type": "string",
            "enum": ["neighbour", "median"],
            "default": "neighbour",
            "description": "what replaces a pixel: a random one of its neighbourhood, or its median (arXiv:2211.08512)",
        },
        "line": {
            "type": "string",
            "enum": ["none", "row", "column"],
            "default": "none",
            "description": "noise alike along rows or columns: a line of pixels around the blinded one is replaced",
        },
        "reach": {
            "type": "integer",
            "minimum": 1,
            "default": 5,
            "description": "of that line, in pixels to either side",
        },
    },
)

NEIGHBOR2NEIGHBOR = LearnerSpec(
    name="neighbor2neighbor",
    factory="burnish_self_supervised.learners.neighbor2neighbor:Neighbor2Neighbor",
    summary="Compares the estimate from one sub-sampled picture with its neighbours",
    reference="arXiv:2101.02824",
    needs="noisy",
    assumes=WHITE,
    config={
        "regularisation": {
            "type": "number",
            "minimum": 0,
            "default": 2.0,
            "description": "weight, at the end of the training, of the term that allows for what neighbours differ by",
        },
    },
)

BLIND_SPOT = LearnerSpec(
    name="blind-spot",
    factory="burnish_self_supervised.learners.blind_spot:BlindSpot",
    summary="Makes noisy pixels likely by all other pixels; finds the noise level where it is not known",
    reference="arXiv:1901.10277",
    needs="noisy",
    assumes=MODELLED,
    restorers=("self-supervised/blind-spot-net",),
    config={
        **LEVEL,
        "level_weight": {
            "type": "number",
            "minimum": 0,
            "default": 0.1,
            "description": "how much a level that is not known is drawn upwards, times its standard deviation",
        },
    },
)

SURE = LearnerSpec(
    name="sure",
    factory="burnish_self_supervised.learners.sure:Sure",
    summary="Minimises an unbiased estimate of the true error, for noise of known level",
    reference="doi:10.1214/aos/1176345632",
    needs="noisy",
    assumes=MODELLED,
    conditions=frozenset({"sigma"}),
    config={**LEVEL, "epsilon": EPSILON},
)

UNSURE = LearnerSpec(
    name="unsure",
    factory="burnish_self_supervised.learners.unsure:Unsure",
    summary="As sure, for noise of unknown level, which it finds",
    reference="arXiv:2409.01985",
    needs="noisy",
    assumes=MODELLED,
    config={
        "noise": {
            "type": "string",
            "enum": ["gaussian", "poisson", "poisson-gaussian"],
            "default": "gaussian",
            "description": "the kind of noise",
        },
        "offset": OFFSET,
        "epsilon": EPSILON,
        "rate": {
            "type": "number",
            "exclusiveMinimum": 0,
            "default": 0.02,
            "description": "largest relative change of the level in a step",
        },
        "momentum": {
            "type": "number",
            "minimum": 0,
            "exclusiveMaximum": 1,
            "default": 0.9,
            "description": "of this change",
        },
    },
)

RECORRUPTED = LearnerSpec(
    name="recorrupted",
    factory="burnish_self_supervised.learners.recorrupted:Recorrupted",
    summary="Makes two pictures with independent noise of each noisy one (R2R)",
    reference="doi:10.1109/CVPR46437.2021.00208",
    needs="noisy",
    assumes=MODELLED,
    conditions=frozenset({"sigma"}),
    config={
        **LEVEL,
        "alpha": {
            "type": "number",
            "exclusiveMinimum": 0,
            "exclusiveMaximum": 1,
            "default": 0.5,
            "description": "less: the network is trained on noise nearer to that of use, but its targets are noisier",
        },
        "both_signs": {
            "type": "boolean",
            "default": True,
            "description": "each draw of noise is added and taken away: twice the work, far less noisy gradients",
        },
    },
)

AP_BSN = LearnerSpec(
    name="ap-bsn",
    factory="burnish_self_supervised.learners.ap_bsn:APBSN",
    summary="Guesses pixels from others far apart, for noise that is related over a few pixels",
    reference="arXiv:2203.11799",
    needs="noisy",
    assumes=frozenset({"zero-mean", "correlated"}),
    restorers=("self-supervised/ap-bsn-net",),
    config={
        "stride": {
            "type": "integer",
            "minimum": 1,
            "maximum": 16,
            "default": 5,
            "description": "the noise of pixels this far apart must be independent; larger than the network's stride",
        },
        "loss": {**LOSS, "default": "l1"},
    },
)
