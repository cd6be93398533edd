"""Checks the recorded data of a project at intervals, and notifies the Prefect server of changes.

It stores nothing: its first look sends events for all recorded datasets, which may have changed before. A retraining
that finds nothing changed ends by itself.
"""

from __future__ import annotations

from pathlib import Path

from burnish_flows import events
from burnish_flows.data import dvc_repo, git


class DataWatcher:
    """Watches the datasets of a project: the ``*.dvc`` files of its root and one folder below, here or on a branch."""

    def __init__(self, root: Path, *, every: float = 30.0, branch: str = "") -> None:
        self.root = root
        self.every = every
        """Seconds between two checks."""
        self.branch = branch
        """For example ``origin/main``: check this branch, after fetching it, instead of the working tree."""
        self._seen: dict[str, str] = {}
        self._unread: list[str] = []

    def look(self) -> list[str]:
        """Send an event for each dataset whose hash changed since the last look; returns messages about them.

        An unreadable pointer is reported once, and does not affect the other datasets.
        """
        recorded, unread = self._recorded()
        told = [f"{'data':<8} {line}" for line in unread if line not in self._unread]
        self._unread = unread
        for name, md5 in recorded.items():
            if self._seen.get(name) == md5:
                continue
            first = name not in self._seen
            payload = {"root": name, "md5": md5, "revision": git.revision(self.root), "branch": self.branch}
            if events.data_changed(name, payload):
                self._seen[name] = md5
                if not first:
                    told.append(f"{'data':<8} {name} is now {md5}")
        return told

    def _recorded(self) -> tuple[dict[str, str], list[str]]:
        """Dataset → hash; and the datasets whose pointer is unreadable."""
        if self.branch:
            found = git.texts_on_branch(self.root, self.branch, ".dvc")
            return {name: md5 for name, text in found.items() if (md5 := dvc_repo.md5_in(text))}, []
        recorded, unread = {}, []
        for name in dvc_repo.datasets(self.root):
            path = dvc_repo.pointer(self.root, name)
            try:
                if md5 := dvc_repo.md5_in(path.read_text(encoding="utf-8")):
                    recorded[name] = md5
            except (OSError, UnicodeDecodeError) as error:
                why = error.strerror if isinstance(error, OSError) else "not UTF-8"
                unread.append(f"{path}: cannot be read ({why}); restore it with git")
        return recorded, unread
