"""``-`` for standard input and output, and several inputs per call, for commands that turn pictures into pictures."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import MappingProxyType

from burnish.cli.options import FORMATS
from burnish.console import output
from burnish.errors import BurnishError, ImagingError, UsageError

STREAM = Path("-")
_SAME: Mapping[str, str] = MappingProxyType({})


class Files:
    """The files that a call works on; ``-`` is a temporary file meanwhile.

    Attributes:
        sources: What is read.
        target: What is written: for several sources a folder.
        piped: Whether the target is standard output.
    """

    def __init__(self, sources: Sequence[Path], target: Path, names: Mapping[str, str]) -> None:
        self.sources = list(sources)
        self.target = target
        self.piped = "standard output" in names.values()
        self._names = names

    def named(self, text: str) -> str:
        """The text with temporary files replaced by the names that they stand for."""
        for path, name in self._names.items():
            text = text.replace(path, name)
        return text

    def typed(self, path: Path) -> Path:
        """The path as it was typed: ``-`` for a temporary file."""
        return STREAM if str(path) in self._names else path

    def name_of(self, path: Path) -> str:
        """What a picture is called: its name, or its path in the folder that it is of; of several with the folder's."""
        for source in self.sources:
            if path == source:
                return self.typed(path).name
            if path.is_relative_to(source):
                inside = path.relative_to(source).as_posix()
                return inside if len(self.sources) == 1 else f"{source.resolve().name}/{inside}"
        return path.name

    def targets(self, suffix: Callable[[Path], str] = lambda path: path.suffix) -> list[tuple[Path, Path]]:
        """Each source with where it goes: the target, or of several its own name in that folder.

        Args:
            suffix: What a file's name ends with there.

        Raises:
            DataError: A source is missing.
            UsageError: There are several and the target is no folder.
        """
        if len(self.sources) == 1:
            return [(self.sources[0], self.target)]
        from burnish.io.outputs import placed

        return placed(self.sources, self.target, suffix)


@contextmanager
def opened(
    sources: Sequence[Path], target: Path, *, format: str | None, json: bool, lossless: Mapping[str, str] = _SAME
) -> Iterator[Files]:
    """The files of a call; only the file for ``-`` goes to standard output, at the end.

    Args:
        sources: As they are typed.
        target: As it is typed.
        format: Of what goes to standard output (a key of ``FORMATS``); None: that of the input.
        json: Whether standard output is wanted for JSON.
        lossless: Suffix of the input → suffix of what goes to standard output, where it is another.

    Raises:
        UsageError: ``-`` cannot be meant.
        ImagingError: Standard input is no picture.
    """
    _check(sources, target, format=format, json=json)
    if STREAM not in (*sources, target):
        yield Files(sources, target, {})
        return
    names: dict[str, str] = {}
    piped = target == STREAM
    with output.bytes_out() if piped else nullcontext() as stream, tempfile.TemporaryDirectory() as place:
        try:
            source = sources[0]
            if source == STREAM:
                source = _received(Path(place))
                names[str(source)] = "standard input"
            if piped:
                target = Path(place, f"stdout{_suffix(source, format, lossless)}")
                names[str(target)] = "standard output"
            yield Files([source, *sources[1:]], target, names)
        except BurnishError as error:
            raise type(error)(Files([], target, names).named(str(error))) from error
        if stream is not None:
            stream.write(target.read_bytes())
            stream.flush()


def _check(sources: Sequence[Path], target: Path, *, format: str | None, json: bool) -> None:
    if target == STREAM:
        if json:
            raise UsageError("standard output takes the picture or JSON; remove --json, or give a file's name as OUT")
        if len(sources) > 1 or sources[0].is_dir():
            raise UsageError("standard output takes one picture; give a folder to write several")
        if sys.stdout.isatty():
            raise UsageError("standard output is a terminal; send the picture elsewhere, as with > out.png")
    elif format:
        raise UsageError(f"--format needs - as OUT; the suffix of {target} is its format, remove --format")
    if STREAM in sources:
        if len(sources) > 1 or target.is_dir():
            raise UsageError("standard input has no name; give it as the only input, and a file or - as OUT")
        if sys.stdin.isatty():
            raise UsageError("standard input is a terminal; give the picture, as with < in.png")


def _received(folder: Path) -> Path:
    """Standard input as a file whose suffix is its format."""
    from burnish.io.formats.lookup import HEAD, every, of_head

    path = folder / "stdin"
    with path.open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise ImagingError("standard input: is empty; send it a picture, as with < in.png")
    found = of_head(head)
    if found is None:
        known = ", ".join(one.called for one in every())
        raise ImagingError(f"standard input: is none of {known}; check the sent file")
    return path.rename(path.with_suffix(found.suffix))


def _suffix(source: Path, format: str | None, lossless: Mapping[str, str]) -> str:
    from burnish.io.formats.lookup import of_name

    if format:
        return FORMATS[format]
    own = source.suffix.lower()
    found = of_name(source)
    return lossless.get(own, own) if found is not None and found.spec.writes else ".png"
