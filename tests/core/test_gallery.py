"""The gallery: what its page says was made by its commands, and by its lines of Python."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from burnish.plugins.catalog import installed
from burnish.plugins.declarations import RestorerSpec
from PIL import Image

ROOT = Path(__file__).parents[2]
GALLERY = ROOT / "docs" / "gallery"
TRIED = ("classical/median", "deconvolution/wiener", "super-resolution/espcn:luma-x2")
"""Quick ones: of a picture, of one with a known kernel, of a small one."""
LARGEST = 200_000
"""Bytes of a picture."""


@pytest.fixture(scope="module")
def gallery() -> Iterator[dict[str, ModuleType]]:
    """The script's modules."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        yield {name: importlib.import_module(name) for name in ("gallery", "gallery_page", "gallery_scenes")}


@pytest.fixture(scope="module")
def figures() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = json.loads((GALLERY / "figures.json").read_text(encoding="utf-8"))
    return found


def test_the_page_is_what_the_script_makes_of_the_figures(
    gallery: dict[str, ModuleType], figures: dict[str, dict[str, float]]
) -> None:
    made = gallery["gallery_page"].page(gallery["gallery_scenes"].scenes(), figures)
    assert (GALLERY / "README.md").read_text(encoding="utf-8") == made, "run python benchmarks/gallery.py again"


def test_every_restorer_is_shown_with_all_its_weights_or_it_is_said_why_not(
    gallery: dict[str, ModuleType], figures: dict[str, dict[str, float]]
) -> None:
    left_out = gallery["gallery_scenes"].left_out()
    for id, entry in installed().entries("restorers").items():
        spec = entry.spec
        assert isinstance(spec, RestorerSpec)
        names = {f"{id}:{weights}" for weights in spec.weights} if spec.trainable else {id}
        assert (names and names <= figures.keys()) or id in left_out, f"{id}: run python benchmarks/gallery.py {id}"


def test_each_has_a_picture_that_a_page_can_carry(
    gallery: dict[str, ModuleType], figures: dict[str, dict[str, float]]
) -> None:
    scenes = gallery["gallery_scenes"].scenes()
    assert {path.name for path in GALLERY.glob("*.jpg")} == {scenes[name].picture for name in figures}
    for path in GALLERY.glob("*.jpg"):
        assert path.stat().st_size < LARGEST, path.name
        assert Image.open(path).width >= 900


@pytest.mark.slow
def test_the_commands_and_the_lines_of_python_of_a_few_give_their_figures_again(
    gallery: dict[str, ModuleType], figures: dict[str, dict[str, float]], tmp_path: Path
) -> None:
    scenes = gallery["gallery_scenes"].scenes()
    gallery["gallery"].prepare(tmp_path)
    for name in TRIED:
        again = gallery["gallery"].draw(scenes[name], tmp_path, None)  # both ways must give the same picture
        assert again == pytest.approx(figures[name], abs=0.02), name
