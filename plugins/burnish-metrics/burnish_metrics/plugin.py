"""What burnish-metrics declares: the metrics, each a protocol, and the standard benchmarks that ask with them."""

from collections.abc import Iterator, Mapping
from typing import Any

from burnish import BenchmarkSpec, MetricSpec, hookimpl

from burnish_metrics import benchmarks

ROUNDING = {
    "type": "string",
    "enum": ["uint8", "clip", "none"],
    "default": "uint8",
    "description": "uint8: clip to [0, 1] and round half up to 8 bit; clip: only clip; none: the values as they are",
}
BORDER = {
    "anyOf": [{"type": "integer", "minimum": 0}, {"const": "scale"}],
    "default": "scale",
    "description": "pixels cut off at every side; scale: as many as the picture was enlarged by, 0 where it was not",
}
CONFIG: Mapping[str, Mapping[str, Any]] = {"border": BORDER, "rounding": ROUNDING}

STUDIO = "BT.601 studio, Y = 16 + (65.481 R + 128.553 G + 24.966 B)/255, unrounded; one channel is taken as Y"
CHANNELS = "all channels as given, luma not computed"
PSNR = {"formula": "10 log10(peak²/MSE) of each image; inf for equal images", "data_range": 255}
SSIM = {
    "window": "Gaussian 11×11, σ 1.5, where it is wholly inside the picture",
    "constants": "K = (0.01, 0.03)",
    "variances": "biased",
    "data_range": 255,
}
WANG = "doi:10.1109/TIP.2003.819861"


@hookimpl
def register_metrics() -> Iterator[MetricSpec]:
    """PSNR and SSIM by the conventions of the published tables."""
    yield MetricSpec(
        name="psnr",
        factory="burnish_metrics.psnr:Psnr",
        summary="Peak signal-to-noise ratio over all channels",
        config=CONFIG,
        unit="dB",
        protocol={**PSNR, "luma": CHANNELS},
    )
    yield MetricSpec(
        name="psnr-y",
        factory="burnish_metrics.psnr:luma_psnr",
        summary="Peak signal-to-noise ratio of BT.601 studio luma, as super-resolution tables have it",
        config=CONFIG,
        unit="dB",
        protocol={**PSNR, "luma": STUDIO},
    )
    yield MetricSpec(
        name="ssim",
        factory="burnish_metrics.ssim:Ssim",
        summary="Structural similarity of each channel, then their mean",
        config=CONFIG,
        reference=WANG,
        protocol={**SSIM, "luma": CHANNELS},
    )
    yield MetricSpec(
        name="ssim-y",
        factory="burnish_metrics.ssim:luma_ssim",
        summary="Structural similarity of BT.601 studio luma, as super-resolution tables have it",
        config=CONFIG,
        reference=WANG,
        protocol={**SSIM, "luma": STUDIO},
    )
    yield MetricSpec(
        name="ssim-matlab3d",
        factory="burnish_metrics.ssim:MatlabSsim",
        summary="MATLAB's ssim of an RGB picture, the window also across channels, as deblurring tables have it",
        config=CONFIG,
        reference=WANG,
        protocol={**SSIM, "luma": CHANNELS, "window": "Gaussian 11×11×11, σ 1.5, borders replicated, every voxel"},
    )


@hookimpl
def register_benchmarks() -> Iterator[BenchmarkSpec]:
    """The questions of the published tables."""
    yield from benchmarks.super_resolution()
    yield from benchmarks.grey_denoising()
    yield from benchmarks.colour_denoising()
