"""spandrel without torchvision: three names that two of its architectures import are stood in for, in tests alone."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

NAMES = ("InterpolationMode", "normalize", "rotate")


def _stand_ins() -> dict[str, ModuleType]:
    found = {name: ModuleType(name) for name in ("torchvision", "torchvision.transforms")}
    functional = ModuleType("torchvision.transforms.functional")
    for name in NAMES:
        setattr(functional, name, None)
    return found | {functional.__name__: functional}


# Only while spandrel is imported: Lightning and others look for a torchvision and would take these for one.
if find_spec("spandrel") and not find_spec("torchvision"):
    sys.modules.update(_stand_ins())
    try:
        import_module("spandrel")
    finally:
        for name in _stand_ins():
            del sys.modules[name]
