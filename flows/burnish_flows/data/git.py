"""Git's facts about a project: its revision, and the files that differ from it."""

from __future__ import annotations

import getpass
import shutil
import subprocess
from pathlib import Path


def revision(root: Path) -> str:
    """Full hash of the commit checked out at ``root``; empty outside of a repository or before its first commit."""
    return _git(root, "rev-parse", "HEAD").strip()


def is_repository(root: Path) -> bool:
    """Whether ``root`` lies in a git working tree."""
    return _git(root, "rev-parse", "--is-inside-work-tree").strip() == "true"


def is_committed(root: Path, path: Path) -> bool:
    """Whether ``path`` is tracked and equals the last commit."""
    tracked = _git(root, "ls-files", "--error-unmatch", "--", str(path)).strip()
    return bool(tracked) and not _git(root, "status", "--porcelain", "--", str(path)).strip()


def user(root: Path) -> str:
    """``Name <mail>`` from git's configuration; empty if it is not set."""
    name = _git(root, "config", "user.name").strip()
    mail = _git(root, "config", "user.email").strip()
    return f"{name} <{mail}>" if name and mail else name or mail


def who(root: Path) -> str:
    """The acting person: git's user, else the operating system's user; ``unknown`` without either."""
    try:
        return user(root) or getpass.getuser()
    except (OSError, KeyError):  # a container whose user has a number but no name
        return "unknown"


def texts_on_branch(root: Path, branch: str, suffix: str) -> dict[str, str]:
    """Path without the suffix → text, for all files of a remote's branch (``origin/main``) with that suffix.

    The branch is fetched before; what cannot be fetched is read as it was last.
    """
    remote, _, name = branch.partition("/")
    _git(root, "fetch", "--quiet", remote, name)
    paths = _git(root, "ls-tree", "-r", "--name-only", branch).splitlines()
    found = [path for path in paths if path.endswith(suffix)]
    return {path.removesuffix(suffix): _git(root, "show", f"{branch}:{path}") for path in found}


def _git(root: Path, *arguments: str) -> str:
    program = shutil.which("git")
    if program is None:
        return ""
    done = subprocess.run(
        [program, "-C", str(root), *arguments], capture_output=True, check=False, encoding="utf-8", errors="replace"
    )
    return done.stdout if done.returncode == 0 else ""
