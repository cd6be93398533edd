"""Faults for real: put into every process of a test by way of ``sitecustomize``, asked for by the environment.

``MISCHIEF`` holds one of

- ``kill SECONDS before|after STAGE``: the process kills itself with SIGKILL at that boundary, or so many seconds later;
- ``kill at write N``: just before its N-th write to MLflow;
- ``kill made|unmoved|moved PLACE N``: when the N-th temporary file or folder of a place (``scores``, ``reports``,
  ``checkpoints``, ``work``) was just made, is about to be renamed, or was just renamed. These are the same points on
  every machine, however fast it is;
- ``stop before|after STAGE FILE``: writes the file and waits until it is gone.

Each strikes once: it leaves a mark at ``MISCHIEF_DONE``.
"""

from __future__ import annotations

import os
import textwrap
from pathlib import Path

CODE = """
    import os, signal, sys, threading, time

    def strike(seconds):
        done = os.environ["MISCHIEF_DONE"]
        if os.path.exists(done):
            return
        def now():
            open(done, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        threading.Timer(seconds, now).start() if seconds else now()

    def pause(file):
        if os.path.exists(os.environ["MISCHIEF_DONE"]):
            return
        open(os.environ["MISCHIEF_DONE"], "w").close()
        open(file, "w").close()
        while os.path.exists(file):
            time.sleep(0.05)

    def at_boundary(words):
        from contextlib import contextmanager
        from burnish_flows.retrain.tracking import stopwatch

        if words[0] == "kill":
            seconds, (when, stage) = float(words[1]), words[2:]
            act = lambda: strike(seconds)
        else:
            when, stage, file = words[1:]
            act = lambda: pause(file)
        honest = stopwatch.Stopwatch.stage

        @contextmanager
        def stage_with_mischief(self, name):
            if (when, stage) == ("before", name):
                act()
            with honest(self, name):
                yield
            if (when, stage) == ("after", name):
                act()

        stopwatch.Stopwatch.stage = stage_with_mischief

    def at_point(when, place, number):
        from pathlib import Path
        from burnish.io import scratch

        left = [number]
        def count(folder):
            if any(part.startswith(place) for part in folder.parts[-2:]):
                left[0] -= 1
                if left[0] == 0:
                    strike(0)

        make = scratch._made
        def made(place_of_it, *given, **named):
            found = make(place_of_it, *given, **named)
            if when == "made":
                count(place_of_it)
            return found
        scratch._made = made

        def watched(move):
            def moved(self, target):
                ours = scratch.PREFIX in str(self)
                if ours and when == "unmoved":
                    count(Path(target).parent)
                found = move(self, target)
                if ours and when == "moved":
                    count(Path(target).parent)
                return found
            return moved
        Path.replace, Path.rename = watched(Path.replace), watched(Path.rename)

    def at_write(number):
        from burnish_flows.registry import store as registry

        left = [number]
        honest = registry.Registry.client.fget
        verbs = ("set_", "delete_", "create_", "log_")

        class Mortal:
            def __init__(self, client):
                self.__client = client
            def __getattr__(self, name):
                if name.startswith(verbs):
                    left[0] -= 1
                    if left[0] == 0:
                        strike(0)
                return getattr(self.__client, name)

        registry.Registry.client = property(lambda self: Mortal(honest(self)))
        create = registry.Registry.create_version
        def counted(self, *given, **named):
            plain, self._client = self._client, Mortal(self._client)
            try:
                return create(self, *given, **named)
            finally:
                self._client = plain
        registry.Registry.create_version = counted

    words = os.environ.get("MISCHIEF", "").split()
    if words:
        if words[1] == "at":
            at_write(int(words[3]))
        elif words[1] in ("made", "unmoved", "moved"):
            at_point(words[1], words[2], int(words[3]))
        else:
            at_boundary(words)
"""


def settings(folder: Path, words: str) -> dict[str, str]:
    """The environment of a command that meets this mischief once.

    Args:
        folder: For the code and the mark.
        words: As the module says.
    """
    place = folder / "mischief"
    place.mkdir(parents=True, exist_ok=True)
    (place / "sitecustomize.py").write_text(textwrap.dedent(CODE))
    done = place / "done"
    done.unlink(missing_ok=True)
    return {"PYTHONPATH": before_others(place), "MISCHIEF": words, "MISCHIEF_DONE": str(done)}


def before_others(place: Path) -> str:
    """``PYTHONPATH`` with this folder first."""
    return os.pathsep.join([str(place), *filter(None, [os.environ.get("PYTHONPATH")])])


def struck(folder: Path) -> bool:
    """Whether it has struck."""
    return (folder / "mischief" / "done").exists()
