"""What is done about a picture, and what is left, as values, as JSON and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

Task = Literal["dejpeg", "denoise", "deblur", "super-resolve"]

TASKS: tuple[Task, ...] = ("dejpeg", "denoise", "deblur", "super-resolve")
"""In the order in which they are done: compression came last, blur first; enlarging would enlarge all that is wrong."""
MOST = 12.0
"""dB beyond which trials rank restorers, and tell no figure."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One restorer on the whole picture."""

    task: Task
    restorer: str
    """Id, with its weights."""
    conditions: Mapping[str, float] = field(default_factory=dict)
    """What it is told: ``sigma``."""
    fault: str
    """What it undoes, in words."""
    why: str
    """Why it was chosen, in words."""
    fitting: Mapping[str, float] = field(default_factory=dict)
    """All restorers that fit, best first, with the dB that each gained in the trial."""
    evidence: str = ""
    """What the trial was, in words."""

    def ranking(self) -> str:
        """All that fit, in words: ``cnn/ffdnet:colour +10.4 dB, classical/bm3d +9.8 dB (estimated on its middle)``."""
        return ", ".join(f"{name} {decibels(gain)}" for name, gain in self.fitting.items()) + f" ({self.evidence})"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The steps for one picture, in their order."""

    steps: tuple[Step, ...] = ()
    left: tuple[str, ...] = ()
    """What is wrong and is left as it is, with the reason, in words."""

    def as_json(self) -> dict[str, object]:
        """All values."""
        return asdict(self)

    def words(self) -> str:
        """In one line: what is undone by what and why, and what is left."""
        parts = [f"{step.fault}: {step.restorer} ({step.why})" for step in self.steps]
        if not parts:
            parts = ["unchanged" if self.left else "nothing to restore, unchanged"]
        return "; ".join([*parts, *self.left])


def decibels(gain: float) -> str:
    """A trial's gain in words."""
    return f"{MOST:.0f} dB or more" if gain >= MOST else f"{gain:+.1f} dB"
