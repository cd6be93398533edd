"""Public names of a package that are imported when they are first used (PEP 562), so that importing it stays cheap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from sys import modules

COMPUTING = ("torch", "numpy", "scipy", "cv2", "PIL", "simplejpeg", "tifffile", "imagecodecs", "safetensors")
"""The packages of the extra ``burnish[torch]``, by the names of their modules: what computes, or holds pictures."""


def names(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Create ``__getattr__`` and ``__dir__`` for a package.

    Args:
        package: Its ``__name__``.
        homes: Module → the public names that are taken from it, with spaces between.
    """
    home = {name: module for module, listed in homes.items() for name in listed.split()}

    def get(name: str) -> object:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        try:
            value: object = getattr(import_module(home[name]), name)
        except ModuleNotFoundError as error:
            if told := lacking(error):
                raise ModuleNotFoundError(f"{package}.{name} {told}", name=error.name) from error
            raise
        setattr(modules[package], name, value)
        return value

    return get, lambda: sorted(modules[package].__all__)


def lacking(error: ModuleNotFoundError) -> str:
    """What an error of an import lacks and how to install it, where the extra ``burnish[torch]`` has it; else empty."""
    name = (error.name or "").partition(".")[0]
    if name not in COMPUTING or find_spec(name) is not None:
        return ""
    return f"needs {name}, which is not installed; pip install 'burnish[torch]'"
