"""``make release-check``: everything is built, installed from the wheels alone, and used outside of the repository."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.long, pytest.mark.system]


def test_all_distributions_of_the_last_commit_can_be_published(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "release", "--dist", str(tmp_path / "dist")], cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tools")}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list((tmp_path / "dist").iterdir())) == 32
