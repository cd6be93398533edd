"""Every command of the README is run as it is written, in its order, in a fresh clone."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import warm
from PIL import Image
from workshop import end, environment, free_ports, until

pytestmark = [pytest.mark.slow, pytest.mark.system]

ROOT = Path(__file__).parents[2]
STAYS = ("up", "serve")
"""Commands that run until they are interrupted."""
INSTEAD = {
    "s3://bucket/path": "kept-versions",
    "pip install -e burnish-median": "pip install -q --no-deps --no-build-isolation -t installed ./burnish-median",
    "burnish check median/median": "PYTHONPATH=installed burnish check median/median",
}
"""There is no such bucket; and the plugin must not be installed into the environment that all tests share."""
OWN = {"noisy": "ab", "frames": "abc", "photos/train": "a", "photos/validation": "b", "photos/test": "c"}
"""Folder → pictures that a reader has of his own."""


def blocks(language: str = "") -> list[str]:
    """The blocks of code in the README; those without a language are lines of a shell."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [block for name, block in found if name == language]


def written() -> list[str]:
    """The shell lines of the README, without comments and without ``make``, which set-up and tests are."""
    lines = [shlex.join(shlex.split(line, comments=True)) for block in blocks() for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith("make ")]


class Clone:
    """A fresh clone with what a reader has of his own: some pictures and frames."""

    def __init__(self, root: Path) -> None:
        self.root = root
        subprocess.run(["git", "clone", "-q", str(ROOT), str(root)], check=True)
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.settings = {**environment(), "PATH": path}
        for steps, name in enumerate(("refocus", "refocus-longer"), start=2):  # seconds instead of minutes
            recipe = root / "recipes" / f"{name}.yaml"
            short = re.sub(r"steps: \d+", f"steps: {steps}", recipe.read_text())
            end = "baselines: [{id: classical/unsharp}]\ngates: [{id: burnish/cost, config: {factor: null}}]\n"
            recipe.write_text(re.sub(r"(?ms)^baselines:.*", end, short))
        source = Image.open(ROOT / "docs" / "refocus.png").convert("RGB").crop((20, 40, 116, 136))
        source.save(root / "blurred.jpg")
        source.save(root / "noisy.png")
        for folder, names in OWN.items():
            (root / folder).mkdir(parents=True)
            for name in names:
                shift = ord(name) - ord("a")
                source.crop((shift, shift, shift + 64, shift + 64)).save(root / folder / f"{name}.png")

    def run(self, line: str) -> None:
        """Type it; it must succeed."""
        program, *words = shlex.split(line)
        if program == "burnish":
            done = warm.run(words, cwd=self.root, env=self.settings, timeout=900)
        else:
            done = subprocess.run(
                ["bash", "-c", line], cwd=self.root, env=self.settings, capture_output=True, text=True, timeout=900,
                check=False,
            )  # fmt: skip
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"

    @contextmanager
    def staying(self, line: str) -> Iterator[None]:
        """Type it, wait until it serves, and end it after the block."""
        prefect, mlflow, port = free_ports(3)
        is_up = line.endswith(" up")
        more = f"--prefect-port {prefect} --mlflow-port {mlflow}" if is_up else f"--port {port}"
        process = subprocess.Popen(
            ["bash", "-c", f"exec {line} {more}"], cwd=self.root, env=self.settings, start_new_session=True
        )

        def answers() -> bool:
            assert process.poll() is None, f"{line} ended with {process.returncode}"
            if is_up:
                return (self.root / ".burnish" / "up.json").is_file()
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5).close()
            except OSError:
                return False
            return True

        try:
            until(answers, patience=600)
            yield
        finally:
            end(process)


def test_every_command_of_the_readme_succeeds_as_it_is_written(tmp_path: Path) -> None:
    clone, lines = Clone(tmp_path / "burnish"), written()
    assert len(lines) >= 16
    clone.run("burnish retrain recipes/refocus.yaml")  # what `make demo` does
    up = lines.index("burnish up")
    _type(clone, lines[:up])
    with clone.staying(lines[up]):
        _type(clone, lines[up + 1 :])


def test_every_line_of_python_in_the_readme_runs_as_it_is_written(tmp_path: Path) -> None:
    clone = Clone(tmp_path / "burnish")
    assert len(blocks("python")) == 1
    for block in blocks("python"):
        clone.run(f"python -c {shlex.quote(block)}")
    assert Image.open(clone.root / "clear.png").size == Image.open(clone.root / "noisy.png").size


def _type(clone: Clone, lines: list[str]) -> None:
    for line in lines:
        typed = line
        for text, instead in INSTEAD.items():
            typed = typed.replace(text, instead)
        if typed.split()[1] in STAYS:
            with clone.staying(typed):
                pass
        else:
            clone.run(typed)
