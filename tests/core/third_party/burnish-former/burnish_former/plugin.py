"""The declarations of burnish-former. Never imports torch: a factory is resolved on first use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from burnish import (
    BenchmarkSpec,
    CommandSpec,
    DegraderSpec,
    FormatSpec,
    GateSpec,
    LearnerSpec,
    MetricSpec,
    RestorerSpec,
    hookimpl,
)

if TYPE_CHECKING:
    from burnish.events import PromotionDecided


@hookimpl
def register_restorers() -> Iterator[RestorerSpec]:
    """The restorers of this plugin."""
    yield RestorerSpec(
        name="former",
        factory="burnish_former.restorer:Former",
        summary="A small network that finds what to add to each pixel",
        tasks=frozenset({"denoise"}),
        channels=(3,),
        receptive_field=9,
        trainable=True,
        # A folder in this package; used as former/former:first
        weights={"first": "weights/first"},
        config={
            "features": {
                "type": "integer",
                "minimum": 1,
                "maximum": 256,
                "default": 16,
                "description": "channels of the layers between; weights hold for one value",
            },
        },
    )


@hookimpl
def register_degraders() -> Iterator[DegraderSpec]:
    """The degraders of this plugin."""
    yield DegraderSpec(
        name="former-degrader",
        factory="burnish_former.degrader:Former",
        summary="Impulse noise: random pixels become black or white",
        tasks=frozenset({"denoise"}),
        config={
            "fraction": {
                "type": "number",
                "minimum": 0,
                "maximum": 1,
                "default": 0.05,
                "description": "fraction of replaced pixels, half of them black, half white",
            },
        },
    )


@hookimpl
def register_metrics() -> Iterator[MetricSpec]:
    """The metrics of this plugin. Raise ``version`` if the same pictures would give other numbers."""
    yield MetricSpec(
        name="former-metric",
        factory="burnish_former.metric:Former",
        summary="Mean absolute error in levels of 8 bit",
        higher_is_better=False,
        protocol={
            "formula": "mean of |x − y| over all pixels and channels",
            "luma": "not computed",
            "border": 0,
            "rounding": "none",
            "data_range": 255,
        },
    )


@hookimpl
def register_gates() -> Iterator[GateSpec]:
    """The gates of this plugin."""
    yield GateSpec(
        name="former-gate",
        factory="burnish_former.gate:Former",
        summary="The weights of the challenger take at most so many megabytes",
        config={
            "megabytes": {
                "type": "number",
                "exclusiveMinimum": 0,
                "default": 50.0,
                "description": "largest size of the weights, in millions of bytes",
            },
        },
    )


@hookimpl
def register_learners() -> Iterator[LearnerSpec]:
    """The learners of this plugin: what each must be shown, and what it assumes of the noise."""
    yield LearnerSpec(
        name="former-learner",
        factory="burnish_former.learner:Former",
        summary="Compares the estimate of one shot with another shot of the same scene",
        needs="shots",
        assumes=frozenset({"zero-mean", "independent-shots"}),
        reference="arXiv:1803.04189",
        config={
            "weight": {
                "type": "number",
                "exclusiveMinimum": 0,
                "default": 1.0,
                "description": "factor of the loss",
            },
        },
    )


@hookimpl
def register_benchmarks() -> Iterator[BenchmarkSpec]:
    """The benchmarks of this plugin: nothing but a declaration, so that everybody measures the same."""
    yield BenchmarkSpec(
        name="former-benchmark",
        summary="Colour pictures with Gaussian noise of σ = 25/255, PSNR and SSIM of all channels",
        degrader="degradations/gaussian-noise",
        degrader_config={"sigma": 25 / 255},
        seed=0,  # of the noise: the same for everybody
        metrics=("metrics/psnr", "metrics/ssim"),  # the first one leads
        colour="rgb",
        images="any clean colour pictures; papers use CBSD68",
    )


@hookimpl
def on_promotion_decided(event: PromotionDecided) -> None:
    """Note every decision in a file, where BURNISH_FORMER_FILE names one; the import waits until it is needed."""
    if path := os.environ.get("BURNISH_FORMER_FILE"):
        from burnish_former.observer import note

        note(event, Path(path))


@hookimpl
def register_formats() -> Iterator[FormatSpec]:
    """The formats of this plugin: how their files are recognised, and what they can hold."""
    yield FormatSpec(
        name="former-format",
        factory="burnish_former.format:Former",
        summary="Portable float maps: float32, grey or colour, no metadata, lossless",
        title="PFM",
        suffixes=(".pfm",),
        marks=("50460a", "50660a"),
        depths=("float32",),
    )


@hookimpl
def register_commands() -> Iterator[CommandSpec]:
    """The commands of this plugin."""
    yield CommandSpec(
        name="former-command",
        factory="burnish_former.command:main",
        summary="Print width, height and mean of a picture",
    )
