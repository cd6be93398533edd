"""The facts by which a training is known again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from burnish.errors import ConfigError, UnknownIdError
from burnish.plugins.catalog import Catalog
from burnish.recipe.document import Recipe
from burnish.training.plan import differences, make_plan

Make = Callable[..., Recipe]


def test_differences_are_named_by_their_dotted_keys() -> None:
    mine = {"a": 1, "b": {"c": 2, "d": {"e": 3}}, "f": 4}
    assert differences(mine, mine) == []
    assert differences(mine, {"a": 1, "b": {"c": 0, "d": {"e": 0}}, "g": 5}) == ["b.c", "b.d.e", "f", "g"]


def test_the_fingerprint_follows_all_that_decides_about_the_weights(
    recipe: Make, project: Path, catalog: Catalog
) -> None:
    def fingerprint(settings: Recipe) -> str:
        return make_plan(settings, project=project, device="cpu", catalog=catalog).fingerprint

    base = fingerprint(recipe())
    assert fingerprint(recipe(checkpoint_every=99)) == base
    others = [recipe(seed=5), recipe(batch=8), recipe(cores=2), recipe(degrader="tiny/crop"), recipe(precision="bf16")]
    prints = {fingerprint(other) for other in others}
    assert len(prints | {base}) == len(others) + 1
    picture = project / "data" / "train" / "0.png"
    picture.write_bytes((project / "data" / "train" / "1.png").read_bytes())
    assert fingerprint(recipe()) != base


def test_settings_that_came_later_leave_a_training_known_while_they_are_at_their_default(
    recipe: Make, project: Path, catalog: Catalog, plugin: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = plugin.Noise
    monkeypatch.setattr(plugin, "Noise", lambda **_: plain())
    later = {"type": "string", "default": "linear", "later": True}
    renewed = Catalog(
        replace(entry, spec=replace(entry.spec, config={**entry.spec.config, "transfer": later}))
        for kind in ("restorers", "degraders")
        for entry in catalog.entries(kind).values()
    )
    before = make_plan(recipe(), project=project, device="cpu", catalog=catalog)
    after = make_plan(recipe(), project=project, device="cpu", catalog=renewed)
    assert after.degrader_config["transfer"] == after.config["transfer"] == "linear"
    assert differences(before.facts, after.facts) == []


def test_short_names_and_whole_ids_are_the_same_training(recipe: Make, project: Path, catalog: Catalog) -> None:
    plans = [
        make_plan(recipe(restorer=name), project=project, device="cpu", catalog=catalog) for name in ("net", "tiny/net")
    ]
    assert plans[0].fingerprint == plans[1].fingerprint


def test_unknown_names_are_refused_with_a_suggestion(recipe: Make, project: Path, catalog: Catalog) -> None:
    with pytest.raises(UnknownIdError, match="did you mean tiny/doubler"):
        make_plan(recipe(restorer="tiny/dubler"), project=project, device="cpu", catalog=catalog)


def test_a_batch_that_the_processes_cannot_share_is_refused(
    recipe: Make, project: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "3")
    with pytest.raises(ConfigError, match="batch 4 cannot be split evenly over 3 processes; make it a multiple"):
        make_plan(recipe(), project=project, device="cpu", catalog=catalog)
