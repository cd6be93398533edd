"""Facts about the command former-command."""

import json
from pathlib import Path

import burnish
import pytest
import torch
from burnish.conformance import Check, conform

from burnish_former.command import main


@conform("former/former-command")
def test_it_does_what_a_command_must(check: Check) -> None:
    check()


def test_it_tells_the_size_of_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    burnish.write(tmp_path / "white.tif", torch.ones(4, 6, 3).numpy())
    assert main([str(tmp_path / "white.tif"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"width": 6, "height": 4, "mean": 1.0}
