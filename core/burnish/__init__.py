"""burnish: the host that trains, evaluates and runs image restorers; this is what plugin authors import.

Nothing here reaches a framework: ``import burnish`` costs a few milliseconds.
"""

from burnish.declarations import (
    BenchmarkSpec,
    CommandSpec,
    DegraderSpec,
    GateSpec,
    MetricSpec,
    RestorerSpec,
)
from burnish.errors import BurnishError
from burnish.hookspecs import hookimpl
from burnish.version import __version__

__all__ = [
    "BenchmarkSpec",
    "BurnishError",
    "CommandSpec",
    "DegraderSpec",
    "GateSpec",
    "MetricSpec",
    "RestorerSpec",
    "__version__",
    "hookimpl",
]
