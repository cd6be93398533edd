"""What a plugin prints while it works never reaches the JSON on standard output, even if it is JSON itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from burnish.plugins.discovery import Candidate
from PIL import Image

DECLARED = """
    import sys
    from burnish import RestorerSpec, hookimpl
    print('{"at": "import"}')
    sys.__stdout__.write("raw at import")

    @hookimpl
    def register_restorers():
        yield RestorerSpec(name="loud", factory="burnish_loud.loud:Loud", summary="Prints", tasks={"denoise"})
"""
LOUD = """
import os, subprocess, sys
print('{"at": "first use"}')

class Loud:
    def __call__(self, degraded):
        print('{"at": "work"}', flush=True)
        sys.stdout.write("[1, 2]")
        sys.__stdout__.write("[3]")
        os.write(1, b"[4]")
        subprocess.run([sys.executable, "-c", "print('[5]')"], check=True)
        sys.stdout.close()
        if os.environ.get("LOUD_FAILS"):
            raise RuntimeError("no")
        return degraded
"""


@pytest.mark.parametrize("fails", ["", "1"])
def test_standard_output_holds_the_answer_alone(
    install: Callable[..., Candidate], site: Path, tmp_path: Path, fails: str
) -> None:
    install("burnish-loud", DECLARED)
    (site / "burnish_loud" / "loud.py").write_text(LOUD)
    Image.fromarray(np.zeros((24, 24, 3), np.uint8)).save(tmp_path / "in.png")
    words = ["restore", str(tmp_path / "in.png"), str(tmp_path / "out.png"), "--restorer", "loud/loud", "--json"]
    code = f"import sys; sys.argv[1:] = {words!r}; from burnish.cli.main import main; sys.exit(main())"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(site), *sys.path]), "LOUD_FAILS": fails}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == (1 if fails else 0), done.stderr
    told = json.loads(done.stdout) if done.stdout else {}  # a command that fails may have no answer
    assert isinstance(told, dict)
    assert "at" not in told
    assert told or fails
    for noise in ('{"at": "import"}', '{"at": "first use"}', '{"at": "work"}', "[1, 2]", "[3]", "[4]", "[5]"):
        assert noise in done.stderr
