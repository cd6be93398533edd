"""The fingerprint changes with recipe, data and code that take part, and with nothing else."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from burnish import DegraderSpec, GateSpec, MetricSpec, RestorerSpec
from burnish.errors import UnknownIdError
from burnish.plugins.catalog import Catalog, Entry
from burnish.recipe.document import Recipe
from burnish_flows.retrain.fingerprint import distributions, identify, participants, training_fingerprint


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalog:
    """Plugins whose packages lie in ``tmp_path`` and raise when they are imported."""
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("fp_net", "fp_noise", "fp_score", "fp_gate", "fp_other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('must not be imported')\n")
        (tmp_path / name / "code.py").write_text("x = 1\n")
    specs: list[tuple[str, Any]] = [
        ("net/net", RestorerSpec(name="net", factory="fp_net.code:x", summary="s")),
        ("other/net", RestorerSpec(name="net", factory="fp_other.code:x", summary="s")),
        ("noise/noise", DegraderSpec(name="noise", factory="fp_noise.code:x", summary="s")),
        ("noise/two", DegraderSpec(name="two", factory="fp_noise.code:x", summary="s")),
        ("score/psnr", MetricSpec(name="psnr", factory="fp_score.code:x", summary="s")),
        ("gate/gain", GateSpec(name="gain", factory="fp_gate.code:x", summary="s")),
    ]
    return Catalog(
        Entry(id=name, spec=spec, distribution=f"burnish-{name.split('/')[0]}", version="1.0") for name, spec in specs
    )


def _recipe(**changes: Any) -> Recipe:
    content: dict[str, Any] = {
        "model": "m",
        "restorer": {"id": "net/net"},
        "degrader": {"id": "noise/two", "config": {"steps": [{"id": "noise/noise", "config": {"sigma": 1}}]}},
        "training": {"budget": {"steps": 1}},
        "benchmarks": [{"name": "b", "degrader": {"id": "noise/noise"}, "metrics": ["score/psnr"]}],
        "gates": [{"id": "gate/gain"}],
    }
    return Recipe.model_validate(content | changes)


def fingerprint(recipe: Recipe, data_md5: str, catalog: Catalog) -> str:
    return identify(recipe, data_md5, FILES, catalog).fingerprint


def test_everything_that_the_recipe_names_takes_part_however_deep(catalog: Catalog) -> None:
    found = [entry.id for entry in participants(_recipe(), catalog)]
    assert found == ["gate/gain", "net/net", "noise/noise", "noise/two", "score/psnr"]


def test_the_fingerprint_is_the_same_for_the_same_parts(catalog: Catalog) -> None:
    assert fingerprint(_recipe(), "d", catalog) == fingerprint(_recipe(), "d", catalog)
    assert "fp_net" not in sys.modules


def test_other_data_and_another_recipe_give_another_fingerprint(catalog: Catalog) -> None:
    first = fingerprint(_recipe(), "d", catalog)
    assert fingerprint(_recipe(), "e", catalog) != first
    assert fingerprint(_recipe(training={"budget": {"steps": 2}}), "d", catalog) != first


@pytest.mark.parametrize("package", ["fp_net", "fp_noise", "fp_score", "fp_gate"])
def test_changed_code_of_a_participant_gives_another_fingerprint(
    catalog: Catalog, tmp_path: Path, package: str
) -> None:
    first = fingerprint(_recipe(), "d", catalog)
    (tmp_path / package / "code.py").write_text("x = 2\n")
    assert fingerprint(_recipe(), "d", catalog) != first


def test_changed_code_of_a_plugin_that_takes_no_part_changes_nothing(catalog: Catalog, tmp_path: Path) -> None:
    first = fingerprint(_recipe(), "d", catalog)
    (tmp_path / "fp_other" / "code.py").write_text("x = 2\n")
    assert fingerprint(_recipe(), "d", catalog) == first


def test_a_name_that_nobody_declares_is_an_error(catalog: Catalog) -> None:
    with pytest.raises(UnknownIdError, match="net/nat"):
        participants(_recipe(restorer={"id": "net/nat"}), catalog)


def test_the_distributions_of_all_participants_are_named_with_their_versions(catalog: Catalog) -> None:
    found = distributions(participants(_recipe(), catalog))
    assert found.keys() == {"burnish", "burnish-gate", "burnish-net", "burnish-noise", "burnish-score"}
    assert found["burnish-net"] == "1.0"


def test_a_restorer_that_calls_another_by_id_brings_it_along(catalog: Catalog) -> None:
    recipe = _recipe(baselines=[{"id": "net/net", "config": {"denoiser": "other/net:small"}}])
    assert "other/net" in [entry.id for entry in participants(recipe, catalog)]
    assert "other/net" not in [entry.id for entry in participants(_recipe(), catalog)]
    entry = catalog.get("restorers", "net/net")
    spec = replace(entry.spec, config={"solver": {"type": "string", "default": "other/net"}})
    kinds = ("restorers", "degraders", "metrics", "gates")
    others = [one for kind in kinds for one in catalog.entries(kind).values() if one.id != "net/net"]
    assert "other/net" in [one.id for one in participants(_recipe(), Catalog([replace(entry, spec=spec), *others]))]


FILES = {"train/a.png": "1", "validation/b.png": "2", "test/c.png": "3"}


@pytest.mark.parametrize(
    "change",
    [
        {"benchmarks": [{"name": "c", "clean": "other", "degrader": {"id": "noise/noise"}, "metrics": ["score/psnr"]}]},
        {"gates": []},
        {"baselines": [{"id": "other/net"}]},
        {"description": "in other words"},
        {"flavours": ["onnx"]},
    ],
)
def test_what_only_judges_the_weights_or_presents_them_does_not_train_them_anew(
    catalog: Catalog, change: dict[str, Any]
) -> None:
    before, after = _recipe(), _recipe(**change)
    assert fingerprint(after, "d", catalog) != fingerprint(before, "d", catalog)
    assert training_fingerprint(after, FILES, catalog) == training_fingerprint(before, FILES, catalog)


def test_other_pictures_to_judge_by_do_not_train_anew_and_other_pictures_to_train_on_do(catalog: Catalog) -> None:
    first = training_fingerprint(_recipe(), FILES, catalog)
    assert training_fingerprint(_recipe(), {**FILES, "test/c.png": "4", "test/d.png": "5"}, catalog) == first
    assert training_fingerprint(_recipe(), {**FILES, "train/a.png": "4"}, catalog) != first
    assert training_fingerprint(_recipe(), {**FILES, "validation/n.png": "4"}, catalog) != first


@pytest.mark.parametrize(
    "change",
    [
        {"model": "n"},
        {"restorer": {"id": "other/net"}},
        {"degrader": {"id": "noise/noise"}},
        {"training": {"budget": {"steps": 2}}},
        {"data": {"train": "validation"}},
        {"data": {"train": "validation", "validation": "train"}},
    ],
)
def test_whatever_the_weights_depend_on_trains_anew(catalog: Catalog, change: dict[str, Any]) -> None:
    first = training_fingerprint(_recipe(), FILES, catalog)
    assert training_fingerprint(_recipe(**change), FILES, catalog) != first


@pytest.mark.parametrize(
    ("package", "same"), [("fp_net", False), ("fp_noise", False), ("fp_score", True), ("fp_gate", True)]
)
def test_only_code_that_makes_weights_trains_anew(catalog: Catalog, tmp_path: Path, package: str, same: bool) -> None:
    first = training_fingerprint(_recipe(), FILES, catalog)
    (tmp_path / package / "code.py").write_text("x = 2\n")
    assert (training_fingerprint(_recipe(), FILES, catalog) == first) is same


def test_the_code_of_a_run_is_hashed_once_for_the_verdict_and_once_for_the_weights(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    from burnish_flows.retrain import fingerprint as module

    asked: list[int] = []
    original = module.code

    def counted(entries: Any, roots: Any) -> Any:
        asked.append(len(entries))
        return original(entries, roots)

    monkeypatch.setattr(module, "code", counted)
    found = identify(_recipe(), "d", FILES, catalog)
    assert len(asked) == 2
    assert found.training == training_fingerprint(_recipe(), FILES, catalog)
    assert found.plugins == distributions(participants(_recipe(), catalog))


def test_other_weights_to_begin_with_give_other_fingerprints(catalog: Catalog, tmp_path: Path) -> None:
    import torch
    from burnish.restorer.bundle import write_bundle

    def begun(value: float) -> tuple[str, str]:
        about: dict[str, Any] = {"restorer": "net/net", "config": {}, "distribution": "burnish-net", "version": "1.0"}
        write_bundle(tmp_path / "begun", weights={"w": torch.full((1,), value)}, **about)
        found = identify(_recipe(initial="begun"), "d", FILES, catalog, tmp_path)
        return found.fingerprint, found.training

    plain = identify(_recipe(), "d", FILES, catalog)
    one, other, again = begun(1.0), begun(2.0), begun(1.0)
    assert one == again
    assert len({one[0], other[0], plain.fingerprint}) == len({one[1], other[1], plain.training}) == 3


def test_another_file_that_a_baseline_is_made_of_gives_another_fingerprint(catalog: Catalog, tmp_path: Path) -> None:
    baseline = {"id": "other/net", "config": {"file": str(tmp_path / "x.pth")}}

    def with_file(content: bytes) -> tuple[str, str]:
        (tmp_path / "x.pth").write_bytes(content)
        found = identify(_recipe(baselines=[baseline]), "d", FILES, catalog)
        return found.fingerprint, found.training

    one, other = with_file(b"1"), with_file(b"2")
    assert one[0] != other[0]
    assert one[1] == other[1]
