from __future__ import annotations

import json
import math
from collections.abc import Callable

import pytest
from burnish.evaluation.scorecard import Scorecard
from pydantic import ValidationError


def test_a_scorecard_survives_json_with_its_infinities(make_card: Callable[..., Scorecard]) -> None:
    card = make_card("model v1", [math.inf, 30.0])
    text = card.model_dump_json()
    assert Scorecard.model_validate_json(text) == card
    assert json.loads(text)["results"]["noise"]["scores"]["metrics/psnr"]["mean"] == "Infinity"
    assert Scorecard.model_validate(json.loads(text)).results["noise"].scores["metrics/psnr"].mean == math.inf


def test_a_scorecard_refuses_what_it_does_not_know(make_card: Callable[..., Scorecard]) -> None:
    with pytest.raises(ValidationError, match="extra"):
        Scorecard.model_validate({**make_card("m", [30.0]).model_dump(), "stars": 5})
