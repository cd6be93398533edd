"""The metric first-metric: the mean absolute error to start from."""

from burnish.errors import EvaluationError
from torch import Tensor


class FirstMetric:
    """255 · mean |x − y| over channels and pixels, for each image; 0 for equal ones."""

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        """Score N,C,H,W in [0, 1] against a reference of the same shape; float64 of N."""
        if reference is None or estimate.shape != reference.shape:
            raise EvaluationError("first-metric/first-metric needs a reference of the estimate's shape; give clean pictures")
        return 255 * (estimate.double() - reference.double()).abs().mean(dim=(1, 2, 3))
