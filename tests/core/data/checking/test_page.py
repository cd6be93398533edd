"""The page shows the findings with their pictures, needs nothing else, and cannot be broken by a name."""

from __future__ import annotations

import base64
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
from burnish.data.checking import check, page
from picture_files import load, noise, save
from scipy.ndimage import shift as moved


class Parsed(HTMLParser):
    """Tags, addresses and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.pictures: dict[str, bytes] = {}
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        record = dict(attrs)
        if tag == "img":
            kind, _, coded = str(record["src"]).partition(";base64,")
            assert kind in ("data:image/jpeg", "data:image/png")
            self.pictures[str(record["alt"])] = base64.b64decode(coded)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_pair_out_of_register_is_shown_with_both_pictures(dataset: Callable[[str], Path]) -> None:
    root = dataset("pairs")
    name = "image03.png"
    clean = load(root / "train" / "clean" / name)
    save(root / "train" / "noisy" / name, noise(moved(clean, (2.5, 3, 0), mode="nearest"), 10))
    parsed = Parsed(page(check(root)))
    assert set(parsed.pictures) == {
        f"train/{side}/{name}{part}" for side in ("noisy", "clean") for part in ("", ", the middle")
    }
    assert parsed.pictures[f"train/noisy/{name}"].startswith(b"\xff\xd8")
    assert "1 error, 0 warnings" in parsed.text
    assert "lies +3.0" in parsed.text
    assert not {"script", "link", "iframe"} & set(parsed.tags)


def test_a_name_is_text_whatever_is_in_it(dataset: Callable[[str], Path]) -> None:
    root = dataset("clean")
    save(root / "train" / "<script>alert(1)<&.png", np.full((64, 64, 3), 0.5, np.float32))
    text = page(check(root))
    assert "<script>" not in text
    assert "train/<script>alert(1)<&.png: " in Parsed(text).text.replace("\n", "")


def test_a_good_dataset_has_a_page_with_its_measures(good: Path) -> None:
    parsed = Parsed(page(check(good / "pairs")))
    assert "No errors" in parsed.text
    for word in ("train/noisy", "test/clean", "8 bit colour", "128×128", "Noise σ (of 255)"):
        assert word in parsed.text
    assert parsed.pictures == {}


def test_a_damaged_file_is_listed_without_a_picture(dataset: Callable[[str], Path]) -> None:
    root = dataset("noisy")
    (root / "train" / "noisy" / "image03.png").write_bytes(b"")
    parsed = Parsed(page(check(root)))
    assert "train/noisy/image03.png" in parsed.text
    assert parsed.pictures == {}
