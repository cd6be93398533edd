"""The package's face: what plugin authors import, and that naming it costs nothing."""

from __future__ import annotations

import subprocess
import sys

import burnish.training
import pytest


def test_importing_the_package_loads_neither_torch_nor_lightning() -> None:
    code = "import sys, burnish.training; print([m for m in ('torch', 'numpy', 'lightning') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_torch_comes_without_lightning_until_a_training_starts() -> None:
    code = "import sys; from burnish.training import train; print('lightning' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_every_public_name_is_there() -> None:
    for name in burnish.training.__all__:
        assert getattr(burnish.training, name) is not None


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = burnish.training.nothing
