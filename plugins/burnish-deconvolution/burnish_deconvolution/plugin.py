"""What burnish-deconvolution declares; the implementations are imported on first use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from burnish import RestorerSpec, hookimpl

Schema = Mapping[str, Any]

BOUNDARY: Schema = {
    "enum": ["unknown", "circular"],
    "default": "unknown",
    "description": "beyond the picture: a scene that nobody recorded, as in every photograph; or its other side",
}

KERNEL = frozenset({"kernel"})
KERNEL_AND_SIGMA = frozenset({"kernel", "sigma"})
DEBLUR = frozenset({"deblur"})


def number(default: float, description: str, *, least: float = 0.0, most: float = 1000.0) -> Schema:
    """The schema of a number."""
    return {"type": "number", "minimum": least, "maximum": most, "default": default, "description": description}


def count(default: int, description: str, *, least: int = 1, most: int = 1000) -> Schema:
    """The schema of a whole number."""
    return {"type": "integer", "minimum": least, "maximum": most, "default": default, "description": description}


@hookimpl
def register_restorers() -> Iterable[RestorerSpec]:
    """The restorers of this plugin."""
    yield wiener()
    yield richardson_lucy()
    yield hyper_laplacian()
    yield admm_tv()
    yield plug_and_play()


def wiener() -> RestorerSpec:
    """The linear one."""
    return RestorerSpec(
        name="wiener",
        factory="burnish_deconvolution.wiener:Wiener",
        summary="Wiener deconvolution with the spectrum of natural pictures as prior",
        tasks=DEBLUR,
        needs=KERNEL_AND_SIGMA,
        tiling="whole",
        reference="N. Wiener, Extrapolation, Interpolation, and Smoothing of Stationary Time Series, 1949",
        config={
            "balance": number(3.0, "noise-to-signal ratio in units of the estimated one; more is smoother"),
            "steps": count(12, "conjugate-gradient steps under an unknown boundary"),
            "boundary": BOUNDARY,
        },
    )


def richardson_lucy() -> RestorerSpec:
    """The one that needs no noise level."""
    return RestorerSpec(
        name="richardson-lucy",
        factory="burnish_deconvolution.richardson_lucy:RichardsonLucy",
        summary="Richardson–Lucy, accelerated, with total variation and a reconstructed border",
        tasks=DEBLUR,
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
        },
    )


def hyper_laplacian() -> RestorerSpec:
    """The fast one with a heavy-tailed prior."""
    return RestorerSpec(
        name="hyper-laplacian",
        factory="burnish_deconvolution.hyper_laplacian:HyperLaplacian",
        summary="Half-quadratic deconvolution with a hyper-Laplacian prior on derivatives",
        tasks=DEBLUR,
        needs=KERNEL_AND_SIGMA,
        tiling="whole",
        reference="D. Krishnan, R. Fergus, Fast Image Deconvolution using Hyper-Laplacian Priors, NIPS 2009",
        config={
            "alpha": number(2 / 3, "exponent of the prior; 1 is total variation", least=0.1, most=1.0),
            "weight": number(4.0, "weight of the prior in units of the noise's variance"),
            "second_order": number(0.25, "share of second differences in the prior; 0: first ones alone", most=10.0),
            "growth": number(2.0, "factor by which the coupling grows from stage to stage", least=1.05, most=100.0),
            "most": number(1024.0, "coupling at which it ends", least=1.0, most=1e7),
            "rounds": count(1, "alternations at every stage", most=100),
            "steps": count(5, "conjugate-gradient steps at every stage under an unknown boundary"),
            "boundary": BOUNDARY,
        },
    )


def admm_tv() -> RestorerSpec:
    """The convex one."""
    return RestorerSpec(
        name="admm-tv",
        factory="burnish_deconvolution.admm_tv:AdmmTV",
        summary="Total-variation deconvolution by ADMM with the unrecorded border masked",
        tasks=DEBLUR,
        needs=KERNEL_AND_SIGMA,
        tiling="whole",
        reference="doi:10.1109/TIP.2013.2258354",
        config={
            "weight": number(10.0, "weight of the total variation in units of the noise's variance"),
            "iterations": count(30, "rounds of the alternating direction method"),
            "threshold": number(0.03, "gradients of this size in [0, 1] units are judged first", least=1e-4, most=1.0),
            "splitting": number(0.05, "penalty of the split-off blurred picture", least=1e-4, most=100.0),
            "boundary": BOUNDARY,
        },
    )


def plug_and_play() -> RestorerSpec:
    """The one whose prior is a denoiser."""
    return RestorerSpec(
        name="plug-and-play",
        factory="burnish_deconvolution.plug_and_play:PlugAndPlay",
        summary="Half-quadratic splitting with any installed denoiser as prior",
        tasks=DEBLUR,
        needs=KERNEL_AND_SIGMA,
        tiling="whole",
        reference="arXiv:2008.13751",
        config={
            "denoiser": {
                "type": "string",
                "minLength": 1,
                "default": "classical/nlm",
                "description": "id of a restorer that undoes Gaussian noise, with weights where it is trained (id:name)",
            },
            "denoiser_config": {"type": "object", "default": {}, "description": "the denoiser's own settings"},
            "denoiser_sigma": {
                "anyOf": [{"type": "number", "exclusiveMinimum": 0, "maximum": 1}, {"type": "null"}],
                "default": None,
                "description": "the one noise in [0, 1] units that the denoiser is for, where it is for one alone",
            },
            "iterations": count(8, "turns of deconvolution and denoising"),
            "start": number(0.19, "noise in [0, 1] units that the first denoising removes", least=0.001, most=1.0),
            "weight": number(0.23, "λ: how much a turn trusts the denoised picture", least=1e-4, most=100.0),
            "steps": count(6, "conjugate-gradient steps at every turn under an unknown boundary"),
            "boundary": BOUNDARY,
        },
    )
