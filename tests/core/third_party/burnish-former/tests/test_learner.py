"""Facts about the learner former-learner."""

import torch
from burnish import RestorerSpec
from burnish.conformance import Check, conform
from burnish.training import TrainingSettings

from burnish_former.learner import Former


@conform("former/former-learner")
def test_it_does_what_a_learner_must(check: Check) -> None:
    check()


def test_an_estimate_that_equals_the_other_shot_has_no_loss() -> None:
    settings = TrainingSettings.model_validate({"budget": {"steps": 1}})
    spec = RestorerSpec(name="same", factory="same:same", summary="Returns its input", trainable=True)
    learner = Former(torch.nn.Identity(), None, settings, spec, weight=1.0)
    shot = torch.rand(2, 3, 16, 16)
    assert learner.training_step((0, {"degraded": shot, "target": shot}), 0).item() == 0
