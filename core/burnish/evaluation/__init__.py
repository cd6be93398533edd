"""Evaluation: restorer × benchmark → scorecard, and what two scorecards say about each other."""

from burnish.evaluation.benchmark import Benchmark
from burnish.evaluation.compare import Comparison, compare, compare_scores
from burnish.evaluation.dataset import data_hash
from burnish.evaluation.evaluate import assemble, evaluate, scorecard
from burnish.evaluation.report import write_report
from burnish.evaluation.scorecard import BenchmarkResult, Cost, MetricScores, Scorecard
from burnish.evaluation.strip import Panel, Strip, write_strip

__all__ = [
    "Benchmark",
    "BenchmarkResult",
    "Comparison",
    "Cost",
    "MetricScores",
    "Panel",
    "Scorecard",
    "Strip",
    "assemble",
    "compare",
    "compare_scores",
    "data_hash",
    "evaluate",
    "scorecard",
    "write_report",
    "write_strip",
]
