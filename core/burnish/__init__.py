"""burnish: trains, evaluates and runs image restorers.

    import burnish
    restorer = burnish.load("cnn/ffdnet:colour")
    clear = restorer(burnish.read("noisy.png"), sigma=25 / 255)

Plugin authors import the declarations from here. ``import burnish`` costs a few milliseconds: what needs a framework is
imported when it is first used.
"""

from typing import TYPE_CHECKING

from burnish import lazy
from burnish.errors import BurnishError
from burnish.plugins.declarations import (
    BenchmarkSpec,
    CommandSpec,
    DegraderSpec,
    FormatSpec,
    GateSpec,
    LearnerSpec,
    MetricSpec,
    RestorerSpec,
)
from burnish.plugins.hookspecs import hookimpl
from burnish.version import __version__

if TYPE_CHECKING:
    from burnish.api import (
        calibrate,
        degrade,
        diagnose,
        evaluate,
        explain,
        export,
        interval,
        load,
        read,
        restore,
        train,
        write,
    )
    from burnish.io.picture import Picture
    from burnish.restorer.options import RestoreOptions
    from burnish.restorer.restorer import Restorer

__all__ = [
    "BenchmarkSpec",
    "BurnishError",
    "CommandSpec",
    "DegraderSpec",
    "FormatSpec",
    "GateSpec",
    "LearnerSpec",
    "MetricSpec",
    "Picture",
    "RestoreOptions",
    "Restorer",
    "RestorerSpec",
    "__version__",
    "calibrate",
    "degrade",
    "diagnose",
    "evaluate",
    "explain",
    "export",
    "hookimpl",
    "interval",
    "load",
    "read",
    "restore",
    "train",
    "write",
]

__getattr__, __dir__ = lazy.names(
    __name__,
    {
        "burnish.api": "calibrate degrade diagnose evaluate explain export interval load read restore train write",
        "burnish.io.picture": "Picture",
        "burnish.restorer.options": "RestoreOptions",
        "burnish.restorer.restorer": "Restorer",
    },
)
