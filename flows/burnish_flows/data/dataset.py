"""A dataset's version: pin it, fetch missing files, refuse unrecorded changes, add a new dataset."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from shlex import quote
from typing import TypedDict

from burnish.errors import DataError
from burnish.io.atomic import whole_folder

from burnish_flows.data import dvc_repo, git, sample
from burnish_flows.data.manifest import Differences, Manifest, compare, measure, shared_between
from burnish_flows.environment import Project

SPLITS = ("train", "validation", "test")
"""The folders of a dataset."""


@dataclass(frozen=True, kw_only=True)
class Pin:
    """The exact data of a run."""

    root: str
    """The folder, relative to the project."""
    md5: str
    """DVC's hash of the folder's content; ends in ``.dir``."""
    files: int
    bytes: int
    git_revision: str = ""
    """The project's commit; empty outside of git."""
    committed: bool = False
    """Whether the pointer (``data.dvc``) is committed unchanged, so that the commit identifies the data."""
    dirty: bool = False
    """Whether the folder differs from its pointer, which the caller must allow."""
    recorded_md5: str = ""
    """Hash that the pointer names."""

    def as_json(self) -> dict[str, str | int | bool]:
        """This record as plain JSON values."""
        return asdict(self)


class Listing(TypedDict):
    """The files of a dataset, as ``data.json`` keeps them."""

    md5: str
    """Of the dataset."""
    files: dict[str, str]
    """Path relative to the folder → md5."""


@dataclass(frozen=True, kw_only=True)
class Added:
    """The result of ``burnish data add``."""

    pin: Pin
    pictures: dict[str, int]
    """Split → pictures in it."""
    warnings: tuple[str, ...] = field(default=())
    """One line each: a picture in two splits."""
    initialised: bool = False
    """Whether DVC had to be set up."""


@dataclass(frozen=True, kw_only=True)
class DatasetStatus:
    """The state of a dataset."""

    root: str
    recorded_md5: str
    """Hash that the pointer names."""
    files: int
    bytes: int
    state: str
    """``as recorded``, ``missing``, or how it differs."""

    def as_json(self) -> dict[str, str | int | bool]:
        """This record as plain JSON values."""
        return asdict(self)


def status(project: Project, root: str) -> DatasetStatus:
    """Compare the folder with its pointer, without fetching anything.

    Raises:
        DataError: It is not versioned.
    """
    record = dvc_repo.recorded(project.root, root)
    if record is None:
        raise DataError(_unversioned(project, root))
    state = "as recorded"
    if not (project.root / root).exists():
        state = f"missing; fetch it with: burnish data pull {quote(root)}"
    elif differences := verify(project, root):
        state = f"differs: {differences}"
    return DatasetStatus(
        root=root, recorded_md5=record["md5"], files=record["nfiles"], bytes=record["size"], state=state
    )


def pin(project: Project, root: str, *, allow_dirty: bool = False) -> Pin:
    """Pin the exact bytes of the dataset, after fetching missing files.

    Args:
        project: Where the dataset is.
        root: Its folder, relative to the project.
        allow_dirty: Record a folder that differs from its pointer instead of refusing it.

    Raises:
        DataError: It is not versioned, not available, or was changed without being recorded.
    """
    record = dvc_repo.recorded(project.root, root)
    if record is None:
        raise DataError(_unversioned(project, root))
    if not (project.root / root).exists():
        pull(project, root)
    said = dvc_repo.changes(project.root, root)
    actual: Manifest | None = None
    if said == "not in cache" or (said and allow_dirty):
        actual = _measured(project, root)
        said = said if actual.md5 != record["md5"] else ""
    if said and not allow_dirty:
        raise DataError(
            f"{project.root / root}: differs from {root}.dvc ({_described(project, root, said)}); record it with: "
            f"burnish data add {quote(root)} - or undo it with: burnish data pull --overwrite {quote(root)} - or pass "
            "--allow-dirty-data"
        )
    return Pin(
        root=root,
        md5=actual.md5 if actual else record["md5"],
        files=len(actual.files) if actual else record["nfiles"],
        bytes=actual.bytes if actual else record["size"],
        git_revision=git.revision(project.root),
        committed=git.is_committed(project.root, dvc_repo.pointer(project.root, root)),
        dirty=bool(said),
        recorded_md5=record["md5"],
    )


def pull(project: Project, root: str, *, force: bool = False) -> str:
    """Restore the content of the folder that its pointer names; files from every source are checked by hash.

    Args:
        project: Where the dataset is.
        root: Its folder, relative to the project.
        force: Overwrite a folder that differs.

    Returns:
        Where it came from: ``present``, ``cache``, ``remote`` or ``wheels``.

    Raises:
        DataError: No source has it, or what came is not what the pointer names.
    """
    record = dvc_repo.recorded(project.root, root)
    if record is None:
        raise DataError(_unversioned(project, root))
    folder = project.root / root
    if folder.exists() and not force:
        differences = verify(project, root)
        if not differences:
            return "present"
        raise DataError(
            f"{folder}: differs from {root}.dvc ({differences}); overwrite it with: "
            f"burnish data pull --overwrite {quote(root)}"
        )
    origin = _fetch(project, root, record["md5"], force=force)
    if origin == "wheels":
        return origin
    actual = _measured(project, root)
    if actual.md5 != record["md5"]:
        raise DataError(
            f"{folder}: came from the {origin} with hash {actual.md5}, {root}.dvc names {record['md5']}; the {origin} "
            f"is damaged: check it, or replace it with: burnish data remote URL"
        )
    return origin


def verify(project: Project, root: str) -> Differences:
    """Hash every file again and compare it with the pointer.

    Raises:
        DataError: It is not versioned, is missing, or the list of its files is not available while the hash differs.
    """
    record = dvc_repo.recorded(project.root, root)
    if record is None:
        raise DataError(_unversioned(project, root))
    if not (project.root / root).is_dir():
        raise DataError(f"{project.root / root}: is missing; fetch it with: burnish data pull {quote(root)}")
    actual = _measured(project, root)
    if actual.md5 == record["md5"]:
        return Differences()
    expected = _expected(project, root, record["md5"])
    if expected is None:
        return Differences(changed=(f"unknown files: hash {actual.md5}, not {record['md5']}",))
    return compare(actual, expected)


def listing(project: Project, pin: Pin) -> Listing:
    """Every file of a pinned dataset with its hash.

    Raises:
        DataError: The folder is not what was pinned any more.
    """
    files = None if pin.dirty else _expected(project, pin.root, pin.recorded_md5)
    if files is None:
        actual = _measured(project, pin.root)
        if actual.md5 != pin.md5:
            raise DataError(f"{project.root / pin.root}: was changed while it was in use; run the command again")
        files = dict(actual.files)
    return {"md5": pin.md5, "files": files}


def add(project: Project, folder: Path) -> Added:
    """Record a folder of pictures with DVC, in place.

    Raises:
        DataError: It lacks a split, contains no readable picture there, or is outside the project.
    """
    folder = folder.resolve()
    if not folder.is_dir():
        raise DataError(f"{folder}: is not a folder; give a folder with {', '.join(f'{split}/' for split in SPLITS)}")
    if folder == project.root or not folder.is_relative_to(project.root):
        raise DataError(f"{folder}: is not inside the project {project.root}; move it there")
    pictures = {split: _readable(folder / split) for split in SPLITS}
    initialised = dvc_repo.initialise(project.root)
    root = folder.relative_to(project.root).as_posix()
    dvc_repo.add(project.root, root)
    shared = shared_between(_measured(project, root), SPLITS)
    return Added(
        pin=pin(project, root),
        pictures=pictures,
        warnings=tuple(f"the same picture in two splits: {' = '.join(paths)}" for paths in shared),
        initialised=initialised,
    )


def set_remote(project: Project, url: str) -> None:
    """Make ``url`` the team's remote; fetched files are verified.

    Raises:
        DataError: DVC refuses it.
    """
    dvc_repo.initialise(project.root)
    dvc_repo.set_remote(project.root, url if "://" in url else str(Path(url).expanduser().resolve()))


def _fetch(project: Project, root: str, md5: str, *, force: bool) -> str:
    if dvc_repo.checkout(project.root, root, force=force):
        return "cache"
    failure: DataError | None = None
    if dvc_repo.has_remote(project.root):
        try:
            dvc_repo.pull(project.root, root, force=force)
            return "remote"
        except DataError as error:
            failure = error
    if md5 == sample.MD5:
        _materialise(project, root)
        return "wheels"
    if failure is not None:
        raise dvc_repo.RemoteError(
            f"{project.root / root}: cannot be pulled; check the remote (dvc remote list): {failure}"
        ) from failure
    raise DataError(
        f"{project.root / root}: is missing, and no remote is configured to fetch it from; "
        f"set one with: burnish data remote URL"
    )


def _materialise(project: Project, root: str) -> None:
    folder = project.root / root
    with whole_folder(folder) as fresh:
        sample.materialise(fresh)
        actual = measure(fresh)
        if actual.md5 != sample.MD5:
            raise DataError(f"{fresh}: has hash {actual.md5} instead of {sample.MD5}; is the disk full or faulty?")
    dvc_repo.commit(project.root, root)


def _measured(project: Project, root: str) -> Manifest:
    return measure(project.root / root, dvc_repo.is_ignored(project.root))


def _expected(project: Project, root: str, md5: str) -> dict[str, str] | None:
    if md5 == sample.MD5:
        return {photograph.path: photograph.md5 for photograph in sample.PHOTOGRAPHS}
    return dvc_repo.recorded_files(project.root, root)


def _described(project: Project, root: str, said: str) -> str:
    differences = verify(project, root)
    return str(differences) if differences else said


def _readable(folder: Path) -> int:
    from burnish.io import list_pictures, read_picture

    if not folder.is_dir():
        parts = ", ".join(f"{folder.parent.name}/{split}" for split in SPLITS)
        raise DataError(f"{folder}: is missing; put the pictures into {parts}: most of them into train")
    pictures = list_pictures(folder)
    for path in pictures:
        read_picture(path)
    return len(pictures)


def _unversioned(project: Project, root: str) -> str:
    if (project.root / root).is_dir():
        return f"{project.root / root}: is not versioned; run: burnish data add {quote(root)}"
    return (
        f"{project.root / root}: there is neither {root}.dvc nor such a folder; "
        f"put pictures there and run: burnish data add {quote(root)}"
    )
