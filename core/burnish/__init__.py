"""burnish: trains, evaluates and runs image restorers.

    import burnish
    restorer = burnish.load("cnn/ffdnet:colour")
    clear = restorer(burnish.read("noisy.png"), sigma=25 / 255)

Plugin authors import the declarations from here. ``import burnish`` costs a few milliseconds: what needs a framework is
imported when it is first used.
"""

from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from burnish.api import degrade, evaluate, load, read, train, write
    from burnish.imaging.picture import Picture
    from burnish.restorer import Restorer

__all__ = [
    "BenchmarkSpec",
    "BurnishError",
    "CommandSpec",
    "DegraderSpec",
    "GateSpec",
    "MetricSpec",
    "Picture",
    "Restorer",
    "RestorerSpec",
    "__version__",
    "degrade",
    "evaluate",
    "hookimpl",
    "load",
    "read",
    "train",
    "write",
]

_HOMES = {
    "api": ("degrade", "evaluate", "load", "read", "train", "write"),
    "imaging.picture": ("Picture",),
    "restorer": ("Restorer",),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            from importlib import import_module

            value = getattr(import_module(f"burnish.{home}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
