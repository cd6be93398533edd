"""The metric former-metric: the mean absolute error as a starting point."""

from burnish.errors import EvaluationError
from torch import Tensor


class Former:
    """255 · mean |x − y| over channels and pixels, per image; 0 for equal images."""

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        """Score N,C,H,W in [0, 1] against a reference of the same shape; float64 of N."""
        if reference is None or estimate.shape != reference.shape:
            fact = "needs a reference of the estimate's shape; give clean pictures"
            raise EvaluationError(f"former/former-metric {fact}")
        return 255 * (estimate.double() - reference.double()).abs().mean(dim=(1, 2, 3))
