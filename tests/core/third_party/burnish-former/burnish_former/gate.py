"""The gate former-gate: a limit on the size of the weights, as a starting point."""

import math

from burnish.evaluation import Scorecard
from burnish.protocols import Verdict


class Former:
    """Passes if the weights of the challenger take at most ``megabytes`` millions of bytes.

    A gate decides whether a model is promoted, so it fails closed: what was not measured never passes.
    """

    def __init__(self, *, megabytes: float = 50.0) -> None:
        self.megabytes = megabytes

    def __call__(self, challenger: Scorecard, champion: Scorecard | None) -> Verdict:
        """Judge. ``champion`` is None if there is no champion yet.

        A scorecard has ``cost`` (time, memory, weights) and ``results``: benchmark → result, whose ``scores`` are
        metric id → one number per picture. A gate changes neither scorecard.
        """
        size = challenger.cost.weights_mb
        figures: dict[str, object] = {"megabytes": size if math.isfinite(size) else None, "limit": self.megabytes}
        if not challenger.results or not math.isfinite(size) or size < 0:
            return Verdict(passed=False, reason="the size of the weights was not measured; score the model again")
        passed = size <= self.megabytes
        relation = "within" if passed else "above"
        reason = f"the weights take {size:.4g} MB, {relation} the limit of {self.megabytes:.4g} MB"
        return Verdict(passed=passed, reason=reason, figures=figures)
