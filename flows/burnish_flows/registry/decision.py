"""The record of a decision on a model's champion: written before it is carried out, kept permanently."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Literal, TypedDict, cast

from burnish.console.redaction import redact, redacted
from pydantic import BaseModel, ConfigDict, Field, field_validator

Kind = Literal[
    "promotion", "rejection", "rollback", "abandoned", "awaiting", "held", "veto", "freeze", "thaw", "lost", "outside"
]
"""``awaiting``: all gates passed, a person must approve; ``held``: all gates passed, but promotions are frozen;
``abandoned``: an interrupted decision that cannot be completed; ``lost``: the version's files are gone; ``outside``:
the champion was changed in MLflow itself, as the next decision found.
"""


WARNING = "burnish/baselines"
"""No gate: under this name it is recorded that a baseline beats the challenger, or the champion that stays."""


TRUST = "burnish/trust"
"""No gate: under this name the measured coverage of intervals and the consistency of the challenger are recorded."""


class GateResultJson(TypedDict):
    """See ``GateResult``."""

    gate: str
    passed: bool
    reason: str
    figures: dict[str, object]


class GateResult(BaseModel):
    """The verdict of one gate."""

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="strings")

    gate: str
    """Its id."""
    passed: bool
    reason: str
    """One sentence with the deciding figures."""
    figures: dict[str, object] = Field(default_factory=dict)
    """The figures behind it."""

    @field_validator("reason")
    @classmethod
    def _without_secrets(cls, text: str) -> str:
        return redact(text)

    @field_validator("figures")
    @classmethod
    def _figures_without_secrets(cls, figures: dict[str, object]) -> dict[str, object]:
        kept: dict[str, object] = redacted(figures)
        return kept

    def as_json(self) -> GateResultJson:
        """As plain JSON values."""
        return cast(GateResultJson, self.model_dump(mode="json"))


class Decision(BaseModel):
    """A decision on a version: by whom, when, and why."""

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="strings")

    kind: Kind
    version: str
    """The version that was judged; for a rollback, the one that is champion again; empty: the model as a whole."""
    champion_before: str = ""
    """Version of the champion that the decision started from; empty: none."""
    champion_after: str = ""
    """Version of the champion afterwards; empty: none."""
    previous_after: str = ""
    """Version that ``rollback`` would return to afterwards; empty: none."""
    compared_with: str = ""
    """Version that the gates compared with: the champion, or without one the best remaining version; empty: none."""
    reason: str
    """One sentence."""
    judgements: tuple[GateResult, ...] = ()
    """Every gate's verdict, in the recipe's order."""
    beaten: dict[str, str] = Field(default_factory=dict)
    """Version → how baselines beat it; empty text: none does. Of the versions that were scored with baselines: the
    challenger, and what it was compared with. Nothing in records of older versions of burnish."""
    who: str = ""
    """Git's or the operating system's user."""
    until: str = ""
    """ISO 8601, UTC: deadline for an answer; empty: none."""
    scorecard: str = ""
    """MLflow's URI of the judged scorecard; empty if there is none."""
    model: str = ""
    """The model's name then; empty in records of older versions of burnish."""
    registered: str = ""
    """MLflow's creation time of the registered model in milliseconds: one that is deleted and created again under its
    name counts its versions from 1 again. Empty in records of older versions of burnish.
    """
    when: str = Field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="microseconds"))
    """ISO 8601, UTC."""
    id: str = Field(default_factory=lambda: uuid.uuid4().hex)
    """Id that makes carrying it out twice the same as once."""

    @field_validator("reason", "who")
    @classmethod
    def _without_secrets(cls, text: str) -> str:
        return redact(text)

    @field_validator("beaten")
    @classmethod
    def _sentences_without_secrets(cls, sentences: dict[str, str]) -> dict[str, str]:
        return {number: redact(text) for number, text in sentences.items()}

    @field_validator("when", "until")
    @classmethod
    def _is_a_time(cls, value: str) -> str:
        if value:
            datetime.fromisoformat(value)
        return value

    @property
    def promoted(self) -> bool:
        """Whether the judged version became champion."""
        return self.kind == "promotion"

    @property
    def opponent(self) -> str:
        """The version that it was compared with; empty if none."""
        return self.compared_with or self.champion_before

    def how_beaten(self, number: str) -> str | None:
        """How baselines beat that version; empty: none does; None: this decision does not know."""
        if number in self.beaten or self.version != number:
            return self.beaten.get(number)
        told = [said.reason for said in self.judgements if said.gate == WARNING]
        return "; ".join(told) or None

    @property
    def by_person(self) -> bool:
        """Whether a person decided the matter, not a comparison."""
        refused = any(said.gate == "flows/approval" and not said.passed for said in self.judgements)
        return refused or self.kind in ("veto", "rollback")
