"""The host's own declarations, by the same hooks as every plugin."""

from collections.abc import Iterator

from burnish import FormatSpec, GateSpec, LearnerSpec, MetricSpec, RestorerSpec, hookimpl
from burnish.io.formats.own import OWN


@hookimpl
def register_restorers() -> Iterator[RestorerSpec]:
    """The identity and the self-ensemble."""
    yield RestorerSpec(
        name="identity",
        factory="burnish.builtin.identity:Identity",
        summary="Returns its input; the zero of every scale",
        tasks=frozenset({"denoise", "deblur", "dejpeg", "enhance"}),
        receptive_field=1,
    )
    yield RestorerSpec(
        name="self-ensemble",
        factory="burnish.builtin.self_ensemble:SelfEnsemble",
        summary="Mean of another restorer's results for flipped and rotated copies of a picture",
        tasks=frozenset({"enhance"}),
        reference="doi:10.1109/CVPR.2016.206",
        scale=(1, 2, 3, 4),
        config={
            "restorer": _text("the restorer to run: id, id:weights, or a bundle's folder", "burnish/identity"),
            "views": {
                "enum": [2, 4, 8],
                "default": 8,
                "description": "2: flipped left to right; 4: flipped both ways; 8: also rotated by quarters",
            },
        },
    )


@hookimpl
def register_learners() -> Iterator[LearnerSpec]:
    """Learning from pictures with their clean originals."""
    yield LearnerSpec(
        name="supervised",
        factory="burnish.training.learner:SupervisedLearner",
        summary="Compares estimates with clean pictures, by the recipe's loss",
        needs="target",
        scale=(),
        temporal=("single", "burst", "video"),
    )

    yield LearnerSpec(
        name="distillation",
        factory="burnish.training.distillation:DistillationLearner",
        summary="Compares estimates with those of a larger network, the teacher, and with clean pictures",
        needs="target",
        scale=(),
        temporal=("single", "burst", "video"),
        reference="Hinton et al. 2015, arXiv:1503.02531",
        config={
            "teacher": _text("a restorer with weights (cnn/dncnn:grey-25-wide), or a bundle's folder"),
            "weight": {
                "type": "number", "minimum": 0, "maximum": 1, "default": 0.5,
                "description": "of the teacher's estimate in the loss; the rest is that of the clean picture",
            },
        },
    )  # fmt: skip


@hookimpl
def register_metrics() -> Iterator[MetricSpec]:
    """What the intervals of a restorer are worth."""
    promise = {"coverage": _share(0.9, "the promise: part of a picture's values; see `burnish calibrate`")}
    convention = {"range": "[0, 1], not rounded", "channels": "all values", "uncalibrated": "intervals of no width"}
    yield MetricSpec(
        name="coverage",
        factory="burnish.builtin.intervals:Coverage",
        summary="Part of a picture's values within the restorer's calibrated intervals",
        of="interval",
        ranks=False,
        config=promise,
        protocol={"what": "share of true values within the interval", **convention},
    )
    yield MetricSpec(
        name="interval-score",
        factory="burnish.builtin.intervals:IntervalScore",
        summary="Width of the calibrated intervals, and by how much values miss them: less is better",
        of="interval",
        higher_is_better=False,
        reference="doi:10.1198/016214506000001437",
        config=promise,
        protocol={"what": "width + 2 / (1 − coverage) · distance of values outside, mean", **convention},
    )


@hookimpl
def register_gates() -> Iterator[GateSpec]:
    """The rules of promotion that every recipe may name."""
    yield GateSpec(
        name="gain",
        factory="burnish.builtin.gates:Gain",
        summary="Better than the champion (without one: the best baseline) by a margin, proven by paired differences",
        reference="Efron and Tibshirani 1993, section 14.3; doi:10.1080/00031305.2015.1089789",
        config={
            "benchmark": _text("benchmark's name; empty: the recipe's first"),
            "metric": _text("metric id; empty: the benchmark's first"),
            "margin": _number(0.0, "lower bound for the interval's lower end, in the metric's unit"),
            "margin_over_input": _number(0.0, "the same against the degraded input, if there is no champion"),
            "accept_unproven": {
                "type": "boolean",
                "default": False,
                "description": "also promote by scores whose differences prove nothing, as of neighbouring pixels",
            },
            "confidence": _share(0.95, "of the two-sided interval of the mean difference"),
            "resamples": {"type": "integer", "minimum": 100, "default": 10_000, "description": "of the bootstrap"},
            "seed": {"type": "integer", "minimum": 0, "default": 0, "description": "of the bootstrap"},
        },
    )
    yield GateSpec(
        name="no-regression",
        factory="burnish.builtin.gates:NoRegression",
        summary="No metric on any benchmark gets worse than the champion by more than a tolerance",
        config={
            "tolerance": _number(0.1, "largest drop of a mean of a metric in dB", minimum=0),
            "tolerance_other": _number(0.002, "largest drop of a mean of a metric without unit", minimum=0),
            "image_tolerance": _bound("largest drop of a single image in dB; null: any"),
        },
    )
    yield GateSpec(
        name="non-inferior",
        factory="burnish.builtin.non_inferior:NonInferior",
        summary="Not worse than the champion by more than a margin, proven by paired differences, and cheaper",
        reference="Piaggio et al. 2012, doi:10.1001/jama.2012.87802",
        config={
            "delta": _number(
                0.05, "by how much the interval's lower end may lie below 0, in the metric's unit", minimum=0
            ),
            "factor": _number(1.5, "by how much cheaper it must be, at least", minimum=1),
            "cost": {
                "enum": ["seconds_per_megapixel", "weights_mb", "parameters", "peak_memory_mb"],
                "default": "seconds_per_megapixel",
                "description": "what must be cheaper",
            },
            "benchmark": _text("benchmark's name; empty: every benchmark of the recipe"),
            "metric": _text("metric id; empty: each benchmark's first"),
            "confidence": _share(0.95, "of the two-sided interval of the mean difference"),
            "resamples": {"type": "integer", "minimum": 100, "default": 10_000, "description": "of the bootstrap"},
            "seed": {"type": "integer", "minimum": 0, "default": 0, "description": "of the bootstrap"},
        },
    )
    yield GateSpec(
        name="cost",
        factory="burnish.builtin.gates:CostGate",
        summary="Time, memory and parameters stay within bounds",
        config={
            "factor": _bound("largest multiple of the champion's seconds per megapixel; null: any", default=1.5),
            "seconds_per_megapixel": _bound("upper bound; null: any"),
            "peak_memory_mb": _bound("upper bound of the growth of memory in MiB; null: any"),
            "parameters": _bound("upper bound; null: any", type="integer"),
        },
    )
    yield GateSpec(
        name="coverage",
        factory="burnish.builtin.intervals:CoverageGate",
        summary="Calibrated intervals cover what they promise",
        config={
            "coverage": {
                "enum": [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99],
                "default": 0.9,
                "description": "the promise: part of a picture's values",
            },
            "tolerance": _number(0.02, "by how much the measured coverage may be below it", minimum=0),
            "width_factor": _bound("largest multiple of the champion's mean width; null: any"),
            "benchmark": _text("benchmark's name; empty: every benchmark of the recipe"),
        },
    )


def _text(description: str, default: str = "") -> dict[str, object]:
    return {"type": "string", "default": default, "description": description}


def _number(default: float, description: str, **more: object) -> dict[str, object]:
    return {"type": "number", "default": default, "description": description, **more}


def _share(default: float, description: str) -> dict[str, object]:
    within = {"exclusiveMinimum": 0, "exclusiveMaximum": 1}
    return {"type": "number", **within, "default": default, "description": description}


def _bound(description: str, *, default: float | None = None, type: str = "number") -> dict[str, object]:
    return {"type": [type, "null"], "minimum": 0, "default": default, "description": description}


@hookimpl
def register_formats() -> tuple[FormatSpec, ...]:
    """The formats of pictures that the host reads and writes itself."""
    return OWN
