"""Names the plugin that ended the process while it was loaded: a crash of the interpreter, or a kill while it hung.

A process writes into a file of its own which plugin it is loading, and removes the file when all are loaded. A later
process that finds the file of one that is dead suspects the plugin in it, and lets a child load that one first. If the
child comes to a bad end as well, the plugin is left out until its files change, or ``burnish doctor`` tries it again;
if not, it was innocent (power failed, somebody killed the process). Without a suspect this costs a file, once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from burnish.plugins.discovery import Candidate

PATIENCE = 30.0
"""Seconds after which a child that loads a suspect does not come back."""
_LOADED = b"loaded"
_GUILTY = ".left-out"
_PROBE = """
import os, sys
sys.path[:] = {path!r}
from burnish.plugins.discovery import Candidate
from burnish.plugins.host import Host
leave = os._exit
Host([Candidate({fields})])
os.write(1, {word!r})
leave(0)
"""


class Deaths:
    """The plugins that end a process, and the file that says which one this process is loading."""

    def __init__(self, folder: str = "") -> None:
        """Do nothing at all without a folder, or where it cannot be written."""
        self._folder, self._own, self._descriptor = folder, "", -1
        self._made: list[str] = []
        """Folders that did not exist before, the innermost first."""
        self._suspects: dict[str, list[str]] = {}
        """Plugin → the files of the dead that name it."""
        self._guilty: dict[str, str] = {}
        """Plugin → the file that says why it is left out."""

    def verdict(self, plugin: str, candidate: Candidate) -> str:
        """Why the plugin must not be loaded; empty if it may."""
        if plugin in self._guilty and (reason := self._left_out(plugin, candidate)):
            return reason
        if plugin not in self._suspects:
            return ""
        reason = _tried(candidate)
        if reason:
            with suppress(OSError), open(self._path(plugin), "w", encoding="utf-8") as file:
                file.write(f"{plugin}\n{_stamp(candidate)}\n{reason}\n")
        for path in self._suspects[plugin]:
            with suppress(OSError):
                os.unlink(path)
        return reason

    def begins(self, plugin: str) -> None:
        """Write down that this one is being loaded."""
        if self._descriptor >= 0:
            with suppress(OSError):
                os.pwrite(self._descriptor, f"{plugin}\n".encode(), 0)

    def open(self) -> None:
        """Read what others have left, and open the own file."""
        if not self._folder or os.name != "posix":
            return
        try:
            self._made = _missing(os.path.abspath(self._folder))
            os.makedirs(self._folder, exist_ok=True)
            for name in sorted(os.listdir(self._folder)):
                self._read(os.path.join(self._folder, name))
            self._own = os.path.join(self._folder, f"{os.getpid()}-{os.urandom(4).hex()}")
            self._descriptor = os.open(self._own, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            _lock(self._descriptor)
        except OSError:
            self.close()

    def close(self) -> None:
        """All are loaded, or the loading has ended in order: nothing is left of what was made."""
        with suppress(OSError):
            if self._own:
                os.unlink(self._own)
            for place in self._made:  # as far as nobody else has put anything there meanwhile
                os.rmdir(place)
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._own, self._descriptor, self._made = "", -1, []

    def _read(self, path: str) -> None:
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            try:
                plugin = os.read(descriptor, 1000).decode(errors="replace").partition("\n")[0]
                if path.endswith(_GUILTY):
                    self._guilty[plugin] = path
                elif _lock(descriptor):
                    if plugin:
                        self._suspects.setdefault(plugin, []).append(path)
                    else:  # it died before the first, or is about to write
                        os.unlink(path)
            finally:
                os.close(descriptor)

    def _left_out(self, plugin: str, candidate: Candidate) -> str:
        """Why it was left out before, while its files are the same."""
        with suppress(OSError, ValueError):
            with open(self._guilty[plugin], encoding="utf-8") as file:
                _, stamp, reason = file.read().rstrip("\n").split("\n")
            if stamp == _stamp(candidate):
                return reason
        with suppress(OSError):
            os.unlink(self._guilty[plugin])
        return ""

    def _path(self, plugin: str) -> str:
        return os.path.join(self._folder, f"{plugin.encode().hex()[:100]}{_GUILTY}")


def folder() -> str:
    """Where these files are: ``$XDG_CACHE_HOME/burnish/loading``, else ``~/.cache/burnish/loading``."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(cache, "burnish", "loading")


def _missing(folder: str) -> list[str]:
    """The folder and those that it is in, as far as they do not exist, the innermost first."""
    found = []
    while not os.path.isdir(folder):
        found.append(folder)
        folder = os.path.dirname(folder)
    return found


@contextmanager
def watched(place: str) -> Iterator[Deaths]:
    """The file of this process exists in the block."""
    deaths = Deaths(place)
    deaths.open()
    try:
        yield deaths
    finally:
        deaths.close()


def try_again(place: str) -> None:
    """Let the next host try again what was left out."""
    with suppress(OSError):
        for name in os.listdir(place):
            if name.endswith(_GUILTY):
                path = os.path.join(place, name)
                os.rename(path, path.removesuffix(_GUILTY))


def _lock(descriptor: int) -> bool:
    """Lock the file until this process ends; false where a living process holds it."""
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _stamp(candidate: Candidate) -> str:
    """What changes when the plugin is installed anew, or its module is edited."""
    from importlib.machinery import PathFinder

    names = candidate.module.partition(":")[0].split(".")
    changed = 0
    with suppress(Exception):
        found = PathFinder.find_spec(names[0])
        if found and found.origin:
            base = os.path.join(os.path.dirname(found.origin), *names[1:])
            for path in (found.origin, f"{base}.py", os.path.join(base, "__init__.py")):
                with suppress(OSError):
                    changed = max(changed, os.stat(path).st_mtime_ns)
    return f"{candidate.version} {candidate.module} {changed}"


def _tried(candidate: Candidate) -> str:
    """Load the plugin in a child; why that ended badly, or empty."""
    import signal
    import subprocess

    told = ", ".join(f"{name}={value!r}" for name, value in vars(candidate).items())
    code = _PROBE.format(path=sys.path, fields=told, word=_LOADED)
    mend = f"mend or uninstall {candidate.distribution}, then run `burnish doctor`, which tries it again"
    try:
        done = subprocess.run(
            [sys.executable, "-c", code], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return f"does not come back from being loaded within {PATIENCE:.0f} s; {mend}"
    except OSError:  # no process can be started: nothing is known
        return ""
    if done.stdout.endswith(_LOADED):
        return ""
    status = done.returncode
    names = {one.value: one.name for one in signal.Signals}
    how = f"signal {names.get(-status, -status)}" if status < 0 else f"exit status {status}"
    return f"ends the interpreter while it is loaded ({how}); {mend}"
