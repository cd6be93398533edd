"""A plan in words and as JSON."""

from __future__ import annotations

import json

from burnish.planning.plan import Plan, Step

STEP = Step(
    task="denoise", restorer="cnn/ffdnet:colour", conditions={"sigma": 0.1}, fault="noise of σ 25.5 of 255",
    why="+9.0 dB, estimated on its middle",
)  # fmt: skip


def test_a_plan_says_in_one_line_what_is_undone_by_what_and_what_is_left() -> None:
    plan = Plan(steps=(STEP,), left=("JPEG of quality 95 is left: it hardly shows",))
    assert plan.words() == (
        "noise of σ 25.5 of 255: cnn/ffdnet:colour (+9.0 dB, estimated on its middle); "
        "JPEG of quality 95 is left: it hardly shows"
    )


def test_a_plan_without_steps_says_that_nothing_is_changed() -> None:
    assert Plan().words() == "nothing to restore, unchanged"
    assert Plan(left=("blur is left",)).words() == "unchanged; blur is left"


def test_a_plan_is_json() -> None:
    record = json.loads(json.dumps(Plan(steps=(STEP,)).as_json()))
    assert record["steps"][0]["conditions"] == {"sigma": 0.1}
    assert record["left"] == []
