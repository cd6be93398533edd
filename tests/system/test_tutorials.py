"""The tutorials are followed from an empty folder, line by line, and troubleshooting's errors are what it says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import warm
from PIL import Image
from workshop import environment

pytestmark = [pytest.mark.slow, pytest.mark.system]

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(
    r"(?:<!-- not run: (.+?) -->\n)?^```(\w*)(?: title=\"(.+?)\")?\n(.*?)^```$", re.DOTALL | re.MULTILINE
)
INSTEAD = {
    "pip install -e burnish-glow --no-deps": "pip install -q --no-deps -t installed ./burnish-glow",
    "steps: 300": "steps: 3",
}
"""The plugin must not be installed into the environment that all tests share; and three steps are a training, too."""


def blocks(page: str) -> list[tuple[str, str, str, str]]:
    """Why it is not run, language, file and text of every block."""
    found = BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))
    return [(reason, language, file, text) for reason, language, file, text in found]


def follow(page: str, folder: Path) -> int:
    """Write the files of a page, and run its blocks; how many lines ran."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    paths = os.pathsep.join([str(folder / "installed"), os.environ.get("PYTHONPATH", "")])
    settings = {**environment(), "PATH": path, "PYTHONPATH": paths}
    ran = 0
    for reason, language, file, written in blocks(page):
        text = written
        for told, instead in INSTEAD.items():
            text = text.replace(told, instead)
        if file:
            (folder / file).write_text(text, encoding="utf-8")
        elif language in ("bash", "python") and not reason:
            lines = text.splitlines() if language == "bash" else [f"python -c {shlex.quote(text)}"]
            for line in lines:
                done = subprocess.run(
                    ["bash", "-c", line], cwd=folder, env=settings, capture_output=True, text=True, timeout=1800,
                    check=False,
                )  # fmt: skip
                assert done.returncode == 0, f"{page}: {line}\n{done.stdout}{done.stderr}"
                ran += 1
    return ran


@pytest.mark.parametrize(("page", "lines"), [("restore", 9), ("plugin", 9)])
def test_a_tutorial_can_be_followed_from_an_empty_folder(page: str, lines: int, tmp_path: Path) -> None:
    assert follow(f"tutorials/{page}.md", tmp_path) >= lines


@pytest.mark.long
def test_the_tutorial_on_training_can_be_followed_from_an_empty_folder(tmp_path: Path) -> None:
    assert follow("tutorials/train.md", tmp_path) >= 14
    assert (tmp_path / "clear.png").is_file()


def test_what_is_not_run_says_why_and_the_rest_is_run() -> None:
    for page in sorted(DOCS.glob("tutorials/*.md")):
        text = page.read_text(encoding="utf-8")
        assert text.count("<!-- not run: ") == sum(bool(reason) for reason, *_ in blocks(f"tutorials/{page.name}"))
        assert {language for _, language, _, _ in blocks(f"tutorials/{page.name}")} <= {"bash", "python", "yaml"}


def test_the_errors_of_troubleshooting_are_printed_as_they_stand(tmp_path: Path) -> None:
    Image.open(DOCS / "refocus.png").convert("RGB").crop((20, 40, 84, 104)).save(tmp_path / "a.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "a.png").read_bytes()[:5000])
    found = [text.splitlines() for _, language, _, text in blocks("troubleshooting.md") if language == "console"]
    assert len(found) >= 10
    for typed, message in found:
        words = shlex.split(typed.removeprefix("$ "))[1:]
        done = warm.run(words, cwd=tmp_path, env=environment(), timeout=1800)
        assert done.returncode != 0, typed
        assert message.removeprefix("burnish: ").removeprefix("…: ") in done.stderr, done.stderr
