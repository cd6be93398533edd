"""Evaluation: restorer × benchmark → scorecard, and the comparison of two scorecards."""

from burnish.data.hashing import data_hash
from burnish.evaluation.benchmarks.benchmark import Benchmark
from burnish.evaluation.evaluate import assemble, evaluate, scorecard
from burnish.evaluation.scorecard import BenchmarkResult, Cost, MetricScores, Scorecard
from burnish.evaluation.statistics.compare import Comparison, compare, compare_scores

__all__ = [
    "Benchmark",
    "BenchmarkResult",
    "Comparison",
    "Cost",
    "MetricScores",
    "Scorecard",
    "assemble",
    "compare",
    "compare_scores",
    "data_hash",
    "evaluate",
    "scorecard",
]
