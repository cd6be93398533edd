"""Checks of a gate: it answers with a verdict, and lets nothing pass that is worse or was not measured."""

from __future__ import annotations

import json

from burnish.conformance.declared import is_made_from_its_settings
from burnish.conformance.scorecards import challenger, champion, unmeasured
from burnish.conformance.subject import Questions, Subject
from burnish.conformance.violation import demand
from burnish.evaluation.scorecard import Scorecard
from burnish.plugins.declarations import GateSpec
from burnish.protocols import Verdict


def questions(spec: GateSpec) -> tuple[Questions, Questions]:
    """Those that must hold before any other can be asked, and the others."""
    return [is_made_from_its_settings, answers_with_a_verdict], [
        refuses_what_is_worse_on_every_picture,
        refuses_what_was_not_measured,
        judges_a_first_model,
        gives_the_same_verdict_twice,
        leaves_scorecards_as_they_are,
    ]


def answers_with_a_verdict(subject: Subject) -> None:
    """``gate(challenger, champion)`` returns a ``Verdict`` with a reason of one line and figures that are JSON."""
    verdict = subject.instance(challenger(gain=1.0), champion())
    demand(
        isinstance(verdict, Verdict),
        f"it answers with a {type(verdict).__name__}; return burnish.protocols.Verdict(passed=…, reason=…)",
    )
    demand(type(verdict.passed) is bool, f"passed is {verdict.passed!r}; give True or False")
    reason = verdict.reason
    demand(isinstance(reason, str) and bool(reason.strip()), "the verdict has no reason; say the deciding figures")
    demand("\n" not in reason, "the reason has several lines; people read it in tables, give one")
    json.dumps(dict(verdict.figures), allow_nan=False)


def refuses_what_is_worse_on_every_picture(subject: Subject) -> None:
    """2 dB worse on every picture, ten thousand times the cost, intervals that cover half: it does not pass."""
    verdict = _verdict(subject, challenger(gain=-2.0), champion())
    demand(not verdict.passed, f"it passes a challenger that is worse on every picture and in cost: {verdict.reason}")


def refuses_what_was_not_measured(subject: Subject) -> None:
    """A challenger without any result does not pass: a gate fails closed, by its verdict or by an error."""
    try:
        verdict = subject.instance(unmeasured(), champion())
    except Exception:  # the host takes it as a refusal
        return
    demand(
        not verdict.passed, "it passes a challenger without any result; a gate that has nothing to judge must refuse"
    )


def judges_a_first_model(subject: Subject) -> None:
    """Without a champion (None) it answers as well."""
    verdict = subject.instance(challenger(gain=1.0), None)
    demand(isinstance(verdict, Verdict), f"without a champion it answers with a {type(verdict).__name__}")


def gives_the_same_verdict_twice(subject: Subject) -> None:
    """A decision can be repeated: another instance comes to the same verdict, figures included."""
    first = _verdict(subject, challenger(gain=0.01), champion())
    second = subject.make()(challenger(gain=0.01), champion())
    demand(first == second, f"the same scorecards got two verdicts: {first.reason}; {second.reason}")


def leaves_scorecards_as_they_are(subject: Subject) -> None:
    """Nothing in them is changed: other gates and the registry get the same ones."""
    given, rival = challenger(gain=1.0), champion()
    before = given.as_json(), rival.as_json()
    subject.instance(given, rival)
    demand(before == (given.as_json(), rival.as_json()), "it changes a scorecard; work on a copy")


def _verdict(subject: Subject, given: Scorecard, rival: Scorecard) -> Verdict:
    verdict: Verdict = subject.instance(given, rival)
    return verdict
