"""Suggests a command to run next, written so that it works unchanged in the present folder."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path


def command(*words: str | Path, folder: Path | None = None) -> str:
    """``burnish`` with these words, quoted for a shell.

    Args:
        words: Sub-command and arguments, as they would reach the program.
        folder: The project that it must run in; the line changes there first where the present folder is not below.
    """
    start = start_of(folder)
    line = shlex.join([program(start), *(str(word) for word in words)])
    return line if start == Path.cwd() else f"cd {shlex.quote(str(start))} && {line}"


def start_of(folder: Path | None) -> Path:
    """The folder where such a command starts: the present one if it is ``folder`` or below it, else ``folder``."""
    here = Path.cwd()
    return here if folder is None or folder.resolve() in (here, *here.parents) else folder.resolve()


def program(start: Path) -> str:
    """The name of this installation's ``burnish`` if the shell finds it by name, else its path."""
    ours = Path(sys.executable).with_name("burnish")
    found = shutil.which("burnish")
    if not ours.exists() or (found is not None and Path(found).resolve() == ours.resolve()):
        return "burnish"
    return near(ours, start)


def near(path: Path, start: Path) -> str:
    """The path relative to ``start`` if it is below that, else the whole path."""
    whole = path.absolute()
    return str(whole.relative_to(start)) if whole.is_relative_to(start) else str(whole)
