"""The declarations of metrics up to brightness and contrast."""

from collections.abc import Iterator, Mapping
from typing import Any

from burnish import MetricSpec

from burnish_metrics.declared.stated import CHANNELS, CONFIG, PSNR, SSIM

CARE = "doi:10.1038/s41592-018-0216-7"

WHOLE: Mapping[str, Any] = {
    "enum": ["peak", "extremes", "percentiles"],
    "default": "peak",
    "description": "the whole range; peak: that of the file, as in metrics/psnr; extremes: largest minus smallest "
    "value of the reference; percentiles: its 99.9th minus its 0.1th, as in CARE. Figures of different ranges differ "
    "by many dB and never compare",
}
FIT = {
    "luma": CHANNELS,
    "fit": "a·estimate + b by least squares to the reference, one a and b for each image, inside the border; clipping "
    "and rounding after that",
    "range": "peak: data_range; otherwise that of the reference, as the setting says",
    "assumes": "brightness and contrast are arbitrary, as where each file was stretched by itself",
}


def metrics() -> Iterator[MetricSpec]:
    """PSNR and SSIM after a fit of brightness and contrast."""
    yield MetricSpec(
        name="psnr-scale-invariant",
        factory="burnish_metrics.fidelity.scale_invariant:psnr",
        summary="Peak signal-to-noise ratio after brightness and contrast are fitted, as in microscopy",
        config={"range": WHOLE, **CONFIG},
        unit="dB",
        reference=CARE,
        protocol={**PSNR, **FIT},
    )
    yield MetricSpec(
        name="ssim-scale-invariant",
        factory="burnish_metrics.fidelity.scale_invariant:ssim",
        summary="Structural similarity after brightness and contrast are fitted, as in microscopy",
        config={"range": WHOLE, **CONFIG},
        reference=CARE,
        protocol={**SSIM, **FIT},
    )
