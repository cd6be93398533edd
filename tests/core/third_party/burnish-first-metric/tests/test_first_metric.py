"""Facts about the metric first-metric."""

import torch
from burnish.conformance import Check, conform

from burnish_first_metric.first_metric import FirstMetric


@conform("first-metric/first-metric")
def test_it_does_what_a_metric_must(check: Check) -> None:
    check()


def test_pictures_that_are_one_level_apart_score_one() -> None:
    reference = torch.zeros(2, 3, 8, 8)
    torch.testing.assert_close(FirstMetric()(reference + 1 / 255, reference), torch.ones(2).double())
