"""Runs a console script in this process, and ends it and its child processes when the parent is gone.

``python -m burnish_flows.services.ends_with_parent prefect server start`` is that command; standard input is a pipe
that the parent holds and never writes to. However the parent dies, the pipe closes.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from importlib.metadata import entry_points

from burnish.console.redaction import guard_logs

PATIENCE = 45.0
"""Seconds between the request to end and the end."""


def main() -> None:
    """Run the command in the arguments."""
    name, *rest = sys.argv[1:]
    threading.Thread(target=_follow_parent, daemon=True).start()
    guard_logs()
    script = next(iter(entry_points(group="console_scripts", name=name)))  # mlflow lists one name twice
    sys.argv = [name, *rest]
    sys.exit(script.load()())


def _follow_parent() -> None:
    while os.read(0, 4096):
        pass
    os.killpg(os.getpgrp(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main()
