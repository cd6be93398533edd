"""What burnish-first-metric declares. Never imports torch: the factory is resolved on first use."""

from collections.abc import Iterator

from burnish import MetricSpec, hookimpl


@hookimpl
def register_metrics() -> Iterator[MetricSpec]:
    """The metrics of this plugin. Raise ``version`` whenever the same pictures would give other numbers."""
    yield MetricSpec(
        name="first-metric",
        factory="burnish_first_metric.first_metric:FirstMetric",
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
