"""The results of races, kept in the user's cache: for each network, machine, set of versions and number of threads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from burnish.inference.engines import machine
from burnish.io import atomic


@dataclass(frozen=True, kw_only=True)
class Lap:
    """How one engine did."""

    engine: str
    precision: str
    channels_last: bool = False
    """Of eager torch, whose layouts race as well."""
    start: float = 0.0
    """Seconds that it takes to start in a process, its file being there."""
    rate: float = 0.0
    """Seconds for a million pixels that it receives."""
    agreement: float | None = None
    """PSNR in dB of its estimate to that of eager torch in float32, white at 1; None: it is that."""
    refused: str = ""
    """Why it must not be used; empty: it may."""


@dataclass(frozen=True, kw_only=True)
class Race:
    """All engines on one network."""

    restorer: str
    weights_sha256: str
    identity: str
    processor: str
    threads: int
    versions: dict[str, str]
    laps: list[Lap]

    def fastest(self, precision: str = "bf16") -> Lap:
        """The fastest one that may be used; with ``fp32`` among those in float32."""
        return min((lap for lap in self.laps if usable(lap, precision)), key=lambda lap: lap.rate)

    def plain(self) -> Lap:
        """Eager torch in float32, which is never refused."""
        return next(lap for lap in self.laps if lap.agreement is None and not lap.refused)


def usable(lap: Lap, precision: str) -> bool:
    """Whether an engine may compute where that precision was settled on: bf16 allows fp32 as well."""
    return not lap.refused and lap.precision in ("fp32", precision)


def recall(identity: str, threads: int) -> Race | None:
    """The race of a network on this machine, with these versions and threads; None: there was none."""
    return _read(_file(identity, threads))


def keep(race: Race) -> None:
    """Write it; where the cache cannot be written, it counts in this process alone."""
    file = _file(race.identity, race.threads)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_whole(file, (json.dumps(asdict(race), indent=2) + "\n").encode())
    except OSError:
        return


def races(weights_sha256: str) -> Iterator[Race]:
    """All races of these weights on this machine with these versions."""
    for file in sorted((machine.cache() / "races").glob("*.json")):
        race = _read(file)
        here = race is not None and (race.processor, race.versions) == (machine.processor(), machine.versions())
        if race is not None and here and race.weights_sha256 == weights_sha256:
            yield race


def _file(identity: str, threads: int) -> Path:
    where = json.dumps([identity, machine.processor(), machine.versions(), threads])
    return machine.cache() / "races" / f"{hashlib.sha256(where.encode()).hexdigest()[:32]}.json"


def _read(file: Path) -> Race | None:
    try:
        found = json.loads(file.read_bytes())
        return Race(**{**found, "laps": [Lap(**lap) for lap in found["laps"]]})
    except (OSError, ValueError, TypeError, KeyError):  # damaged, or of another version of burnish
        return None
