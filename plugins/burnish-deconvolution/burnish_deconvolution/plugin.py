"""The declarations of burnish-deconvolution; the implementations are imported on first use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from burnish import CommandSpec, RestorerSpec, hookimpl

from burnish_deconvolution.solvers.denoisers import PREFERRED_FOR_RGB

Schema = Mapping[str, Any]

BOUNDARY: Schema = {
    "enum": ["unknown", "circular"],
    "default": "unknown",
    "description": "outside the picture: an unknown scene, as in every photograph; or periodic",
}

TRANSFER: Schema = {
    "enum": ["linear", "srgb"],
    "default": "linear",
    "description": "linear: unchanged values (the host converts a photograph's to linear light); srgb: converts "
    "them to light itself",
    "later": True,
}

CHANNELS: Schema = {"type": "integer", "enum": [1, 3], "default": 3, "description": "1: grey pictures; 3: RGB"}

KERNEL = frozenset({"kernel"})
KERNEL_AND_SIGMA = frozenset({"kernel", "sigma"})
DEBLUR = frozenset({"deblur"})
PARTLY = frozenset({"mask", "saturated"})
"""Optional conditions of solvers with a data term: the pixels that do not count."""


def number(default: float, description: str, *, least: float = 0.0, most: float = 1000.0) -> Schema:
    """The schema of a number."""
    return {"type": "number", "minimum": least, "maximum": most, "default": default, "description": description}


def count(default: int, description: str, *, least: int = 1, most: int = 1000) -> Schema:
    """The schema of an integer."""
    return {"type": "integer", "minimum": least, "maximum": most, "default": default, "description": description}


@hookimpl
def register_restorers() -> Iterable[RestorerSpec]:
    """The restorers of this plugin."""
    yield wiener()
    yield richardson_lucy()
    yield hyper_laplacian()
    yield admm_tv()
    yield plug_and_play()
    yield deep_wiener()
    yield deconv_net()
    yield blind()


@hookimpl
def register_commands() -> Iterable[CommandSpec]:
    """The commands of this plugin."""
    yield CommandSpec(
        name="kernel",
        factory="burnish_deconvolution.blind.command:main",
        summary="Estimate the blur of photographs, for `restore --kernel`",
        group="use",
    )


def wiener() -> RestorerSpec:
    """The linear solver."""
    return RestorerSpec(
        name="wiener",
        factory="burnish_deconvolution.solvers.wiener:Wiener",
        summary="Wiener deconvolution with the spectrum of natural pictures as prior",
        tasks=DEBLUR,
        accepts=PARTLY,
        light="linear",
        needs=KERNEL_AND_SIGMA,
        tiling="whole",
        reference="N. Wiener, Extrapolation, Interpolation, and Smoothing of Stationary Time Series, 1949",
        config={
            "balance": number(3.0, "noise-to-signal ratio in units of the estimated one; more is smoother"),
            "steps": count(1, "minimum number of conjugate-gradient steps with an unknown boundary"),
            "boundary": BOUNDARY,
            "transfer": TRANSFER,
        },
    )


def richardson_lucy() -> RestorerSpec:
    """The solver that needs no noise level."""
    return RestorerSpec(
        name="richardson-lucy",
        factory="burnish_deconvolution.solvers.richardson_lucy:RichardsonLucy",
        summary="Richardson–Lucy, accelerated, with total variation and a reconstructed border",
        tasks=DEBLUR,
        accepts=PARTLY,
        light="linear",
        needs=KERNEL,
        tiling="whole",
        reference="doi:10.1364/JOSA.62.000055",
        config={
            "iterations": count(30, "multiplicative steps; more is sharper and noisier", most=10000),
            "acceleration": {
                "type": "boolean",
                "default": True,
                "description": "extrapolate along the last change (Biggs and Andrews, doi:10.1364/AO.36.001766)",
            },
            "tv": number(0.002, "weight of the total variation (Dey et al.); 0 leaves it out", most=0.1),
            "boundary": BOUNDARY,
            "transfer": TRANSFER,
        },
    )


def hyper_laplacian() -> RestorerSpec:
    """The fast solver with a heavy-tailed prior."""
    return RestorerSpec(
        name="hyper-laplacian",
        factory="burnish_deconvolution.solvers.hyper_laplacian:HyperLaplacian",
        summary="Half-quadratic deconvolution with a hyper-Laplacian prior on derivatives",
        tasks=DEBLUR,
        accepts=PARTLY,
        light="linear",
        needs=KERNEL_AND_SIGMA,
        tiling="whole",
        reference="D. Krishnan, R. Fergus, Fast Image Deconvolution using Hyper-Laplacian Priors, NIPS 2009",
        config={
            "alpha": number(2 / 3, "exponent of the prior; 1 is total variation", least=0.1, most=1.0),
            "weight": number(4.0, "weight of the prior in units of the noise's variance", least=1e-3),
            "second_order": number(
                0.25, "share of second differences in the prior; 0: only first differences", most=10.0
            ),
            "growth": number(2.0, "factor by which the coupling grows from stage to stage", least=1.05, most=100.0),
            "most": number(1024.0, "coupling of the last stage", least=1.0, most=1e7),
            "rounds": count(1, "alternations at every stage", most=100),
            "steps": count(5, "minimum number of conjugate-gradient steps at every stage with an unknown boundary"),
            "boundary": BOUNDARY,
            "transfer": TRANSFER,
        },
    )


def admm_tv() -> RestorerSpec:
    """The convex solver."""
    return RestorerSpec(
        name="admm-tv",
        factory="burnish_deconvolution.solvers.admm_tv:AdmmTV",
        summary="Total-variation deconvolution by ADMM with the unknown border masked",
        tasks=DEBLUR,
        accepts=PARTLY,
        light="linear",
        needs=KERNEL_AND_SIGMA,
        tiling="whole",
        reference="doi:10.1109/TIP.2013.2258354",
        config={
            "weight": number(10.0, "weight of the total variation in units of the noise's variance"),
            "iterations": count(30, "number of iterations"),
            "threshold": number(
                0.03, "amount in [0, 1] units by which an iteration shrinks gradients", least=1e-4, most=1.0
            ),
            "splitting": number(
                0.05, "penalty of the split blurred picture; smaller for low noise", least=1e-4, most=100.0
            ),
            "boundary": BOUNDARY,
            "transfer": TRANSFER,
        },
    )


def plug_and_play() -> RestorerSpec:
    """The solver with a denoiser as its prior."""
    return RestorerSpec(
        name="plug-and-play",
        factory="burnish_deconvolution.solvers.plug_and_play:PlugAndPlay",
        summary="Half-quadratic splitting with any installed denoiser as prior",
        tasks=DEBLUR,
        accepts=PARTLY,
        light="linear",
        needs=KERNEL_AND_SIGMA,
        tiling="whole",
        reference="arXiv:2008.13751",
        asks=PREFERRED_FOR_RGB,
        learned=True,
        config={
            "denoiser": {
                "type": "string",
                "minLength": 1,
                "default": "auto",
                "description": "restorer of Gaussian noise: its id, with weights if trained (id:name), or a "
                "bundle; auto: cnn/ffdnet:colour (:grey if not RGB), or classical/nlm if that is not installed",
            },
            "denoiser_config": {"type": "object", "default": {}, "description": "the denoiser's own settings"},
            "denoiser_sigma": {
                "anyOf": [{"type": "number", "exclusiveMinimum": 0, "maximum": 1}, {"type": "null"}],
                "default": None,
                "description": "the only noise level in [0, 1] units of the denoiser, if it has only one",
            },
            "iterations": count(8, "alternations of deconvolution and denoising"),
            "start": number(
                0.19, "noise level in [0, 1] units that the first denoising removes", least=0.001, most=1.0
            ),
            "weight": number(0.23, "λ: weight of the denoised picture in each deconvolution", least=1e-4, most=100.0),
            "steps": count(
                6, "minimum number of conjugate-gradient steps in every alternation with an unknown boundary"
            ),
            "boundary": BOUNDARY,
            "transfer": TRANSFER,
        },
    )


def blind() -> RestorerSpec:
    """The restorer that needs no conditions."""
    return RestorerSpec(
        name="blind",
        factory="burnish_deconvolution.blind.estimator:Blind",
        summary="Blind deconvolution: estimates the blur from edges, coarse to fine, then calls another restorer",
        tasks=DEBLUR,
        accepts=PARTLY | {"curve"},
        light="linear",
        tiling="whole",
        reference="doi:10.1109/CVPR.2013.147",
        config={
            "solver": {
                "type": "string",
                "minLength": 1,
                "default": "deconvolution/hyper-laplacian",
                "description": "restorer that receives the estimated kernel: its id, with weights if trained (id:name)",
            },
            "solver_config": {"type": "object", "default": {}, "description": "the solver's own settings"},
            "kernel_size": {
                "type": "integer",
                "minimum": 0,
                "maximum": 255,
                "default": 0,
                "description": "largest side of the blur in pixels, odd; 0: an eighth of the shorter side, at most 41",
            },
            "gradient": number(0.008, "initial cost of an edge; more keeps fewer edges", least=1e-4, most=1.0),
            "dark": number(0.0, "initial cost of a patch without black; 0: no cost for missing black", most=1.0),
            "weight": number(2.0, "cost of the kernel's energy; more spreads the kernel"),
            "threshold": number(0.05, "kernel values below this share of the largest are set to 0", most=0.5),
            "iterations": count(5, "alternating estimates of picture and kernel at each level", most=100),
            "refinements": count(3, "alternating restorations and kernel estimates at the end", least=0, most=100),
            "region": {
                "type": "integer",
                "minimum": 0,
                "default": 640,
                "description": "side in pixels of the region for the estimate in larger pictures; 0: the whole picture",
            },
            "mistrust": number(0.007, "noise level in [0, 1] units that stands for the kernel's error", most=0.2),
            "force": {
                "type": "boolean",
                "default": False,
                "description": "return the estimate even where the blur was not found with confidence",
            },
            "transfer": TRANSFER,
        },
    )


def deep_wiener() -> RestorerSpec:
    """The network that receives the kernel."""
    return RestorerSpec(
        name="deep-wiener",
        factory="burnish_deconvolution.learned.deep_wiener:DeepWiener",
        summary="Wiener filters of learned features, refined by a small U-net",
        tasks=DEBLUR,
        accepts=PARTLY | {"sigma"},
        light="linear",
        needs=KERNEL,
        min_size=4,
        tiling="blend",
        trainable=True,
        weights={"camera-shake": "weights/camera-shake"},
        precision_tolerance=0.001,
        reference="arXiv:2103.09962",
        config={
            "channels": CHANNELS,
            "features": count(16, "number of deconvolved feature maps", most=256),
            "width": count(48, "channels of the refinement; doubled on the coarser level", least=4, most=512),
            "blocks": count(2, "residual blocks at each of the three places of the refinement", least=0, most=32),
            "steps": count(8, "minimum number of conjugate-gradient steps with an unknown boundary"),
            "mistake": number(0.0, "error of the kernels in training, as a part of their largest value", most=1.0),
            "boundary": BOUNDARY,
            "transfer": TRANSFER,
        },
    )


def deconv_net() -> RestorerSpec:
    """The network for one family of kernels."""
    return RestorerSpec(
        name="deconv-net",
        factory="burnish_deconvolution.learned.deconv_net:DeconvNet",
        summary="Learned inverse kernels, large and separable, for one family of blurs",
        tasks=DEBLUR,
        weights={"defocus": "weights/defocus"},
        receptive_field=61,
        trainable=True,
        precision_tolerance=0.001,
        reference="L. Xu et al., Deep Convolutional Neural Network for Image Deconvolution, NIPS 2014",
        config={
            "channels": CHANNELS,
            "features": count(32, "feature maps of every layer", least=2, most=512),
            "side": {
                "enum": list(range(3, 152, 2)),
                "default": 41,
                "description": "side of the inverse kernels in pixels, odd; two to four times the blur's",
            },
            "inverse": {
                "enum": ["separable", "full"],
                "default": "separable",
                "description": "side×1 then 1×side across all maps; or one side×side for each map",
            },
            "encoder_blocks": count(1, "residual blocks before the inversion", least=0, most=32),
            "decoder_blocks": count(3, "residual blocks after the inversion", least=0, most=32),
        },
    )
