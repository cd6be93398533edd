"""Prefect's page of a run holds what there is to decide by: figures, verdicts with reasons, and the pictures."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from burnish_flows.retrain.tracking import artifact
from PIL import Image

RESULT: dict[str, Any] = {
    "verdicts": [
        {"gate": "burnish/gain", "passed": True, "reason": "1.50 dB better | 95 %", "figures": {}},
        {"gate": "burnish/latency", "passed": False, "reason": "slower", "figures": {}},
    ],
    "figures": {
        "noise25": {
            "metric": "metrics/psnr", "unit": "dB", "images": 5,
            "means": {"degraded": 20.2, "classical/nlm": 28.1, "champion v1": 29.0, "challenger v2": 30.5},
        }
    },
    "report": "/p/scorecard.html",
    "pictures": [],
}  # fmt: skip
HEAD = ["denoise v2 was not promoted (champion: v1)", "  because passed 1 of 2 gates"]


@pytest.fixture
def strips(tmp_path: Path) -> list[str]:
    """Three strips as a report has them, wider than a page."""
    rng = np.random.default_rng(0)
    paths = [tmp_path / f"noise25-{number}.png" for number in range(3)]
    for path in paths:
        Image.fromarray(rng.integers(0, 255, (200, 2400, 3), np.uint8)).save(path)
    return [str(path) for path in paths]


def shown(page: str) -> list[Image.Image]:
    """The pictures of a page, as a browser decodes them."""
    found = re.findall(r"!\[[^\]]*\]\(data:image/jpeg;base64,([A-Za-z0-9+/=]+)\)", page)
    return [Image.open(io.BytesIO(base64.b64decode(text))) for text in found]


def test_each_row_of_a_benchmark_stands_beside_the_champion() -> None:
    page = artifact.markdown(RESULT, HEAD)
    assert page.startswith("# denoise v2 was not promoted (champion: v1)\n\nbecause passed 1 of 2 gates\n\n")
    assert (
        "| classical/nlm | 28.100 | -0.900 |\n| champion v1 | 29.000 |  |\n| challenger v2 | 30.500 | +1.500 |" in page
    )


def test_each_gate_says_whether_it_passed_and_why_and_a_bar_in_its_words_ends_no_cell() -> None:
    page = artifact.markdown(RESULT, HEAD)
    assert "| burnish/gain | yes | 1.50 dB better \\| 95 % |\n| burnish/latency | **no** | slower |" in page


def test_the_pictures_are_in_the_page_itself_and_no_wider_than_it(strips: list[str]) -> None:
    pictures = shown(artifact.markdown({**RESULT, "pictures": strips}, HEAD))
    assert [picture.size for picture in pictures] == [(1200, 100)] * 3


def test_pictures_beyond_the_budget_of_a_row_in_a_database_are_counted(
    strips: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(artifact._data_uri(Path(strips[0])))
    monkeypatch.setattr(artifact, "BUDGET", 2 * size + size // 2)
    page = artifact.markdown({**RESULT, "pictures": strips}, HEAD)
    assert len(shown(page)) == 2
    assert "1 more: see the scorecard." in page


def test_a_name_cannot_put_markup_on_the_page() -> None:
    page = artifact.markdown(RESULT, ["<script>alert(1)</script> [x](javascript:y)"])
    assert "<script>" not in page
    assert "[x](" not in page.replace("\\[", "").replace("\\]", "")


def test_the_key_of_an_artifact_is_what_prefect_takes() -> None:
    assert artifact.key("My Model_2") == "retrain-my-model-2"


def test_a_run_that_found_nothing_changed_says_so_and_no_more() -> None:
    assert artifact.markdown({"outcome": "unchanged"}, ["nothing changed"]) == "# nothing changed"
