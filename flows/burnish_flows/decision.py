"""The record of a decision about a model's champion: written before it is carried out, kept for ever after."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from burnish.redaction import redact
from pydantic import BaseModel, ConfigDict, Field, field_validator

Kind = Literal["promotion", "rejection", "rollback", "abandoned", "awaiting", "held", "veto", "freeze", "thaw"]
"""``awaiting``: all gates passed, a person is asked; ``held``: all gates passed, but promotions are frozen."""


WARNING = "burnish/baselines"
"""No gate: under this name it is recorded that a baseline beats the challenger."""


class Judgement(BaseModel):
    """What one gate said."""

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="strings")

    gate: str
    """Its id."""
    passed: bool
    reason: str
    """One sentence with the deciding figures."""
    figures: dict[str, Any] = Field(default_factory=dict)
    """The figures behind it."""


class Decision(BaseModel):
    """Who made which version champion, or did not, when, and why."""

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="strings")

    kind: Kind
    version: str
    """The version that was judged; for a rollback, the one that is champion again; empty: the model as a whole."""
    champion_before: str = ""
    """Version of the champion that the decision started from; empty: none."""
    champion_after: str = ""
    """Version of the champion that it leads to; empty: none."""
    previous_after: str = ""
    """Version that ``rollback`` would return to afterwards; empty: none."""
    reason: str
    """One sentence."""
    judgements: tuple[Judgement, ...] = ()
    """Every gate's verdict, in the recipe's order."""
    who: str = ""
    """Git's or the operating system's user."""
    until: str = ""
    """ISO 8601, UTC: till when an answer is awaited; empty: for ever."""
    scorecard: str = ""
    """Where MLflow keeps the scorecard that was judged; empty: there is none."""
    when: str = Field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="microseconds"))
    """ISO 8601, UTC."""
    id: str = Field(default_factory=lambda: uuid.uuid4().hex)
    """Makes carrying it out twice the same as once."""

    @field_validator("reason", "who")
    @classmethod
    def _without_secrets(cls, text: str) -> str:
        return redact(text)

    @property
    def promoted(self) -> bool:
        """Whether the judged version became champion."""
        return self.kind == "promotion"

    @property
    def key(self) -> str:
        """Sorts by time, unique: the ending of the tag under which it is kept."""
        compact = self.when.replace("-", "").replace(":", "").replace("+0000", "Z")
        return f"{compact}-{self.id[:8]}"


def champions_before(history: Sequence[Decision]) -> list[str]:
    """The champions that rollbacks can return to, oldest first, from decisions in order of time.

    A promotion puts the champion that it replaces on the stack, a rollback takes the last one off.
    """
    stack: list[str] = []
    for decision in history:
        if decision.kind == "promotion" and decision.champion_before:
            stack.append(decision.champion_before)
        elif decision.kind == "rollback" and stack:
            stack.pop()
    return stack
