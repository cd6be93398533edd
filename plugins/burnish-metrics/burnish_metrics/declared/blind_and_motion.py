"""The declarations of metrics for blind deblurring, kernels, motion and clips."""

from collections.abc import Iterator

from burnish import MetricSpec

from burnish_metrics.declared.stated import CHANNELS, CONFIG, LUMA, PSNR, RANGE, ROUNDING

LEVIN = "doi:10.1109/CVPR.2009.5206815"

STEP = {
    "enum": [1, 0.5, 0.25],
    "default": 1,
    "description": "distance in pixels between the tried shifts; between pixels the estimate is interpolated linearly",
}

SHIFTS = {
    "luma": CHANNELS,
    "border": "15 pixels of the reference left out at every side",
    "shifts": "the best of all from −5 to 5 pixels along both axes",
    "data_range": 255,
}


def metrics() -> Iterator[MetricSpec]:
    """PSNR up to a shift, error ratio, kernel error, endpoint error and temporal consistency."""
    yield MetricSpec(
        name="psnr-shifted",
        factory="burnish_metrics.fidelity.psnr_shifted:PsnrShifted",
        summary="Peak signal-to-noise ratio at the best shift within 5 pixels, as usual on Levin's set",
        config={"step": STEP, "rounding": ROUNDING, "data_range": RANGE},
        unit="dB",
        reference=LEVIN,
        protocol={**PSNR, **SHIFTS},
    )
    yield MetricSpec(
        name="error-ratio",
        factory="burnish_metrics.error_ratio:ErrorRatio",
        summary="Squared error of a blind restoration over that with the true kernel; 1 is as good as with the "
        "true kernel",
        of="blind",
        config={"step": STEP, "rounding": ROUNDING},
        higher_is_better=False,
        reference=LEVIN,
        protocol={
            **SHIFTS,
            "formula": "SSD(estimate, clean) / SSD(with the true kernel, clean), each at its best shift",
        },
    )
    yield MetricSpec(
        name="kernel-error",
        factory="burnish_metrics.kernel_error:KernelError",
        summary="One minus the largest normalized cross-correlation of two kernels over all shifts",
        of="kernel",
        higher_is_better=False,
        reference="doi:10.1007/978-3-642-33715-4_5",
        protocol={"formula": "1 − max over whole shifts of Σ k̂ k / (‖k̂‖ ‖k‖), zeros beyond both kernels"},
    )
    yield MetricSpec(
        name="endpoint-error",
        factory="burnish_metrics.endpoint_error:EndpointError",
        summary="Mean distance between estimated and true motion",
        of="flow",
        unit="px",
        higher_is_better=False,
        reference="doi:10.1007/s11263-010-0390-2",
        protocol={"formula": "mean of √(Δu² + Δv²) where neither true component is beyond 1e9 in size"},
    )
    yield MetricSpec(
        name="temporal-consistency",
        factory="burnish_metrics.temporal_consistency:TemporalConsistency",
        summary="Flicker that a restored clip adds, along the motion of the clean one",
        of="clip",
        config=CONFIG,
        higher_is_better=False,
        reference="arXiv:1808.00449",
        protocol={
            "luma": f"{CHANNELS}; motion on {LUMA}",
            "formula": "root mean square of e_t(p) − e_t+1(p + f(p)), e = estimate − reference, f its motion",
            "motion": "OpenCV's Farnebäck, 4 levels of ½, window 15, 3 iterations, 5 neighbours of σ 1.2",
            "left out": "what leaves the picture, and where motion forth and back differ by more than 1 pixel",
            "data_range": 255,
        },
    )
