"""Messages from the processes of a training to the process that started them: lines of JSON in a file."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from burnish import events
from burnish.console.output import tell
from burnish.events import Notify

NEWS = "news.jsonl"
"""Events and log records of the first process, in its job's folder."""

SAID = "said"
"""What the first process writes to standard output and error where there is no terminal."""

OUTPUT = "output"
"""The same of the other processes and of ``torch.distributed.run``; read when something fails."""


class Teller:
    """The first process's side; ``notify`` stands for the host's."""

    def __init__(self, folder: Path) -> None:
        self._stream = (folder / NEWS).open("a", encoding="utf-8", buffering=1)

    def notify(self, hook: str, event: events.Event) -> None:
        """Notify the observers in the process that started this one."""
        self._tell({"hook": hook, "event": type(event).__name__, "fields": event.as_json()})

    def pass_on_logs(self, level: int) -> None:
        """Send what ``burnish`` logs from that level on the same way, and nowhere else."""
        logger = logging.getLogger("burnish")
        logger.addHandler(_ToTeller(self._tell))
        logger.setLevel(level)
        logger.propagate = False

    def _tell(self, record: Mapping[str, object]) -> None:
        self._stream.write(json.dumps(record) + "\n")


class Listener:
    """The starting process's side."""

    def __init__(self, folder: Path, notify: Notify) -> None:
        self._news = _Tail(folder / NEWS)
        self._said = _Tail(folder / SAID)
        self._notify = notify

    def listen(self) -> None:
        """Pass on all that is new: events to the observers, log records to the loggers, the rest to standard error."""
        for line in self._news.lines():
            record = json.loads(line)
            if "hook" in record:
                self._notify(record["hook"], getattr(events, record["event"])(**record["fields"]))
            else:
                logging.getLogger(record["logger"]).log(record["level"], "%s", record["message"])
        for line in self._said.lines():
            tell(line.decode(errors="replace"))


class _ToTeller(logging.Handler):
    def __init__(self, tell: Callable[[Mapping[str, object]], None]) -> None:
        super().__init__()
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        self._tell({"logger": record.name, "level": record.levelno, "message": record.getMessage()})


class _Tail:
    """Whole lines as they are added to a file, which need not be there yet."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read = 0

    def lines(self) -> list[bytes]:
        try:
            with self._file.open("rb") as stream:
                stream.seek(self._read)
                new = stream.read()
        except FileNotFoundError:
            return []
        whole = new[: new.rfind(b"\n") + 1]
        self._read += len(whole)
        return whole.splitlines()
