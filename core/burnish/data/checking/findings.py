"""What a check of a dataset found: single findings, and the report of all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from shlex import quote

from burnish.data.checking.kinds import KINDS, Kind, Severity
from burnish.data.checking.layout import Layout
from burnish.errors import DataError


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong."""

    kind: str
    """A key of ``KINDS``."""
    path: str
    """The file or folder, relative to the dataset."""
    fact: str
    """What is wrong with it; follows the path and a colon."""
    mend: str
    others: tuple[str, ...] = ()
    """Further files that it is about."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """What was measured."""

    @property
    def severity(self) -> Severity:
        """``error`` or ``warning``."""
        return KINDS[self.kind].severity

    def as_json(self) -> dict[str, object]:
        """This record as plain JSON values."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "path": self.path,
            "fact": self.fact,
            "mend": self.mend,
            "others": list(self.others),
            "figures": dict(self.figures),
        }


def found(kind: str, path: str, fact: str, *, mend: str = "", others: Sequence[str] = (), **figures: float) -> Finding:
    """A finding with the mend of its kind, where no other is given."""
    rounded = {name: round(float(value), 5) for name, value in figures.items()}
    mend = mend or KINDS[kind].mend
    return Finding(kind=kind, path=path, fact=fact, mend=mend, others=tuple(others), figures=rounded)


@dataclass(frozen=True, kw_only=True)
class Measures:
    """What is in one folder of one split: median and range of each measure."""

    folder: str
    pictures: int
    kinds: str
    """Depths and channels, in words."""
    sizes: str
    """Smallest and largest side by side, in words."""
    figures: Mapping[str, tuple[float, float, float]]
    """Measure → smallest, median, largest."""

    def as_json(self) -> dict[str, object]:
        """This record as plain JSON values."""
        figures = {
            name: dict(zip(("min", "median", "max"), limits, strict=True)) for name, limits in self.figures.items()
        }
        return {
            "folder": self.folder,
            "pictures": self.pictures,
            "kinds": self.kinds,
            "sizes": self.sizes,
            "measures": figures,
        }


@dataclass(frozen=True, kw_only=True)
class Report:
    """All that a check found."""

    root: Path
    layout: Layout
    pictures: Mapping[str, int]
    """Split → images: pictures, pairs or scenes."""
    findings: tuple[Finding, ...]
    """Errors first, in the order of kinds and paths."""
    measures: tuple[Measures, ...] = ()
    quick: bool = False

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that refuse a training."""
        return tuple(one for one in self.findings if one.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that do not."""
        return tuple(one for one in self.findings if one.severity == "warning")

    def by_kind(self) -> Iterator[tuple[str, Kind, list[Finding]]]:
        """The findings of each kind, errors first."""
        for id in dict.fromkeys(one.kind for one in self.findings):
            yield id, KINDS[id], [one for one in self.findings if one.kind == id]

    def lines(self, shown: int = 5) -> Iterator[str]:
        """The findings in words: of each kind so many files, and the number of others."""
        for id, kind, findings in self.by_kind():
            for one in islice(findings, shown):
                yield f"{kind.severity}: {one.path}: {one.fact}; {one.mend} [{id}]"
            if len(findings) > shown:
                yield f"{kind.severity}: … and {len(findings) - shown} more of this kind [{id}]"

    def refuse(self) -> None:
        """Refuse to train on data with errors.

        Raises:
            DataError: There are any; names the first, and how to see all.
        """
        if not self.errors:
            return
        first, more = self.errors[0], len(self.errors) - 1
        others = f" ({more} more {'error' if more == 1 else 'errors'}: burnish data check {quote(str(self.root))})"
        raise DataError(f"{self.root / first.path}: {first.fact}; {first.mend}{others if more else ''}")

    def as_json(self) -> dict[str, object]:
        """This record as plain JSON values."""
        return {
            "root": str(self.root),
            "form": self.layout.form,
            "layout": self.layout.as_json(),
            "quick": self.quick,
            "pictures": dict(self.pictures),
            "errors": len(self.errors),
            "warnings": len(self.warnings),
            "findings": [one.as_json() for one in self.findings],
            "measures": [one.as_json() for one in self.measures],
        }


def ordered(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Errors first, then in the order of kinds and paths."""
    order = {id: place for place, id in enumerate(KINDS)}
    return tuple(sorted(findings, key=lambda one: (one.severity, order[one.kind], one.path)))
