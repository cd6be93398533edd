"""The declarations of burnish-metrics: metrics, each with its protocol, and the standard benchmarks that use them."""

from collections.abc import Iterator

from burnish import BenchmarkSpec, MetricSpec, hookimpl

from burnish_metrics.declared import benchmarks, blind_and_motion, invention, perception, scale_invariant, without_clean
from burnish_metrics.declared.stated import CHANNELS, CONFIG, PSNR, SSIM, STUDIO, WANG


@hookimpl
def register_metrics() -> Iterator[MetricSpec]:
    """PSNR and SSIM by the conventions of published tables, and metrics of other things or without clean pictures."""
    yield MetricSpec(
        name="psnr",
        factory="burnish_metrics.fidelity.psnr:Psnr",
        summary="Peak signal-to-noise ratio over all channels",
        config=CONFIG,
        unit="dB",
        protocol={**PSNR, "luma": CHANNELS},
    )
    yield MetricSpec(
        name="psnr-y",
        factory="burnish_metrics.fidelity.psnr:LumaPsnr",
        summary="Peak signal-to-noise ratio of BT.601 studio luma, as in super-resolution tables",
        config=CONFIG,
        unit="dB",
        protocol={**PSNR, "luma": STUDIO},
    )
    yield MetricSpec(
        name="ssim",
        factory="burnish_metrics.fidelity.ssim:Ssim",
        summary="Structural similarity of each channel, then their mean",
        config=CONFIG,
        reference=WANG,
        protocol={**SSIM, "luma": CHANNELS},
    )
    yield MetricSpec(
        name="ssim-y",
        factory="burnish_metrics.fidelity.ssim:LumaSsim",
        summary="Structural similarity of BT.601 studio luma, as in super-resolution tables",
        config=CONFIG,
        reference=WANG,
        protocol={**SSIM, "luma": STUDIO},
    )
    yield MetricSpec(
        name="ssim-matlab3d",
        factory="burnish_metrics.fidelity.ssim:MatlabSsim",
        summary="MATLAB's ssim of an RGB picture, the window also across channels, as in deblurring tables",
        config=CONFIG,
        reference=WANG,
        protocol={**SSIM, "luma": CHANNELS, "window": "Gaussian 11×11×11, σ 1.5, borders replicated, every voxel"},
    )
    yield from perception.metrics()
    yield from blind_and_motion.metrics()
    yield from scale_invariant.metrics()
    yield from without_clean.metrics()
    yield from invention.metrics()


@hookimpl
def register_benchmarks() -> Iterator[BenchmarkSpec]:
    """The benchmarks of the published tables."""
    yield from benchmarks.super_resolution()
    yield from benchmarks.grey_denoising()
    yield from benchmarks.colour_denoising()
    yield from benchmarks.compression()
    yield from benchmarks.motion()
