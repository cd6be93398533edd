"""Every block of code of the manual is run by a test, or says why not; recipes and other files are read as such."""

from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from burnish.recipe.document import Recipe
from manual.blocks import FENCE, LANGUAGES, RUNNERS, Block, blocks, pages, run_by

ROOT = Path(__file__).parents[2]
HERE = "tests/core/test_code_blocks.py"
BASE = ROOT / "recipes" / "denoise.yaml"
"""The recipe that the pages' pieces of recipes are put into."""


def every() -> list[Block]:
    return [block for page in pages() for block in blocks(page)]


def test_every_fenced_block_is_run_or_says_why_not() -> None:
    found = every()
    assert len(found) > 100
    for block in found:
        assert block.language in LANGUAGES, f"{block.place}: say which of {sorted(LANGUAGES)} it is"
        assert block.language == "text" or block.runner or block.reason, (
            f"{block.place}: no test runs it; write `<!-- not run: why -->` in the line before it"
        )


def test_no_fence_and_no_reason_is_overlooked() -> None:
    for page in pages():
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        found = list(blocks(page))
        outside = FENCE.sub("", text)
        assert not re.search(r"^\s*(```|~~~)", outside, re.MULTILINE), f"{page}: a fence without an end"
        assert text.count("<!-- not run:") == sum(bool(block.reason) for block in found), (
            f"{page}: a reason of no block"
        )


def test_every_test_that_runs_blocks_or_is_named_as_a_reason_exists() -> None:
    told = {runner for *_, runner in RUNNERS}
    for block in every():
        told |= set(re.findall(r"\btests/[\w/.]+\w", block.reason))
    for path in told:
        assert (ROOT / path).exists(), path
    for path in {runner for *_, runner in RUNNERS}:
        assert run_by(path), f"{path} runs nothing any more"


@pytest.mark.parametrize("block", [block for block in run_by(HERE) if block.language == "toml"], ids=lambda b: b.place)
def test_a_piece_of_toml_is_read(block: Block) -> None:
    assert tomllib.loads(block.text)


@pytest.mark.parametrize("block", [block for block in run_by(HERE) if block.language == "yaml"], ids=lambda b: b.place)
def test_a_piece_of_yaml_is_a_recipe_a_part_of_one_or_a_deployment(block: Block) -> None:
    given = yaml.safe_load(block.text)
    if "deployments" in given:
        for deployment in given["deployments"]:
            _check_deployment(deployment)
        return
    whole = given if "model" in given else _merged(yaml.safe_load(BASE.read_text(encoding="utf-8")), given)
    Recipe.model_validate(whole)


def _merged(base: dict[str, Any], piece: dict[str, Any]) -> dict[str, Any]:
    """The base with the keys of the piece, mappings merged."""
    merged = dict(base)
    for key, value in piece.items():
        below = merged.get(key)
        merged[key] = _merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def _check_deployment(deployment: dict[str, Any]) -> None:
    """Its flow exists, and takes these parameters."""
    module, _, name = deployment["entrypoint"].rpartition(".")
    pytest.importorskip("burnish_flows")
    flow = getattr(importlib.import_module(module), name)
    assert set(deployment["parameters"]) <= set(flow.parameters.properties), deployment["name"]
