from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from burnish.evaluation.scorecard import Scorecard
from burnish.reporting.report import write_report, write_whole
from burnish.reporting.strip import Panel, Strip

Cards = Callable[..., Scorecard]
VOID = {"meta", "img", "br", "link"}
VERDICTS = [
    {"gate": "burnish/gain", "passed": True, "reason": "+0.5 dB", "figures": {"mean": 0.5}},
    {"gate": "burnish/cost", "passed": False, "reason": "twice as slow", "figures": {}},
]


class Page(HTMLParser):
    """Every tag opened is closed in order; text and attributes are kept."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.text = ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"} and self.rows:
            self.rows[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data


@pytest.fixture
def page(make_card: Cards, tmp_path: Path, write_picture_file: Callable[..., Path]) -> Callable[..., Page]:
    """``page(**changes)``: a whole report, parsed."""

    def make(**changes: Any) -> Page:
        path = write_picture_file(tmp_path / "p.png", (40, 48), 0)
        panels = [Panel(label=label, path=path, figures={"psnr": 20.5}) for label in ("degraded", "model", "clean")]
        given: dict[str, Any] = {
            "title": "denoise v2",
            "challenger": make_card("denoise v2", [30.0, 31.0, 29.5], degraded=[20.0, 20.0, 20.0]),
            "champion": make_card("denoise v1", [29.5, 30.75, 30.0], degraded=[20.0, 20.0, 20.0]),
            "baselines": [make_card("classical/nlm", [28.0, 28.0, 28.0])],
            "decision": {"promoted": True, "reason": "all gates passed", "verdicts": VERDICTS},
            "strips": [Strip(image="0.png", benchmark="noise", panels=panels)],
        }
        out = write_report(tmp_path / "report.html", **{**given, **changes})
        return Page(out.read_text(encoding="utf-8"))

    return make


def test_the_table_sets_the_challenger_against_input_baseline_and_champion(page: Callable[..., Page]) -> None:
    found = page()
    assert ["noise · psnr (dB)", "20.00", "28.00", "30.08", "30.17"] in found.rows
    best = [attributes for tag, attributes in found.attributes if attributes.get("class") == "best"]
    assert len(best) == 1
    assert "+0.083 against champion" in found.text
    assert "+10.167 against input" in found.text


def test_every_image_has_its_difference_to_the_champion(page: Callable[..., Page]) -> None:
    rows = page().rows
    assert ["2.png", "20.00", "28.00", "30.00", "29.50", "-0.500", ""] in rows
    assert ["0.png", "20.00", "28.00", "29.50", "30.00", "+0.500", ""] in rows


def test_without_a_champion_differences_are_to_the_best_baseline(page: Callable[..., Page], make_card: Cards) -> None:
    found = page(champion=None, baselines=[make_card("classical/nlm", [28.0] * 3), make_card("worse", [21.0] * 3)])
    assert "+2.167 against classical/nlm" in found.text
    assert "+10.167 against input" in found.text
    assert ["0.png", "20.00", "28.00", "21.00", "30.00", "+2.000", ""] in found.rows


def test_without_a_champion_and_baselines_differences_are_to_the_input(page: Callable[..., Page]) -> None:
    found = page(champion=None, baselines=[], decision=None)
    assert ["0.png", "20.00", "30.00", "+10.000", ""] in found.rows
    assert "against input" in found.text
    assert "Promoted" not in found.text


def test_the_decision_and_every_gate_are_told_in_words_and_not_by_colour_alone(page: Callable[..., Page]) -> None:
    found = page()
    assert "✓ Promoted" in found.text
    assert "✓ passed" in found.text
    assert "✗ failed" in found.text
    assert "twice as slow" in found.text
    assert "✗ Not promoted" in page(decision={"promoted": False, "reason": "worse", "verdicts": []}).text


def test_the_file_stands_alone_and_its_pictures_are_exact(page: Callable[..., Page], tmp_path: Path) -> None:
    found = page()
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"https?://|<script|<link|@import|url\(", text)
    images = [attributes for tag, attributes in found.attributes if tag == "img"]
    assert len(images) == 6
    assert all(str(image["src"]).startswith("data:image/") and image["alt"] for image in images)
    details = [str(image["src"]).partition(",")[2] for image in images if image.get("class") == "detail"]
    shown = cv2.imdecode(np.frombuffer(base64.b64decode(details[0]), np.uint8), cv2.IMREAD_COLOR)
    whole = cv2.imread(str(tmp_path / "p.png"))
    side = shown.shape[0]
    windows = np.lib.stride_tricks.sliding_window_view(whole, (side, side, 3))[:, :, 0]
    assert (windows == shown).all(axis=(2, 3, 4)).any()


def test_nothing_that_is_written_into_it_can_be_markup(page: Callable[..., Page], make_card: Cards) -> None:
    evil = '<script>alert("x")</script>'
    found = page(
        title=evil,
        challenger=make_card(evil, [30.0], name=evil),
        champion=None,
        decision={"promoted": False, "reason": evil, "verdicts": [{"gate": evil, "passed": False, "reason": evil}]},
        baselines=[make_card(evil, [29.0], name=evil)],
    )
    assert not any(tag == "script" for tag, _ in found.attributes)
    assert found.text.count(evil) >= 6


def test_scores_of_other_data_are_not_set_beside(page: Callable[..., Page], make_card: Cards) -> None:
    found = page(champion=None, baselines=[make_card("classical/nlm", [28.0], digest="another")])
    assert ["noise · psnr (dB)", "20.00", "–", "30.17"] in found.rows


def test_the_champion_on_other_data_is_neither_beaten_nor_missed(page: Callable[..., Page], make_card: Cards) -> None:
    found = page(champion=make_card("denoise v1", [29.5, 30.75, 30.0], digest="another"))
    assert "against champion" not in found.text
    assert ["0.png", "20.00", "28.00", "30.00", "+10.000", ""] in found.rows


def test_how_many_images_got_better_is_counted(page: Callable[..., Page]) -> None:
    assert "noise · psnr · 3 images, 2 better and 1 worse than champion" in page().text


def test_infinite_scores_are_printed(page: Callable[..., Page], make_card: Cards) -> None:
    found = page(challenger=make_card("m", [math.inf, 30.0], degraded=[20.0, 20.0]), champion=None, baselines=[])
    assert ["0.png", "20.00", "∞", "+inf", ""] in found.rows


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "x.txt"
    write_whole(path, "one")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "two \ud800")
    assert path.read_text() == "one"
    assert [file.name for file in path.parent.iterdir()] == ["x.txt"]
