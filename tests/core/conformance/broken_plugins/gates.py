"""Broken gates."""

from __future__ import annotations

from typing import Any

from burnish.evaluation.scorecard import Scorecard
from burnish.plugins.declarations import GateSpec
from burnish.protocols import Verdict

from broken_plugins import broken


def gain(challenger: Scorecard, champion: Scorecard | None) -> float:
    """dB over the champion on their first benchmark."""
    if champion is None:
        return 0.0
    name = next(iter(challenger.results))
    own, other = (card.results[name].scores["metrics/psnr"].mean for card in (challenger, champion))
    return own - other


class Better:
    """A sound one."""

    def __call__(self, challenger: Scorecard, champion: Scorecard | None) -> Verdict:
        found = gain(challenger, champion)
        return Verdict(passed=found >= 0, reason=f"{found:+.2f} dB", figures={"gain": found})


@broken(GateSpec, "is made from its settings")
class NotAGate:
    """What the factory makes cannot be called."""


@broken(GateSpec, "answers with a verdict")
class SaysYes(Better):
    """It answers with a bool."""

    def __call__(self, challenger: Scorecard, champion: Scorecard | None) -> Any:
        return super().__call__(challenger, champion).passed


@broken(GateSpec, "answers with a verdict")
class Raises(Better):
    """It raises an error."""

    def __call__(self, challenger: Scorecard, champion: Scorecard | None) -> Verdict:
        raise RuntimeError("no")


@broken(GateSpec, "answers with a verdict")
class Alone:
    """It takes the challenger only."""

    def __call__(self, challenger: Scorecard) -> Verdict:
        return Verdict(passed=True, reason="alone")


@broken(GateSpec, "answers with a verdict")
class ReadsWhatIsNotThere:
    """It reads a field that scorecards do not have."""

    def __call__(self, challenger: Any, champion: Any) -> Verdict:
        return Verdict(passed=challenger.psnr > champion.psnr, reason="more")


@broken(GateSpec, "refuses what is worse on every picture")
class PassesEverything:
    """It passes whatever has a result."""

    def __call__(self, challenger: Scorecard, champion: Scorecard | None) -> Verdict:
        return Verdict(passed=bool(challenger.results), reason="measured")


@broken(GateSpec, "refuses what is worse on every picture")
class WrongSign(Better):
    """It promotes what is worse."""

    def __call__(self, challenger: Scorecard, champion: Scorecard | None) -> Verdict:
        found = gain(challenger, champion)
        return Verdict(passed=found <= 0, reason=f"{found:+.2f} dB")


@broken(GateSpec, "refuses what was not measured")
class PassesOnNothing(Better):
    """It passes a challenger that was measured on nothing."""

    def __call__(self, challenger: Scorecard, champion: Scorecard | None) -> Verdict:
        worse = [name for name in challenger.results if gain(challenger, champion) < 0]
        return Verdict(passed=not worse, reason=f"{len(worse)} are worse")


@broken(GateSpec, "judges a first model")
class NeedsAChampion(Better):
    """Without a champion it fails."""

    def __call__(self, challenger: Scorecard, champion: Scorecard | None) -> Verdict:
        assert champion is not None
        return super().__call__(challenger, champion)


@broken(GateSpec, "gives the same verdict twice")
class CountsItsCalls(Better):
    """Its verdict has the number of its calls."""

    calls = 0

    def __call__(self, challenger: Scorecard, champion: Scorecard | None) -> Verdict:
        CountsItsCalls.calls += 1
        found = super().__call__(challenger, champion)
        return Verdict(passed=found.passed, reason=f"call {self.calls}")


@broken(GateSpec, "leaves scorecards as they are")
class Adjusts(Better):
    """It takes the worst picture out of the scorecard."""

    def __call__(self, challenger: Scorecard, champion: Scorecard | None) -> Verdict:
        found = super().__call__(challenger, champion)
        for result in challenger.results.values():
            per_image = result.scores["metrics/psnr"].per_image
            per_image.pop(min(per_image, key=lambda name: per_image[name]))
        return found
