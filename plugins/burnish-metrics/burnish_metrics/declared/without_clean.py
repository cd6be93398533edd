"""The declarations of metrics that need no clean picture."""

from collections.abc import Iterator

from burnish import MetricSpec

from burnish_metrics.declared.stated import BORDER, CHANNELS, CONFIG, RANGE

ESTIMATE = "of the estimate alone, as the setting says; noisy pictures are never clipped or rounded"
INDEPENDENT = (
    "noise of mean zero, independent between shots; of any strength, distribution and correlation in a picture"
)
NEIGHBOURS = (
    "where the other pixels of 2×2 cells stand in for shots, the figure is biased towards restorers that smooth, since "
    "they show other places (simple filters, BSD68 with σ 25: −0.7 to 1.9 dB, and which of two is better is right in "
    "78 %; W2S: −0.1 to 0.3 dB, 98 %), and noise that is correlated between neighbours is not independent (PolyU: −3.9 "
    "to 0.4 dB, 82 %)"
)
AT_LEAST = (
    "where the estimated error is below its standard error (over pixels, taken as independent), that standard error "
    "stands in its place"
)


def metrics() -> Iterator[MetricSpec]:
    """From other shots of the scene, and by Stein's estimate."""
    yield MetricSpec(
        name="upsnr",
        factory="burnish_metrics.without_clean.upsnr:Upsnr",
        summary="Peak signal-to-noise ratio estimated from two or more other noisy shots of the scene",
        of="shots",
        config=CONFIG,
        unit="dB",
        reference="arXiv:2210.05553",
        protocol={
            "formula": "−10 log10(uMSE/peak²) of each image; uMSE = mean (ā − f)² − s²/S with mean ā and variance s² "
            "of S ≥ 2 shots: the mean of (a − f)² − (b − c)²/2 over all choices",
            "luma": CHANNELS,
            "rounding": ESTIMATE,
            "assumes": INDEPENDENT,
            "bias": f"none for shots; {NEIGHBOURS}",
            "small errors": AT_LEAST,
            "data_range": 255,
        },
    )
    yield MetricSpec(
        name="shot-error",
        factory="burnish_metrics.without_clean.shot_error:ShotError",
        summary="Mean squared difference to other noisy shots of the scene; only differences of it have a meaning",
        of="shots",
        config=CONFIG,
        higher_is_better=False,
        reference="arXiv:1803.04189",
        protocol={
            "formula": "mean (a − f)² over pixels and other shots a, in squared levels of 255",
            "luma": CHANNELS,
            "rounding": ESTIMATE,
            "assumes": INDEPENDENT,
            "bias": "the variance of the shots' noise is contained; differences between restorers of the same input "
            f"are unbiased estimates of differences of their mean squared errors; {NEIGHBOURS}",
            "data_range": 255,
        },
    )
    yield MetricSpec(
        name="sure",
        factory="burnish_metrics.without_clean.sure:Sure",
        summary="Peak signal-to-noise ratio estimated from the noisy picture and its noise model (Stein)",
        of="probe",
        config={"border": BORDER, "data_range": RANGE},
        unit="dB",
        reference="doi:10.1109/TIP.2008.2001404",
        protocol={
            "formula": "−10 log10(SURE/peak²) of each image; SURE = mean (f(y) − y)² − mean v + 2 mean(v δ (f(y + δ) − "
            "f(y)))/ε², ε² = mean δ²",
            "luma": CHANNELS,
            "rounding": "none",
            "assumes": "Gaussian noise of mean zero, independent between pixels, of known variance v; a restorer that "
            "is smooth at the scale of δ",
            "bias": "none for Gaussian noise; small for Poisson-Gaussian noise with v at the noisy picture; unknown "
            "for correlated noise or a wrong v",
            "small errors": AT_LEAST,
            "data_range": 1.0,
        },
    )
