"""Which format a file is of, by its name or its first bytes: the host's own ones, then those of plugins.

Plugins are loaded only where a name or a file is of none of the host's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from burnish.errors import ImagingError, UsageError
from burnish.io.formats.own import OWN
from burnish.plugins.declarations import FormatSpec
from burnish.plugins.entry import Entry
from burnish.version import __version__

if TYPE_CHECKING:
    from burnish.plugins.catalog import Catalog
    from burnish.protocols import FormatLike

HEAD = 16
"""Number of bytes at the beginning of a file that identify its format."""


@dataclass(frozen=True)
class Format:
    """A format as it is used."""

    entry: Entry

    @property
    def id(self) -> str:
        """``burnish/png``."""
        return self.entry.id

    @property
    def spec(self) -> FormatSpec:
        """Its declaration."""
        return cast(FormatSpec, self.entry.spec)

    @property
    def called(self) -> str:
        """What people call it: ``PNG``, ``WebP``."""
        return self.spec.called

    @property
    def suffix(self) -> str:
        """The suffix of a file without a name of its own."""
        return self.spec.suffixes[0]

    @cached_property
    def codec(self) -> FormatLike:
        """What reads and writes; imported when it is first used.

        Raises:
            PluginError: It cannot be made.
        """
        from burnish.plugins.catalog import Catalog

        return cast("FormatLike", Catalog([self.entry]).create("formats", self.id))

    def begins(self, head: bytes) -> bool:
        """Whether a file of this format may begin so."""
        return any(_fits(mark, head) for mark in self.spec.marks)


_OWN = tuple(
    Format(Entry(id=f"burnish/{spec.name}", spec=spec, distribution="burnish", version=__version__)) for spec in OWN
)
_BY_SUFFIX = {suffix: one for one in _OWN for suffix in one.spec.suffixes}


def of_name(path: Path | str) -> Format | None:
    """The format that a path's suffix tells, in upper or lower case; None if it is of none.

    Raises:
        UsageError: Two plugins claim the suffix; names both.
    """
    suffix = Path(path).suffix.lower()
    if not suffix or suffix in _BY_SUFFIX:
        return _BY_SUFFIX.get(suffix)
    found = [one for one in _of_plugins() if suffix in one.spec.suffixes]
    if len(found) > 1:
        ids = " and ".join(one.id for one in found)
        raise UsageError(f"{suffix} is the suffix of {ids}; name the plugin of one of them in BURNISH_BLOCK")
    return found[0] if found else None


def of_head(head: bytes, name: Path | str = "") -> Format | None:
    """The format recognised from a file's first ``HEAD`` bytes; None if it is of none.

    Several formats may begin alike (raw photographs are a kind of TIFF), and some with anything: then the name decides.

    Args:
        head: The bytes.
        name: Of the file, where it has one.

    Raises:
        UsageError: As ``of_name``.
    """
    named = of_name(name)
    if named is not None and (named.begins(head) or not named.spec.marks):
        return named
    return next((one for one in _OWN if one.begins(head)), None) or next(
        (one for one in _of_plugins() if one.begins(head)), None
    )


def is_picture(path: Path | str) -> bool:
    """Whether a path has the suffix of a picture that can be read; the file is not looked at."""
    return of_name(path) is not None


def suffixes() -> tuple[str, ...]:
    """All suffixes of pictures that can be read, in lower case: the host's own first."""
    return tuple(dict.fromkeys(suffix for one in every() for suffix in one.spec.suffixes))


def writable(path: Path | str) -> Format:
    """The format in which a file of that name is written.

    Raises:
        ImagingError: None is, or its files are only read; names the suffixes that are.
    """
    path = Path(path)
    found = of_name(path)
    if found is None:
        if path.is_dir():
            raise ImagingError(f"{path}: is a folder; give the path of a picture")
        raise ImagingError(f"{path}: {unknown(path)}")
    if not found.spec.writes:
        can = _listed(one for one in every() if one.spec.writes)
        raise ImagingError(f"{path}: {found.called} files are only read, not written; use one of {can}")
    return found


def unknown(path: Path) -> str:
    """What is wrong with a name that is of no format."""
    fact = f"has the suffix {path.suffix!r}" if path.suffix else "has no suffix"
    return f"{fact}, which is not a supported picture format; use one of {_listed(every())}"


def every() -> tuple[Format, ...]:
    """All formats: the host's own, then those of plugins by their ids."""
    return _OWN + _of_plugins()


def _of_plugins() -> tuple[Format, ...]:
    from burnish.plugins.catalog import installed

    return _declared(installed())


@lru_cache(maxsize=1)
def _declared(catalog: Catalog) -> tuple[Format, ...]:
    return tuple(Format(entry) for entry in catalog.entries("formats").values() if entry.distribution != "burnish")


def _listed(formats: Iterable[Format]) -> str:
    return " ".join(suffix for one in formats for suffix in one.spec.suffixes)


def _fits(mark: str, head: bytes) -> bool:
    pairs = [mark[at : at + 2] for at in range(0, len(mark), 2)]
    return len(head) >= len(pairs) and all(
        pair in ("..", f"{byte:02x}") for pair, byte in zip(pairs, head, strict=False)
    )
