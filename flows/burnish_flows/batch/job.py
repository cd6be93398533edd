"""What a batch does with each picture, as plain values; a worker's restorer, loaded once per process."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import os
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from burnish.errors import BurnishError, ConfigError, DataError
from burnish.fingerprint.code import RESTORING, code, involved
from burnish.restorer.options import RestoreOptions
from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from burnish.inference import Restorer
    from torch import Tensor

FORMAT = 1
"""Incremented when the same job would give other pictures."""

_lock = threading.Lock()
_idle: dict[str, list[Restorer]] = {}
"""Digest of a job → idle restorers of this process."""


class MaskFile(BaseModel):
    """A mask by place and content: a file could change meanwhile."""

    model_config = ConfigDict(frozen=True)

    path: str
    """Absolute; every worker reads it."""
    sha256: str


class BatchJob(BaseModel):
    """The model and all settings, the same for every picture and every worker."""

    model_config = ConfigDict(frozen=True)

    restorer: str = ""
    """Id of a restorer that needs no bundle; else empty."""
    bundle: str = ""
    """Folder of the bundle that model or bundle were resolved to, once; else empty."""
    subject: str = ""
    """Its name in reports: ``denoise v3``, a bundle's folder, a restorer's id."""
    config: dict[str, object] = Field(default_factory=dict)
    """Settings that replace those of the restorer or bundle."""
    sigma: float | None = None
    kernel: str = ""
    """Its values (a file could change meanwhile), as ``packed``; empty: it is unknown."""
    masks: dict[str, MaskFile] = Field(default_factory=dict)
    """``mask`` and ``saturated``, where they are known."""
    transfer: str = "auto"
    """Transfer curve of the values, as ``burnish restore --transfer`` takes it."""
    strength: float = 1.0
    """1: restored; less: that part of the way from the input to it."""
    tile: Literal["auto"] | int = "auto"
    precision: str = "auto"
    memory_mb: int = RestoreOptions.memory
    device: str = "auto"
    allow_damaged: bool = False
    """Restore the readable part of damaged files."""
    threads: int = 1
    """Threads of computation in each worker: their number may change the last bits of a picture."""
    made_of: dict[str, object] = Field(default_factory=dict)
    """Restorer, weights and code, by version and hash; see ``settled``."""

    @property
    def digest(self) -> str:
        """sha256, as hex, equal for two jobs exactly if they give the same results for the same pictures."""
        told = self.model_dump(mode="json", exclude={"bundle", "subject", "restorer", "config"})
        told["kernel"] = unpacked(self.kernel) if self.kernel else None
        told["masks"] = {name: file.sha256 for name, file in self.masks.items()}
        for name in (
            "allow_damaged",
            "masks",
            "strength",
            "transfer",
        ):  # batches from before there was a choice keep their digests
            if told[name] == type(self).model_fields[name].get_default(call_default_factory=True):
                del told[name]
        return hashlib.sha256(json.dumps([FORMAT, told], sort_keys=True).encode()).hexdigest()

    def options(self) -> RestoreOptions:
        """The settings for restoring every picture."""
        return RestoreOptions(
            tile=self.tile,
            precision=self.precision,
            memory=self.memory_mb,
            transfer=self.transfer,
            strength=self.strength,
        )

    def conditions(self) -> dict[str, float | Tensor]:
        """The conditions of every picture, as the restorer receives them.

        Raises:
            DataError: A mask is not the caller's.
        """
        import torch
        from burnish.inference.masks import read_mask

        known: dict[str, float | Tensor] = {} if self.sigma is None else {"sigma": self.sigma}
        if self.kernel:
            known["kernel"] = torch.tensor(unpacked(self.kernel), dtype=torch.float32)[None]
        for name, file in self.masks.items():
            if content_hash(Path(file.path)) != file.sha256:
                raise DataError(f"{file.path}: has changed, or is missing here, since the batch began; start it again")
            known[name] = read_mask(Path(file.path))
        return known


def packed(kernel: Tensor) -> str:
    """k,k float32 as text that is short: a server takes half a megabyte of a run's parameters."""
    values = kernel.contiguous().numpy().astype("<f4").tobytes()
    return base64.b64encode(zlib.compress(values, 9)).decode()


def unpacked(text: str) -> list[list[float]]:
    """The values of ``packed``, row by row."""
    values = struct.unpack(f"<{len(raw := zlib.decompress(base64.b64decode(text))) // 4}f", raw)
    side = math.isqrt(len(values))
    return [list(values[first : first + side]) for first in range(0, len(values), side)]


class Outcome(BaseModel):
    """The outcome of one picture, clip or burst."""

    name: str
    """That of its ``Piece``."""
    source: str = ""
    """sha256 of the input."""
    target: str = ""
    """sha256 of the output; empty if it failed."""
    seconds: float = 0.0
    megapixels: float = 0.0
    error: str = ""
    """One line if it failed."""
    notes: list[str] = []
    """What was scaled, clipped, or not kept."""


def settled(job: BatchJob) -> tuple[BatchJob, Restorer]:
    """The job with restorer, weights and code filled in, and the loaded restorer; loading it here finds errors early.

    Raises:
        BurnishError: As ``load_bundle`` and ``load_restorer``.
    """
    from burnish.inference.masks import refuse_unused_mask

    loaded = _load(job)
    if "mask" in job.masks:
        refuse_unused_mask(loaded)
    job = job.model_copy(update={"made_of": _made_of(loaded)})
    with _lock:
        _idle.clear()
        _idle[job.digest] = [loaded]
    return job, loaded


def restore_one(job: BatchJob, name: str, source: Path, target: Path) -> Outcome:
    """Restore one picture, clip or burst exactly as ``burnish restore`` does; a failure is returned as an outcome.

    Raises:
        BurnishError: The restorer cannot be loaded here, or this worker's code is another than the caller's.
    """
    from burnish.inference import Reading, restore_files

    reading = Reading(allow_damaged=job.allow_damaged, isolate=True)
    with _restorer(job) as loaded, _threads(job.threads):
        begun = time.perf_counter()
        try:
            read = content_hash(source)
            done = restore_files(loaded, source, target, job.conditions(), job.options(), reading=reading, quiet=True)[
                0
            ]
            written = content_hash(target)
        except (BurnishError, OSError) as error:
            said = " ".join(str(error).split())
            seconds = time.perf_counter() - begun
            return Outcome(name=name, error=said if str(source) in said else f"{source}: {said}", seconds=seconds)
    told = {"seconds": done.seconds, "megapixels": done.megapixels, "notes": list(done.notes)}
    return Outcome(name=name, source=read, target=written, **told)


def content_hash(path: Path) -> str:
    """sha256 of a file, or of the names and contents of all files of a folder; empty if it does not exist."""
    if path.is_dir():
        digest = hashlib.sha256()
        for file in sorted(entry for entry in path.rglob("*") if entry.is_file()):
            digest.update(os.fsencode(f"{file.relative_to(path).as_posix()}\n{content_hash(file)}\n"))
        return digest.hexdigest()
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


@contextmanager
def _restorer(job: BatchJob) -> Iterator[Restorer]:
    """Yield an idle restorer for exclusive use: each thread needs its own, since a plugin's may keep state."""
    with _lock:
        waiting = _idle.get(job.digest)
        loaded = waiting.pop() if waiting else None
    if loaded is None:
        loaded = _load(job)
        _refuse_other_code(job, loaded)
    try:
        yield loaded
    finally:
        with _lock:
            for other in [digest for digest in _idle if digest != job.digest]:
                del _idle[other]
            _idle.setdefault(job.digest, []).append(loaded)


@contextmanager
def _threads(number: int) -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _load(job: BatchJob) -> Restorer:
    from burnish.inference import load_bundle, load_restorer

    if job.bundle:
        return load_bundle(Path(job.bundle), job.config, device=job.device)
    return load_restorer(job.restorer, job.config, device=job.device)


def _made_of(loaded: Restorer) -> dict[str, object]:
    import torch
    from burnish.plugins.catalog import installed

    plain: dict[str, object] = json.loads(json.dumps(dict(loaded.config), default=str))
    return {
        "restorer": loaded.id,
        "distribution": f"{loaded.distribution} {loaded.version}",
        "config": plain,
        "weights_sha256": loaded.bundle.weights_sha256 if loaded.bundle else "",
        "code": code(involved([("restorers", loaded.id, loaded.config)], installed()), RESTORING).digest(),
        "torch": torch.__version__,
    }


def _refuse_other_code(job: BatchJob, loaded: Restorer) -> None:
    here = _made_of(loaded)
    if other := [key for key, value in job.made_of.items() if here[key] != value]:
        raise ConfigError(
            f"{loaded.label}: a worker has a different {', '.join(other)} than the caller; install the same versions "
            "of burnish and its plugins where the workers run"
        )
