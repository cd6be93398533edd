"""The one place that calls DVC: open, add, commit, pull, push, compare; its errors become DataError in one line."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, TypeVar

import yaml
from burnish.console.redaction import without_userinfo
from burnish.errors import DataError

from burnish_flows.data import git

if TYPE_CHECKING:
    from dvc.repo import Repo

REMOTE = "store"
"""The name of the team's remote, as set by ``burnish data remote``."""

PATIENCE = (0.5, 1.0, 2.0, 4.0, *[8.0] * 36)
"""Seconds between tries while another process holds DVC's lock."""

_T = TypeVar("_T")


class RemoteError(DataError):
    """The remote did not deliver the expected data; possibly a temporary failure."""


class Recorded(TypedDict):
    """The content of a pointer file."""

    md5: str
    """Hash of the folder."""
    size: int
    """Bytes of all files."""
    nfiles: int


def pointer(root: Path, folder: str) -> Path:
    """The file with the data's hash: ``<folder>.dvc`` next to the folder."""
    return root / f"{folder}.dvc"


def recorded(root: Path, folder: str) -> Recorded | None:
    """``md5``, ``size`` and ``nfiles`` from the pointer; None without a pointer. Does not import DVC.

    Raises:
        DataError: The pointer is not a DVC file.
    """
    path = pointer(root, folder)
    if not path.is_file():
        return None
    try:
        return parsed(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise DataError(
            f"{path}: is not a DVC pointer; restore it with git, or run: burnish data add {folder}"
        ) from error


def parsed(text: str) -> Recorded:
    """``md5``, ``size`` and ``nfiles`` in the text of a pointer.

    Raises:
        yaml.YAMLError, KeyError, IndexError, TypeError, ValueError: It is none.
    """
    out = yaml.safe_load(text)["outs"][0]
    return {"md5": str(out["md5"]), "size": int(out.get("size", 0)), "nfiles": int(out.get("nfiles", 0))}


def md5_in(text: str) -> str:
    """The data's hash in the text of a pointer; empty if the text is not a pointer."""
    try:
        return str(parsed(text)["md5"])
    except (yaml.YAMLError, KeyError, IndexError, TypeError, ValueError):
        return ""


@contextmanager
def opened(root: Path) -> Iterator[Repo]:
    """The DVC repository around ``root``, with or without git.

    Raises:
        DataError: There is none, or DVC failed inside the block.
    """
    from dvc.exceptions import DvcException, NotDvcRepoError
    from dvc.repo import Repo

    _silence()
    try:  # git may have been added after DVC was set up
        with Repo(str(root), config={"core": {"no_scm": not git.is_repository(root)}}) as repo:
            yield repo
    except NotDvcRepoError as error:
        raise DataError(f"{root}: the data here are not versioned yet; run: burnish data add <folder>") from error
    except DvcException as error:
        raise DataError(f"{root}: DVC: {_one_line(error)}") from error


def initialise(root: Path) -> bool:
    """Make ``root`` a DVC repository unless it is inside one; True if it was created."""
    from dvc.exceptions import DvcException, NotDvcRepoError
    from dvc.repo import Repo

    _silence()
    try:
        Repo.find_root(str(root))
        _follow_git(root)
        return False
    except NotDvcRepoError:
        pass
    top = (root / ".git").exists()
    try:
        Repo.init(str(root), no_scm=not git.is_repository(root), subdir=git.is_repository(root) and not top).close()
    except DvcException as error:
        raise DataError(f"{root}: cannot be made a DVC repository: {_one_line(error)}") from error
    with _editing(root) as config:
        config["core"]["analytics"] = "false"
    _ignore_what_is_local(root)
    return True


def datasets(root: Path) -> list[str]:
    """The datasets with a pointer in ``root`` or one folder below."""
    found = [path for path in [*root.glob("*.dvc"), *root.glob("*/*.dvc")] if path.is_file()]
    return sorted(path.relative_to(root).as_posix().removesuffix(".dvc") for path in found)


def kept_by_git(root: Path, folder: str) -> list[Path]:
    """The files that must be committed to make the dataset reproducible from the commit."""
    with opened(root) as repo:
        top = Path(repo.root_dir)
    beside = pointer(root, folder)
    wanted = [beside, beside.with_name(".gitignore"), top / ".dvc" / "config", top / ".dvc" / ".gitignore"]
    return [path for path in [*wanted, top / ".dvcignore"] if path.is_file()]


def set_remote(root: Path, url: str) -> None:
    """Make ``url`` the verified default remote. Secrets in it go to ``.dvc/config.local``.

    Raises:
        DataError: DVC refuses it.
    """
    open_to_all = without_userinfo(url)
    with _editing(root) as config:
        config["remote"][REMOTE] = {"url": open_to_all, "verify": "true"}  # else DVC does not verify it
        config["core"]["remote"] = REMOTE
    _ignore_what_is_local(root)
    with _editing(root, "local") as config:
        config["remote"].pop(REMOTE, None)
        if url != open_to_all:
            config["remote"][REMOTE] = {"url": url}


def _follow_git(root: Path) -> None:
    """Connect DVC and git if DVC was set up before the git repository existed."""
    with opened(root) as repo:
        late = git.is_repository(root) and repo.config.load_one("repo").get("core", {}).get("no_scm", False)
    if not late:
        return
    with _editing(root) as config:
        config["core"].pop("no_scm", None)
    _ignore_what_is_local(root)
    with opened(root) as repo:
        for folder in datasets(root):
            if (root / folder).is_dir():
                with repo.scm_context:
                    repo.scm_context.ignore(str(root / folder))


def _ignore_what_is_local(root: Path) -> None:
    """Make git ignore local files, even before there is a repository, so that they are never committed."""
    with opened(root) as repo:
        ignore = Path(repo.dvc_dir) / ".gitignore"
    if not ignore.exists():
        ignore.write_text("/config.local\n/tmp\n/cache\n", encoding="utf-8")


@contextmanager
def _editing(root: Path, level: str = "repo") -> Iterator[dict[str, dict[str, object]]]:
    """Yield DVC's configuration of one level, written after the block; command-line arguments would expose secrets."""
    from dvc.config import ConfigError

    try:
        with opened(root) as repo, repo.config.edit(level) as config:
            yield config
        if level == "local":
            with suppress(OSError):
                Path(repo.config.files["local"]).chmod(0o600)
    except ConfigError as error:
        raise DataError(f"{root}: DVC: {_one_line(error)}") from error


def add(root: Path, folder: str) -> None:
    """Record the folder's present content: store it in the cache and write its pointer."""
    with opened(root) as repo:
        _retried(lambda: repo.add(str(root / folder)))


def commit(root: Path, folder: str) -> None:
    """Store the folder's present content, which equals the pointer's, in DVC's cache."""
    with opened(root) as repo:
        _retried(lambda: repo.commit(str(pointer(root, folder)), force=True))


def checkout(root: Path, folder: str, *, force: bool = False) -> bool:
    """Restore the folder from DVC's cache; False if the cache lacks it."""
    from dvc.exceptions import CheckoutError

    with opened(root) as repo:
        try:
            _retried(lambda: repo.checkout(targets=[str(pointer(root, folder))], force=force))
        except CheckoutError:
            return False
    return True


def has_remote(root: Path) -> bool:
    """Whether a default remote is configured."""
    with opened(root) as repo:
        return bool(repo.config["core"].get("remote"))


def pull(root: Path, folder: str, *, force: bool = False) -> None:
    """Fetch the folder from the default remote."""
    with opened(root) as repo:
        _retried(lambda: repo.pull(targets=[str(pointer(root, folder))], force=force))


def push(root: Path, folder: str) -> int:
    """Send the folder to the default remote; returns the number of sent objects."""
    with opened(root) as repo:
        return int(_retried(lambda: repo.push(targets=[str(pointer(root, folder))])))


def changes(root: Path, folder: str) -> str:
    """DVC's comparison of the folder with its pointer: ``modified``, ``deleted``, ``not in cache`` or empty."""
    with opened(root) as repo:
        status: Mapping[str, list[object]] = _retried(lambda: repo.status(targets=[str(pointer(root, folder))]))
    for stage in status.values():
        for entry in stage:
            if isinstance(entry, dict) and "changed outs" in entry:
                return str(next(iter(entry["changed outs"].values())))
    return ""


def recorded_files(root: Path, folder: str) -> dict[str, str] | None:
    """Every file that the pointer names, with its md5; None when DVC's cache lacks the list."""
    with opened(root) as repo:
        out = repo.find_outs_by_path(str(root / folder))[0]
        tree = out.get_obj()
        return {"/".join(key): str(hashed.value) for key, _, hashed in tree} if tree is not None else None


def is_ignored(root: Path) -> Callable[[Path], bool]:
    """A function that returns whether ``.dvcignore`` excludes a file."""
    with opened(root) as repo:
        ignore = repo.dvcignore
    return lambda path: bool(ignore.is_ignored_file(str(path)))


def _retried(action: Callable[[], _T]) -> _T:
    from dvc.exceptions import DvcException
    from dvc.lock import LockError

    for seconds in PATIENCE:
        try:
            return action()
        except LockError:
            time.sleep(seconds)
        except DvcException:
            raise
    return action()


def _silence() -> None:
    for name in ("dvc", "dvc_data", "dvc_objects"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
