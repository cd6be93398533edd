"""The facts by which a training is known again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from burnish.data.hashing import data_hash
from burnish.errors import ConfigError, DataError, UnknownIdError
from burnish.plugins.catalog import Catalog
from burnish.recipe.data import Form
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


def facts(recipe: Recipe, project: Path, catalog: Catalog) -> dict[str, Any]:
    return dict(make_plan(recipe, project=project, device="cpu", catalog=catalog).facts)


def test_a_training_on_clean_data_has_the_facts_that_it_had_before_there_were_others(
    recipe: Make, project: Path, catalog: Catalog
) -> None:
    found = facts(recipe(), project, catalog)
    assert set(found) == {
        "restorer", "degrader", "training", "data", "device", "precision", "threads", "processes", "torch",
    }  # fmt: skip
    assert "learner" not in found["training"]
    assert found["data"] == {split: data_hash(project / "data" / split) for split in ("train", "validation")}


def test_the_fingerprint_follows_form_match_learner_files_and_what_is_known(
    recipe: Make, project: Path, catalog: Catalog, forms: Any, real_data: Path
) -> None:
    pixels = {"id": "tiny/pixels"}

    def fingerprint(form: Form, match: str = "none", **more: Any) -> str:
        data = {**forms[form], "match": match}
        made = recipe(**{"degrader": None, "data": data, **more})
        return make_plan(made, project=project, device="cpu", catalog=catalog).fingerprint

    prints = [
        fingerprint("pairs"),
        fingerprint("pairs", match="affine"),
        fingerprint("pairs", degrader="tiny/noise"),
        fingerprint("pairs", learner=pixels),
        fingerprint("noisy", learner=pixels),
        fingerprint("noisy", learner={**pixels, "config": {"share": 0.3}}),
        fingerprint("shots", learner=pixels),
        fingerprint("shots", learner={"id": "tiny/between-shots"}),
    ]
    assert len(set(prints)) == len(prints)
    assert fingerprint("noisy", learner={**pixels, "config": {"share": 0.2}}) == prints[4]
    noisy, clean = (real_data / "train" / name / "0.png" for name in ("noisy", "clean"))
    clean.write_bytes((real_data / "train" / "clean" / "1.png").read_bytes())
    assert fingerprint("pairs") != prints[0]
    assert fingerprint("noisy", learner=pixels) == prints[4]
    for file in (real_data / "train" / "noisy").glob("*.png"):
        file.with_suffix(".json").write_text('{"sigma": 0.1}')
    known = fingerprint("noisy", learner=pixels)
    noisy.with_suffix(".json").write_text('{"sigma": 0.2}')
    assert len({prints[4], known, fingerprint("noisy", learner=pixels)}) == 3


def test_a_restorer_of_several_frames_is_refused_for_data_of_single_pictures(
    recipe: Make, project: Path, catalog: Catalog, forms: Any, real_data: Path
) -> None:
    asked = recipe(restorer="tiny/clip-net", degrader=None, data=forms["pairs"])
    with pytest.raises(ConfigError, match="tiny/clip-net restores videos, but pairs data are single pictures; give"):
        make_plan(asked, project=project, device="cpu", catalog=catalog)


def test_what_the_restorer_needs_must_be_said_beside_the_pictures(
    recipe: Make, project: Path, catalog: Catalog, forms: Any, real_data: Path
) -> None:
    asked = recipe(restorer="tiny/sigma-net", degrader=None, data=forms["pairs"])
    with pytest.raises(ConfigError, match=r"needs sigma, but no file beside .*0\.png says it; write it into 0\.json"):
        make_plan(asked, project=project, device="cpu", catalog=catalog)
    (real_data / "train" / "noisy" / "0.json").write_text('{"sigma": 0.15}')
    make_plan(asked, project=project, device="cpu", catalog=catalog)
    degraded = recipe(restorer="tiny/sigma-net", degrader="tiny/crop", data=forms["pairs"])
    with pytest.raises(ConfigError, match="needs sigma, which tiny/crop does not give"):
        make_plan(degraded, project=project, device="cpu", catalog=catalog)


def test_nothing_beside_what_the_form_names_is_looked_at(
    recipe: Make, project: Path, catalog: Catalog, forms: Any, real_data: Path
) -> None:
    for split in ("train", "validation"):
        shutil.rmtree(real_data / split / "clean")
    asked = recipe(degrader=None, data=forms["noisy"], learner={"id": "tiny/pixels"})
    plan = make_plan(asked, project=project, device="cpu", catalog=catalog)
    assert (plan.source, len(plan.train), len(plan.validation)) == ("noisy data", 6, 2)
    with pytest.raises(DataError, match="clean: is missing"):
        make_plan(recipe(degrader=None, data=forms["pairs"]), project=project, device="cpu", catalog=catalog)
