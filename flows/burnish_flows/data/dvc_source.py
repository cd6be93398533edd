"""A DVC dataset as an MLflow dataset source: which bytes, of which project, at which revision."""
# ruff: noqa: TID253  (imported only where MLflow is in use)

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mlflow.data.dataset_source import DatasetSource

from burnish_flows.data.dataset import Pin

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput

DIGEST = 36
"""MLflow's limit for the length of a dataset's digest."""


class DvcSource(DatasetSource):  # type: ignore[misc]
    """The folder ``path`` of the project ``repo``; ``md5`` is DVC's hash of what is in it."""

    def __init__(self, *, repo: str, path: str, md5: str, rev: str = "") -> None:
        self.repo = repo
        """The project's folder, or the address of its git repository."""
        self.path = path
        """Below it."""
        self.md5 = md5
        """Ends in ``.dir``."""
        self.rev = rev
        """The git commit that records it; empty if there is none, so that only the hash identifies the data."""

    @staticmethod
    def _get_source_type() -> str:
        return "dvc"

    def load(self) -> str:
        """Fetch the folder at that revision into a copy, and return its path; the caller removes it.

        Raises:
            DvcException, OSError: The data, the revision or the remote is not available.
        """
        from dvc.api import DVCFileSystem

        folder = Path(tempfile.mkdtemp(prefix="burnish-data-")) / Path(self.path).name
        DVCFileSystem(self.repo, rev=self.rev or None).get(self.path, str(folder), recursive=True)
        return str(folder)

    @staticmethod
    def _can_resolve(raw_source: object) -> bool:
        return False  # any plain path could match

    @classmethod
    def _resolve(cls, raw_source: object) -> DvcSource:
        raise NotImplementedError(f"{raw_source}: is not a DVC dataset; give repo, path and md5")

    def to_dict(self) -> dict[str, str]:
        """As plain JSON values."""
        return {"repo": self.repo, "path": self.path, "md5": self.md5, "rev": self.rev}

    @classmethod
    def from_dict(cls, source_dict: Mapping[str, str]) -> DvcSource:
        """The inverse of ``to_dict``."""
        return cls(**source_dict)


def dataset_input(project: Path, pin: Pin, *, context: str) -> DatasetInput:
    """MLflow's record of a pinned dataset that was used for ``context`` (``training``)."""
    from mlflow.data.meta_dataset import MetaDataset
    from mlflow.entities import DatasetInput, InputTag
    from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT

    rev = pin.git_revision if pin.committed else ""
    source = DvcSource(repo=str(project), path=pin.root, md5=pin.md5, rev=rev)
    described = MetaDataset(source, name=pin.root, digest=source.md5[:DIGEST])
    return DatasetInput(dataset=described._to_mlflow_entity(), tags=[InputTag(MLFLOW_DATASET_CONTEXT, context)])
