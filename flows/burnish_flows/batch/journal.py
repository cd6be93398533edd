"""The finished pictures of a folder, with model and settings: ``OUT/.burnish-batch``, which lets a batch resume.

``manifest.json`` is written whole. While a batch runs, each of its tasks appends to a journal of its own, so that at
most the pictures under way are lost with a process; the next run takes the journals up into the manifest.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from burnish.errors import DataError
from burnish.io.atomic import write_whole
from pydantic import BaseModel, ValidationError

from burnish_flows.batch.job import BatchJob, Outcome, content_hash

FOLDER = ".burnish-batch"
"""Below the output folder."""
MANIFEST = "manifest.json"
FORMAT = 1
"""Of the manifest."""


class Manifest(BaseModel):
    """The fields of a manifest that are read again."""

    format: int
    digest: str = ""
    pictures: list[Outcome]


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One picture, clip or burst."""

    name: str
    """Path relative to the input folder, with forward slashes; of several inputs the input's name comes before it."""
    source: str
    target: str


@dataclass(kw_only=True)
class Journal:
    """The pictures that a task has begun and finished, one line of JSON each; an incomplete last line is ignored."""

    path: Path
    begun: set[str] = field(default_factory=set)
    done: dict[str, Outcome] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Journal:
        """Read a journal; empty if there is none."""
        journal = cls(path=path)
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        if text and not text.endswith("\n"):  # its writer died while it wrote the line
            with path.open("a", encoding="utf-8") as stream:
                stream.write("\n")
        for line in text.splitlines():
            try:
                said = json.loads(line)
                if "begun" in said:
                    journal.begun.add(str(said["begun"]))
                else:
                    outcome = Outcome.model_validate(said)
                    journal.done[outcome.name] = outcome
            except (ValueError, TypeError, ValidationError):
                continue
        return journal

    def begin(self, name: str) -> None:
        """Record that a piece is in progress; if no outcome follows, its worker died."""
        self.begun.add(name)
        self._append({"begun": name})

    def end(self, outcome: Outcome) -> None:
        """Record the outcome of a piece."""
        self.done[outcome.name] = outcome
        self._append(outcome.model_dump(mode="json"))

    def _append(self, said: Mapping[str, object]) -> None:
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(said) + "\n")


class BatchLedger:
    """The manifest and journals of one output folder."""

    def __init__(self, target: Path, job: BatchJob) -> None:
        self._folder = target / FOLDER
        self._job = job
        self.other = False
        """Whether the recorded results are those of another model or other settings."""
        self.done: dict[str, Outcome] = {}
        """The outcomes recorded by this job; ``kept`` says which of them are still valid."""

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Lock the output folder for this batch, read what is recorded there, and write the manifest at the end.

        Raises:
            DataError: The folder cannot be written, or another batch writes it.
        """
        from filelock import FileLock, Timeout

        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with FileLock(str(self._folder / "lock"), timeout=0):
                self._take_up()
                try:
                    yield
                finally:
                    self._take_up()
                    self._write()
        except Timeout as error:
            raise DataError(f"{self._folder.parent}: another batch is writing there; wait for its end") from error
        except OSError as error:
            raise DataError(f"{self._folder}: cannot be written ({error.strerror}); choose another folder") from error

    def journal(self) -> Path:
        """A new journal file for a task."""
        folder = self._folder / self._job.digest
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{uuid.uuid4().hex}.jsonl"

    def kept(self, piece: Piece) -> Outcome | None:
        """The outcome that is still valid: same input, same job, and an unchanged output."""
        known = self.done.get(piece.name)
        if known is None or not known.target or known.error:
            return None
        if known.target != content_hash(Path(piece.target)) or known.source != content_hash(Path(piece.source)):
            return None
        return known

    def _take_up(self) -> None:
        """Read the manifest, then the journals; those of other jobs are ignored."""
        manifest = self._manifest()
        mine = manifest is not None and manifest.digest == self._job.digest
        self.other = self.other or (manifest is not None and not mine)
        if manifest is not None and mine:
            for outcome in manifest.pictures:
                self.done.setdefault(outcome.name, outcome)
        for folder in sorted(entry for entry in self._folder.iterdir() if entry.is_dir()):
            if folder.name == self._job.digest:
                for path in sorted(folder.glob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns):
                    self.done.update({n: o for n, o in Journal.read(path).done.items() if not o.error})

    def _manifest(self) -> Manifest | None:
        """The manifest; None if it is missing, invalid or of another version."""
        try:
            found = Manifest.model_validate_json((self._folder / MANIFEST).read_bytes())
        except (OSError, ValidationError):
            return None
        return found if found.format == FORMAT else None

    def _write(self) -> None:
        text = json.dumps(
            {
                "format": FORMAT,
                "digest": self._job.digest,
                "job": self._job.model_dump(mode="json"),
                "pictures": [self.done[name].model_dump(mode="json") for name in sorted(self.done)],
            },
            indent=1,
        )
        write_whole(self._folder / MANIFEST, text.encode())
        for folder in [entry for entry in self._folder.iterdir() if entry.is_dir()]:
            shutil.rmtree(folder, ignore_errors=True)
