"""The decisions on one model, in order, and their consequences: statuses, predecessors, freezes.

The tags of versions and models in MLflow repeat some of this for people who look there; nothing is read from them.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from burnish_flows.registry.decision import Decision

STATUSES = {
    "promotion": "approved",
    "rejection": "rejected",
    "awaiting": "awaiting",
    "held": "held",
    "veto": "vetoed",
    "lost": "lost",
}
"""Kind of a decision → status of the version afterwards."""


@dataclass(frozen=True, kw_only=True)
class Trail:
    """The decisions about one model."""

    decisions: tuple[Decision, ...] = ()
    """Oldest first; with those about earlier models of the same name."""
    registered: str = ""
    """See ``Decision.registered``; of the present model. Empty if there is none."""
    unreadable: tuple[str, ...] = ()
    """Places of damaged records."""

    @property
    def present(self) -> list[Decision]:
        """The decisions about the present registered model; earlier models of the name had other versions."""
        return [made for made in self.decisions if made.registered == self.registered]

    @property
    def champion(self) -> str:
        """The champion after the last decision; empty if none."""
        made = self.present
        return made[-1].champion_after if made else ""

    @property
    def crowned(self) -> Decision | None:
        """The decision that made the present champion; None if no decision did."""
        made = self.present
        for i in range(len(made) - 1, -1, -1):
            before = made[i - 1].champion_after if i else ""
            if made[i].champion_after != before:
                return made[i] if made[i].champion_after else None
        return None

    @property
    def ever_champion(self) -> bool:
        """Whether the present model ever had a champion."""
        return any(made.champion_after or made.champion_before for made in self.present)

    @property
    def frozen(self) -> Decision | None:
        """The decision that froze promotions; None if they are not frozen. A freeze applies to the name."""
        of_name = [made for made in self.decisions if made.kind in ("freeze", "thaw")]
        return of_name[-1] if of_name and of_name[-1].kind == "freeze" else None

    def about(self, number: str) -> list[Decision]:
        """The decisions about a version, oldest first; a rollback concerns both versions that it moves."""
        return [made for made in self.present if number in (made.version, _undone(made))]

    def last(self, number: str) -> Decision | None:
        """The newest decision about a version."""
        return next(reversed([made for made in self.about(number) if made.kind != "abandoned"]), None)

    def status(self, number: str) -> str:
        """``pending``, ``awaiting``, ``held``, ``approved``, ``rejected``, ``vetoed`` or ``lost``."""
        if any(made.kind == "veto" and made.version == number for made in self.present):
            return "vetoed"  # permanent, whatever happened in MLflow since
        made = self.last(number)
        if made is None:
            return "pending"
        if made.kind == "rollback":
            return "approved" if made.version == number else "rejected"
        return STATUSES.get(made.kind, "pending")

    def stands(self, decision: Decision, versions: Container[str]) -> bool:
        """Whether the matter is closed: by a promotion, by a person, or against an opponent that still exists."""
        return (
            decision.by_person or decision.kind == "promotion" or not decision.opponent or decision.opponent in versions
        )

    def before(self) -> list[str]:
        """The champions that a rollback could return to, oldest first; some may have been deleted."""
        return champions_before(self.present)


def champions_before(decisions: Sequence[Decision]) -> list[str]:
    """The champions before the present one, oldest first, from decisions in order of time.

    A promotion puts the champion that it replaces on the stack, as does a change from outside; a rollback takes off the
    one that it returns to, with those above it, which had been deleted.
    """
    stack: list[str] = []
    for decision in decisions:
        if decision.kind == "rollback" and stack:
            below = len(stack) - 1
            if decision.version in stack:
                below = len(stack) - 1 - stack[::-1].index(decision.version)
            del stack[below:]
        elif decision.kind in ("promotion", "outside") and decision.champion_before:
            stack.append(decision.champion_before)
    return stack


def _undone(decision: Decision) -> str:
    return decision.champion_before if decision.kind == "rollback" else ""
