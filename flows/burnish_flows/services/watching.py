"""Looks at the recorded data of a project now and then, and tells the Prefect server when they are others.

It keeps nothing: at its first look it tells of all that is recorded, since they may have changed while nobody looked.
A retraining that finds nothing changed ends by itself.
"""

from __future__ import annotations

from pathlib import Path

from burnish_flows import dvc_repo, git, happenings


class Watch:
    """The datasets of a project: the ``*.dvc`` files of its root and one folder below, here or on a branch."""

    def __init__(self, root: Path, *, every: float = 30.0, branch: str = "") -> None:
        self.root = root
        self.every = every
        """Seconds between two looks."""
        self.branch = branch
        """As ``origin/main``: look there instead of in the working tree; it is fetched before."""
        self._seen: dict[str, str] = {}

    def look(self) -> list[str]:
        """Tell of each dataset whose hash is another one than at the last look; the lines say which."""
        told = []
        for name, md5 in self._recorded().items():
            if self._seen.get(name) == md5:
                continue
            first = name not in self._seen
            payload = {"root": name, "md5": md5, "revision": git.revision(self.root), "branch": self.branch}
            if happenings.data_changed(name, payload):
                self._seen[name] = md5
                if not first:
                    told.append(f"{'data':<8} {name} is {md5} now")
        return told

    def _recorded(self) -> dict[str, str]:
        """Dataset → hash."""
        if self.branch:
            found = git.texts_on_branch(self.root, self.branch, ".dvc")
            return {name: md5 for name, text in found.items() if (md5 := dvc_repo.md5_in(text))}
        recorded = {}
        for name in dvc_repo.datasets(self.root):
            if md5 := dvc_repo.md5_in(dvc_repo.pointer(self.root, name).read_text(encoding="utf-8")):
                recorded[name] = md5
        return recorded
