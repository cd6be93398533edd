"""A check as a whole: recognised layouts, the quick part, the report, and what it leaves unsaid."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from burnish.data.checking import Layout, check, checking, recognise, splits_of
from burnish.errors import DataError, UsageError
from burnish.recipe.data import DataSettings
from burnish.recipe.document import Recipe
from picture_files import load, noise, save
from scipy.ndimage import gaussian_filter

Dataset = Callable[[str], Path]


@pytest.mark.parametrize(
    ("form", "layout"),
    [
        ("clean", Layout()),
        ("pairs", Layout(degraded="noisy", clean="clean")),
        ("noisy", Layout(degraded="noisy")),
        ("shots", Layout(shots="noisy")),
    ],
)
def test_the_form_is_recognised_by_the_names_of_the_folders(good: Path, form: str, layout: Layout) -> None:
    assert recognise(good / form) == layout
    assert layout.form == form


@pytest.mark.parametrize(("degraded", "clean"), [("LR", "HR"), ("input", "GT"), ("blur", "sharp")])
def test_usual_names_of_pairs_are_known_in_any_case(dataset: Dataset, degraded: str, clean: str) -> None:
    root = dataset("pairs")
    for split in ("train", "validation", "test"):
        (root / split / "noisy").rename(root / split / degraded)
        (root / split / "clean").rename(root / split / clean)
    assert recognise(root) == Layout(degraded=degraded, clean=clean)


def test_names_that_say_nothing_are_refused_with_the_mend(dataset: Dataset) -> None:
    root = dataset("pairs")
    (root / "train" / "noisy").rename(root / "train" / "things")
    with pytest.raises(
        UsageError, match=r"beside clean/ there is things/; name the one of the degraded pictures noisy/"
    ):
        recognise(root)


def test_a_flat_folder_is_refused_with_the_command_that_splits_it(good: Path) -> None:
    with pytest.raises(DataError, match="split it first: burnish data add train --split 80/10/10"):
        recognise(good / "pairs" / "train")
    with pytest.raises(DataError, match="is missing"):
        recognise(good / "nothing")


def test_a_recipes_layout_is_that_of_its_data(good: Path) -> None:
    data = DataSettings(root="x", degraded="noisy", clean="clean", match="affine")
    layout = Layout.of(data)
    assert layout == Layout(degraded="noisy", clean="clean", match="affine")
    assert layout.form == data.form


def test_clean_pictures_may_be_larger_by_one_scale(dataset: Dataset) -> None:
    root = dataset("pairs")
    for path in root.rglob("noisy/*.png"):
        picture = load(path.parent.parent / "clean" / path.name)
        save(path, picture.reshape(64, 2, 64, 2, 3).mean(axis=(1, 3)))
    assert [one.kind for one in check(root).findings] == []


def test_pairs_of_blur_are_neither_swapped_nor_of_correlated_noise(dataset: Dataset) -> None:
    root = dataset("pairs")
    for seed, path in enumerate(sorted(root.rglob("clean/*.png"))):
        blurred = gaussian_filter(load(path), (2, 2, 0))
        save(path.parent.parent / "noisy" / path.name, noise(blurred, 2, seed))
    assert [one.kind for one in check(root).findings] == []


def test_one_clean_picture_may_have_several_degraded_ones(dataset: Dataset) -> None:
    root = dataset("pairs")
    shutil.copy(root / "train" / "clean" / "image03.png", root / "train" / "clean" / "again.png")
    save(root / "train" / "noisy" / "again.png", noise(load(root / "train" / "clean" / "image03.png"), 10, seed=99))
    assert check(root).findings == ()
    shutil.copy(root / "train" / "noisy" / "image03.png", root / "train" / "noisy" / "again.png")
    assert [one.kind for one in check(root).findings] == ["duplicate"]


def test_the_splits_of_a_recipe_are_those_of_training_validation_and_its_benchmarks() -> None:
    plain = {"model": "m", "restorer": {"id": "cnn/dncnn"}, "training": {"budget": {"steps": 1}}}
    pairs = {
        **plain,
        "data": {"root": "x", "degraded": "noisy", "clean": "clean"},
        "benchmarks": [
            {"name": "a", "degraded": "test/noisy", "clean": "test/clean", "metrics": ["metrics/psnr"]},
            {"name": "b", "degraded": "elsewhere", "metrics": ["metrics/sure"]},
        ],
    }
    assert splits_of(Recipe.model_validate(pairs)) == ("train", "validation", "test")
    noise = {"id": "degradations/gaussian-noise"}
    clean = {
        **plain,
        "degrader": noise,
        "data": {"root": "x", "validation": ""},
        "benchmarks": [{"name": "a", "clean": "judged", "degrader": noise, "metrics": ["metrics/psnr"]}],
    }
    assert splits_of(Recipe.model_validate(clean)) == ("train", "judged")


def test_brightness_that_a_recipe_fits_is_no_finding(dataset: Dataset) -> None:
    root = dataset("pairs")
    for seed, path in enumerate(sorted((root / "train" / "clean").iterdir())):
        save(root / "train" / "noisy" / path.name, noise(0.7 * load(path), 10, seed))
    plain = check(root)
    assert {one.kind for one in plain.findings} == {"brightness"}
    assert len(plain.findings) == 12
    assert plain.findings[0].figures["factor"] == pytest.approx(0.7, abs=0.02)
    assert check(root, Layout(degraded="noisy", clean="clean", match="affine")).findings == ()


def test_a_quick_check_decodes_a_sample_and_still_sees_names_headers_and_facts(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = dataset("pairs")
    monkeypatch.setattr(checking, "SAMPLE", 2)
    chosen = {image.name for image in checking._sample(checking.list_images(root, recognise(root), ("train",)))}
    others = sorted(path for path in (root / "train" / "noisy").iterdir() if path.stem not in chosen)
    empty, deep, alone, known, unseen = others[:5]
    empty.write_bytes(b"")
    save(deep, load(deep), peak=65535)
    (root / "train" / "clean" / alone.name).unlink()
    for path in (root / "train" / "noisy").iterdir():
        path.with_suffix(".json").write_text('{"sigma": 0.04}')
    known.with_suffix(".json").write_text('{"sigma": 30}')
    alone.with_suffix(".json").unlink()
    save(unseen, np.full((128, 128, 3), 0.3, np.float32))
    decoded = []
    original = checking.look_at
    monkeypatch.setattr(
        checking, "look_at", lambda path, *args, **more: decoded.append(path) or original(path, *args, **more)
    )
    report = check(root, quick=True)
    assert {(one.kind, Path(one.path).stem) for one in report.findings} == {
        ("damaged", empty.stem),
        ("odd-depth", deep.stem),
        ("missing-partner", alone.stem),
        ("sidecar-range", known.stem),
    }
    assert len(decoded) == 3 * 2 * 2
    assert ("constant", unseen.stem) in {(one.kind, Path(one.path).stem) for one in check(root).findings}


def test_a_quick_check_finds_copies_between_splits(dataset: Dataset) -> None:
    root = dataset("pairs")
    for side in ("clean", "noisy"):
        shutil.copy(root / "train" / side / "image03.png", root / "test" / side / "image01.png")
        shutil.copy(root / "train" / side / "image04.png", root / "train" / side / "image05.png")
    report = check(root, quick=True)
    assert [(one.kind, one.path) for one in report.findings] == [("same-picture", "test/clean/image01.png")]
    assert report.findings[0].others == ("train/clean/image03.png",)


def test_a_report_with_errors_refuses_and_names_the_first_and_the_number_of_others(dataset: Dataset) -> None:
    root = dataset("pairs")
    check(root, quick=True).refuse()
    for number in (3, 5, 7):
        (root / "train" / "clean" / f"image{number:02d}.png").unlink()
    report = check(root, quick=True)
    with pytest.raises(
        DataError, match=r"image03\.png: has no clean picture image03; .* \(2 more errors: burnish data check"
    ):
        report.refuse()


def test_warnings_refuse_nothing(dataset: Dataset) -> None:
    root = dataset("clean")
    shutil.rmtree(root / "validation")
    report = check(root)
    assert [one.kind for one in report.warnings] == ["missing-split"]
    report.refuse()


def test_the_report_is_json_and_names_every_finding(dataset: Dataset) -> None:
    root = dataset("pairs")
    (root / "train" / "clean" / "image03.png").unlink()
    record = json.loads(json.dumps(check(root).as_json()))
    assert record["form"] == "pairs"
    assert record["layout"] == {"degraded": "noisy", "clean": "clean"}
    assert record["pictures"] == {"train": 11, "validation": 3, "test": 3}
    assert (record["errors"], record["warnings"]) == (1, 0)
    assert record["findings"][0]["path"] == "train/noisy/image03.png"
    measured = {one["folder"]: one["measures"]["noise"]["median"] * 255 for one in record["measures"]}
    assert measured["train/noisy"] == pytest.approx(10, abs=2)
    assert measured["train/clean"] < 4


def test_lines_show_some_of_each_kind_and_count_the_others(dataset: Dataset) -> None:
    root = dataset("pairs")
    for number in range(4, 11):
        (root / "train" / "clean" / f"image{number:02d}.png").unlink()
    lines = [line for line in check(root, quick=True).lines(shown=3) if "[missing-partner]" in line]
    assert len(lines) == 4
    assert lines[-1] == "error: … and 4 more of this kind [missing-partner]"


def test_it_writes_nothing(dataset: Dataset) -> None:
    root = dataset("shots")
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    check(root)
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before


def test_the_overlap_of_two_splits_of_w2s_is_found(shared_data: Path) -> None:
    root = shared_data / "pairs" / "w2s"
    if not root.is_dir():
        pytest.skip(f"no pairs at {root}")
    from burnish.data.checking.analysis.fingerprints import fingerprint, near_pairs
    from burnish.data.checking.looking import look_at

    files = [root / "train" / "clean" / f"fov{number:03d}_c0.png" for number in (34, 35, 36)]
    files += [root / "validation" / "clean" / f"fov{number:03d}_c0.png" for number in (37, 38, 39)]
    made = [fingerprint(look_at(path, path.name, clean=True, measured=False, hashed=True).luma) for path in files]
    assert [(first, second) for first, second, _ in near_pairs([one for one in made if one is not None])] == [(2, 3)]
