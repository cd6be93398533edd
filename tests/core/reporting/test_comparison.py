"""Before and after: a page that works by itself, or one picture."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import numpy as np
import pytest
from burnish.errors import UsageError
from burnish.io import Picture, read_picture, write_picture
from burnish.reporting.comparison import WIDEST, BeforeAfter, write_comparison


@pytest.fixture
def pair(tmp_path: Path) -> BeforeAfter:
    rng = np.random.default_rng(0)
    for name, size in (("before", (20, 30)), ("after", (40, 60))):
        write_picture(tmp_path / f"{name}.png", Picture(pixels=rng.integers(0, 256, (*size, 3)).astype(np.uint8)))
    words = "noise: <b>cnn/ffdnet</b>"
    return BeforeAfter(name="<i>a.png", before=tmp_path / "before.png", after=tmp_path / "after.png", words=words)


def test_a_page_holds_its_pictures_and_runs_no_script_but_its_own(pair: BeforeAfter, tmp_path: Path) -> None:
    text = write_comparison(tmp_path / "out" / "page.html", [pair, pair]).read_text()
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in text
    assert not re.search(r"(src|href)=\"(?!data:)", text)
    assert text.count('<img src="data:image/webp;base64,') == text.count('class="after"') == 2
    assert 'width="60" height="40"' in text


def test_what_stands_on_a_page_cannot_add_markup(pair: BeforeAfter, tmp_path: Path) -> None:
    text = write_comparison(tmp_path / "page.html", [pair]).read_text()
    assert "&lt;i&gt;a.png" in text and "&lt;b&gt;" in text
    assert "<i>" not in text and "<b>" not in text


def test_large_pictures_are_shown_smaller(tmp_path: Path) -> None:
    write_picture(tmp_path / "wide.png", Picture(pixels=np.zeros((10, 2 * WIDEST, 3), np.uint8)))
    one = BeforeAfter(name="wide", before=tmp_path / "wide.png", after=tmp_path / "wide.png", words="")
    assert f'width="{WIDEST}" height="5"' in write_comparison(tmp_path / "page.html", [one]).read_text()


def test_one_picture_may_be_compared_in_a_picture(pair: BeforeAfter, tmp_path: Path) -> None:
    picture = read_picture(write_comparison(tmp_path / "both.png", [pair]))
    assert picture.width > 2 * 640


@pytest.mark.parametrize(
    ("name", "count", "said"), [("c.txt", 1, "ends with .html or .png"), ("c.png", 2, "there are 2")]
)
def test_what_cannot_be_written_is_refused(pair: BeforeAfter, tmp_path: Path, name: str, count: int, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        write_comparison(tmp_path / name, [pair] * count)
    assert not (tmp_path / name).exists()
