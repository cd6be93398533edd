"""Commands in processes that are forked from one which has imported the heavy libraries: half of their time.

They are processes of their own, with an environment, a folder and files of their own. What a command imports of
burnish, and what reads the environment while it is imported (Prefect), each imports itself. What starts a command as
users do, from nothing, are ``Project.start``, ``Project.shell`` and the terminals.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

LIBRARIES = (
    "torch", "scipy.signal", "matplotlib.pyplot", "lightning.pytorch", "cv2", "PIL.Image", "skimage", "pandas",
    "sqlalchemy.orm", "alembic", "mlflow", "mlflow.store.tracking.sqlalchemy_store",
    "mlflow.store.model_registry.sqlalchemy_store", "fastapi", "httpx", "rich.progress", "dvc.repo",
)  # fmt: skip
READ_EARLY = ("PYTHON", "LC_", "LANG", "LD_", "OMP_")
"""Beginnings of variables that a running Python does not look at again."""


def run(words: Sequence[str], *, cwd: Path, env: Mapping[str, str], timeout: float) -> subprocess.CompletedProcess[str]:
    """As ``subprocess.run`` of ``burnish`` with those words, its output captured as text.

    Raises:
        TimeoutError: It has not ended.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asked:
            asked.settimeout(timeout)
            asked.connect(_server())
            request = json.dumps({"words": list(words), "cwd": str(cwd), "env": dict(env)}).encode() + b"\n"
            socket.send_fds(asked, [request[:1]], [out.fileno(), err.fileno()])
            asked.sendall(request[1:])
            status = int(asked.makefile().readline() or "-9")
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode("utf-8", "replace"))
    return subprocess.CompletedProcess(list(words), status, *texts)


def suits(env: Mapping[str, str]) -> bool:
    """Whether a command with this environment can be forked: nothing in it had to be read earlier."""
    return all(
        env.get(name) == os.environ.get(name)
        for name in {*env, *os.environ}
        if name.startswith(READ_EARLY) and name != "OMP_NUM_THREADS"
    )


@cache
def _server() -> str:
    """The address of this test process's own."""
    folder = tempfile.TemporaryDirectory(prefix="burnish-warm-")
    address = str(Path(folder.name) / "socket")
    settings = {**os.environ, "OMP_NUM_THREADS": "1", "MLFLOW_LOGGING_LEVEL": "WARNING"}
    process = subprocess.Popen(
        [sys.executable, __file__, address], env=settings, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    atexit.register(folder.cleanup)
    assert process.stdin is not None
    atexit.register(process.stdin.close)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return address


def serve(address: str) -> int:
    """Fork for every request, until standard input closes; the forked process returns with its command's status."""
    with contextlib.suppress(ImportError):
        for name in LIBRARIES:
            importlib.import_module(name)
    gc.freeze()  # else every forked process would look at all of it again
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(address)
        listening.listen()
        print("ready", flush=True)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while True:
            ready, _, _ = select.select([listening, sys.stdin], [], [])
            if sys.stdin in ready:
                return 0
            asked, _ = listening.accept()
            if not os.fork():
                listening.close()
                return _attend(asked)
            asked.close()


def _attend(asked: socket.socket) -> int:
    """Fork the command and tell its status; in the forked process: run it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    first, files, _, _ = socket.recv_fds(asked, 1, 2)
    request = json.loads(first + asked.makefile("rb").readline())
    pid = os.fork()
    if pid:
        _, status = os.waitpid(pid, 0)
        asked.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
        os._exit(0)
    asked.close()
    with Path(os.devnull).open() as nothing:
        for number, file in enumerate((nothing.fileno(), *files)):
            os.dup2(file, number)
    for file in files:
        os.close(file)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    tempfile.tempdir = None
    sys.argv = ["burnish", *request["words"]]
    from burnish.cli.main import main

    return main()


if __name__ == "__main__":
    sys.exit(serve(sys.argv[1]))
