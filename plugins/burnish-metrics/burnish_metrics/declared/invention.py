"""The declarations of metrics that tell what an estimate invents: against its input, and against the clean picture."""

from collections.abc import Iterator

from burnish import MetricSpec

from burnish_metrics.declared.stated import CHANNELS

AYBAR = "doi:10.1109/LGRS.2024.3401394"

WINDOW = {
    "type": "integer",
    "minimum": 2,
    "maximum": 256,
    "default": 8,
    "description": "side in pixels of the degraded picture of the windows that are looked at",
}
FLOOR = {
    "type": "number",
    "exclusiveMinimum": 0,
    "maximum": 1,
    "default": 0.5 / 255,
    "description": "standard deviation in [0, 1] that is allowed beside the noise, for rounding",
}
BORDER = {
    "type": "integer",
    "minimum": 0,
    "default": 16,
    "description": "pixels cut off at every side",
}
HARMONISE = {
    "enum": ["histogram", "none"],
    "default": "histogram",
    "description": "histogram: the estimate's histogram is made that of the clean picture first, channel by channel",
}

SHARES = {
    "formula": "r = d(input, clean), i = d(estimate, clean)/r, o = d(estimate, input)/r, h = i + o − 1, d = mean over "
    "channels of |a − b|/|a + b|; softmin of temperature 0.25 of i + o (1 − exp(−0.05 h)), o + i (1 − exp(−0.05 h)), "
    "exp(−0.05 i o); mean over pixels where a d is above the 75 % quantile of r",
    "luma": CHANNELS,
    "rounding": "none",
    "input": "enlarged by linear interpolation between pixel centres",
    "registration": "none",
    "data_range": 1.0,
}


def metrics() -> Iterator[MetricSpec]:
    """Consistency with the input, and the shares of what super-resolution added."""
    yield MetricSpec(
        name="consistency",
        factory="burnish_metrics.without_clean.consistency:Consistency",
        summary="How far the estimate, degraded again, is from its input in any small window, in units of the noise",
        of="redegraded",
        config={"window": WINDOW, "floor": FLOOR},
        higher_is_better=False,
        ranks=False,
        reference="doi:10.1007/s10851-012-0368-5",
        protocol={
            "formula": "largest over windows of n values of √n |mean u| and √(2n) (RMS u − 1), u = (observation − "
            "degraded estimate)/√(σ² + floor²)",
            "degraded estimate": "the benchmark's own degradation without noise: the identity, the told kernel, its "
            "linear operator",
            "luma": CHANNELS,
            "border": "what the blur saw beyond the picture",
            "rounding": "clip",
            "assumes": "noise that is independent between pixels, of known σ; about 5 for noise alone",
            "bias": "none; it tells contradictions, not quality: a noisy input itself scores about 0",
            "data_range": 1.0,
        },
    )
    told = {
        "improvement": "Share of the detail of an enlargement that is true and was added",
        "omission": "Share of the detail of an enlargement that is true and was not added",
        "hallucination": "Share of the detail of an enlargement that was added and is not true",
    }
    for name, summary in told.items():
        yield MetricSpec(
            name=name,
            factory=f"burnish_metrics.fidelity.shares:{name.capitalize()}",
            summary=summary,
            of="enlarged",
            config={"border": BORDER, "harmonise": HARMONISE},
            higher_is_better=name == "improvement",
            reference=AYBAR,
            protocol=SHARES,
        )
