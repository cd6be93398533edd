"""A server of its own with a model of one's own choice, without stores: for tests of what is around the model."""

from __future__ import annotations

import io
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image
from workshop import environment, free_ports, until

SERVER = """
import sys, time
from pathlib import Path
from burnish.inference import load_restorer
from burnish_flows.serving import shutdown
from burnish_flows.serving import request_queue
from burnish_flows.serving.app import Limits, create_app
from burnish_flows.serving.following import Served

class Fixed:
    reference, trouble = "denoise@champion", ""
    current = Served(model="denoise", version="1", loaded=load_restorer("classical/median"))
    def stop(self): pass

def hang(*_, **__):
    Path(sys.argv[2], "hangs").touch()
    time.sleep(1e6)

if sys.argv[3] == "hang":
    request_queue.answer = hang
shutdown.SILENCE = float(sys.argv[5])
app = create_app(Fixed(), Limits(uploads=int(sys.argv[4])))
shutdown.run(app, host="127.0.0.1", port=int(sys.argv[1]), grace=int(sys.argv[6]))
"""


@contextmanager
def served(
    folder: Path, how: str = "work", *, uploads: int = 256, silence: float = 30.0, grace: int = 1
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The process, which puts temporary files below ``folder / "tmp"``, and its port; killed after the block."""
    (port,) = free_ports(1)
    pictures = folder / "tmp"
    pictures.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(port), str(folder), how, str(uploads), str(silence), str(grace)],
        env={**environment(), "TMPDIR": str(pictures)}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until(lambda: process.poll() is None and status(f"http://127.0.0.1:{port}/ready") == 200)
        yield process, port
    finally:
        process.kill()
        process.wait()


def status(address: str) -> int:
    """The status of an answer; 0: there is none."""
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def picture() -> bytes:
    """A PNG of 50 × 40 pixels of noise."""
    target = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 50, 3), dtype=np.uint8)).save(target, "PNG")
    return target.getvalue()
