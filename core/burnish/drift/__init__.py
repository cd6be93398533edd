"""Drift: measures of arriving pictures, and their comparison with a model's training.

``measure_file`` measures one picture; ``make_profile`` the observations that a recipe trains on; ``judge`` compares.
"""

from burnish.drift.judging import MeasureDrift, judge, limits
from burnish.drift.measures import MEASURES, Measure, measure_file
from burnish.drift.output import OutputMeasures
from burnish.drift.profile import Distribution, Profile
from burnish.drift.profiling import make_profile
from burnish.ops.measures.pixels import measure_pixels

__all__ = [
    "MEASURES",
    "Distribution",
    "Measure",
    "MeasureDrift",
    "OutputMeasures",
    "Profile",
    "judge",
    "limits",
    "make_profile",
    "measure_file",
    "measure_pixels",
]
