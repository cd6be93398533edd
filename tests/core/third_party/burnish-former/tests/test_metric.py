"""Facts about the metric former-metric."""

import torch
from burnish.conformance import Check, conform

from burnish_former.metric import Former


@conform("former/former-metric")
def test_it_does_what_a_metric_must(check: Check) -> None:
    check()


def test_pictures_that_are_one_level_apart_score_one() -> None:
    reference = torch.zeros(2, 3, 8, 8)
    torch.testing.assert_close(Former()(reference + 1 / 255, reference), torch.ones(2).double())
