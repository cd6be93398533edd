"""Every kind of fault is found in a dataset that has it, in the file that has it, and nothing else is found there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from burnish.data.checking import KINDS, Layout, Report, check
from picture_files import load, noise, save
from PIL import Image
from scipy.ndimage import gaussian_filter
from scipy.ndimage import shift as moved

Found = set[tuple[str, str]]


@dataclass(frozen=True)
class Case:
    """One way of being wrong."""

    kind: str
    form: str
    spoil: Callable[[Path], str]
    """Spoils the dataset and returns the path that must be named."""
    layout: Layout | None = None

    def __str__(self) -> str:
        return f"{self.kind}: {self.spoil.__name__.strip('_')}"


CASES: list[Case] = []
NAME = "train/noisy/image03.png"
CLEAN = "train/clean/image03.png"
SCENE = "train/noisy/scenetrain3"


def case(
    kind: str, form: str, layout: Layout | None = None
) -> Callable[[Callable[[Path], str]], Callable[[Path], str]]:
    def add(spoil: Callable[[Path], str]) -> Callable[[Path], str]:
        CASES.append(Case(kind, form, spoil, layout))
        return spoil

    return add


def found(report: Report) -> Found:
    return {(one.kind, one.path) for one in report.findings}


@case("missing-folder", "pairs", Layout(degraded="noisy", clean="clean"))
def _a_typing_error_in_a_folders_name(root: Path) -> str:
    (root / "train" / "clean").rename(root / "train" / "claen")
    return "train/clean"


@case("missing-folder", "clean")
def _no_folder_of_training(root: Path) -> str:
    (root / "train").rename(root / "training")
    return "train"


@case("missing-split", "pairs")
def _no_validation(root: Path) -> str:
    shutil.rmtree(root / "validation")
    return "validation"


@case("empty-folder", "clean")
def _a_split_without_pictures(root: Path) -> str:
    shutil.rmtree(root / "test")
    (root / "test").mkdir()
    return "test"


@case("missing-partner", "pairs")
def _a_degraded_picture_without_clean_one(root: Path) -> str:
    (root / CLEAN).unlink()
    return NAME


@case("missing-partner", "pairs")
def _a_clean_picture_without_degraded_one(root: Path) -> str:
    (root / NAME).unlink()
    return CLEAN


@case("same-name", "pairs")
def _a_png_beside_a_bmp_of_the_same_name(root: Path) -> str:
    Image.open(root / NAME).save(root / NAME.replace(".png", ".bmp"))
    return NAME


@case("dead-link", "noisy")
def _a_link_to_nothing(root: Path) -> str:
    (root / "train" / "noisy" / "zz.png").symlink_to("gone.png")
    return "train/noisy/zz.png"


@case("other-file", "noisy")
def _a_raw_photograph_that_is_not_read(root: Path) -> str:
    (root / "train" / "noisy" / "photo.CR2").write_bytes(b"II*\x00")
    return "train/noisy/photo.CR2"


@case("stray-picture", "pairs")
def _a_picture_beside_the_folders(root: Path) -> str:
    shutil.copy(root / NAME, root / "train" / "extra.png")
    return "train/extra.png"


@case("damaged", "pairs")
def _a_file_cut_short(root: Path) -> str:
    whole = (root / NAME).read_bytes()
    (root / NAME).write_bytes(whole[: len(whole) // 2])
    return NAME


@case("damaged", "noisy")
def _an_empty_file(root: Path) -> str:
    (root / NAME).write_bytes(b"")
    return NAME


@case("wrong-suffix", "noisy")
def _a_jpeg_called_png(root: Path) -> str:
    Image.open(root / NAME).save(root / NAME, "JPEG", quality=95)
    return NAME


@case("no-data", "clean")
def _a_float_picture_with_nan(root: Path) -> str:
    import tifffile

    for path in sorted((root / "train").iterdir()):
        tifffile.imwrite(path.with_suffix(".tif"), load(path), photometric="rgb")
        path.unlink()
    hole = tifffile.imread(root / "train" / "image03.tif")
    hole[5, 5] = np.nan
    tifffile.imwrite(root / "train" / "image03.tif", hole, photometric="rgb")
    return "train/image03.tif"


@case("transparent", "clean")
def _a_picture_with_holes(root: Path) -> str:
    picture = Image.open(root / "train" / "image03.png").convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    picture.save(root / "train" / "image03.png")
    return "train/image03.png"


@case("constant", "clean")
def _one_constant_picture(root: Path) -> str:
    save(root / "train" / "image03.png", np.full((128, 128, 3), 0.4, np.float32))
    return "train/image03.png"


@case("constant", "pairs")
def _a_constant_clean_side(root: Path) -> str:
    save(root / CLEAN, np.full((128, 128, 3), 0.4, np.float32))
    return CLEAN


@case("black", "noisy")
def _a_picture_with_the_lid_on(root: Path) -> str:
    save(root / NAME, np.random.default_rng(0).integers(0, 2, (128, 128, 3)) / np.float32(255))
    return NAME


@case("clipped", "clean")
def _an_overexposed_picture(root: Path) -> str:
    picture = load(root / "train" / "image03.png")
    save(root / "train" / "image03.png", picture / np.quantile(picture, 0.7))
    return "train/image03.png"


@case("tiny", "clean")
def _a_stamp(root: Path) -> str:
    (root / "train" / "image03.png").unlink()
    save(root / "train" / "image03.png", load(root / "train" / "image02.png")[40:70, 40:70] * 0.5)
    for number in range(4, 12):  # no size is the rule
        path = root / "train" / f"image{number:02d}.png"
        save(path, load(path)[number:])
    return "train/image03.png"


@case("faint", "noisy")
def _ten_bits_in_sixteen(root: Path) -> str:
    for path in sorted((root / "train" / "noisy").iterdir()):
        save(path, load(path), peak=65535)
    save(root / NAME, load(root / "test" / "noisy" / "image01.png")[::-1] / 64, peak=65535)
    return NAME


@case("odd-depth", "clean")
def _one_16_bit_file_among_8_bit_ones(root: Path) -> str:
    path = root / "train" / "image03.png"
    save(path, load(path), peak=65535)
    return "train/image03.png"


@case("odd-channels", "clean")
def _colour_among_grey(root: Path) -> str:
    for path in sorted(root.rglob("*.png")):
        if path.name != "image03.png":
            Image.open(path).convert("L").save(path)
    return "train/image03.png"


@case("odd-size", "clean")
def _one_picture_of_another_size(root: Path) -> str:
    path = root / "train" / "image03.png"
    save(path, load(path)[:100, :90])
    return "train/image03.png"


@case("odd-noise", "clean")
def _one_shot_in_the_dark(root: Path) -> str:
    path = root / "train" / "image03.png"
    save(path, noise(load(path), 30))
    return "train/image03.png"


@case("noisy-clean", "clean")
def _clean_pictures_that_are_noisy(root: Path) -> str:
    for seed, path in enumerate(sorted((root / "train").iterdir())):
        save(path, noise(load(path), 15, seed))
    return "train"


@case("lossy-clean", "clean")
def _a_clean_picture_from_the_web(root: Path) -> str:
    path = root / "train" / "image03.png"
    Image.open(path).save(path.with_suffix(".jpg"), quality=30)
    path.unlink()
    return "train/image03.jpg"


@case("size-mismatch", "pairs")
def _a_clean_picture_cut_otherwise(root: Path) -> str:
    save(root / CLEAN, load(root / CLEAN)[:, :100])
    return NAME


@case("odd-scale", "pairs")
def _one_pair_for_super_resolution(root: Path) -> str:
    save(root / NAME, cv2.resize(load(root / NAME), (64, 64), interpolation=cv2.INTER_AREA))
    return NAME


@case("channel-mismatch", "pairs")
def _a_grey_picture_of_a_colour_one(root: Path) -> str:
    for path in [*(root / "train" / "noisy").iterdir()]:
        Image.open(path).convert("L").save(path)
    for path in [*(root / "train" / "clean").iterdir()]:
        if path.name != "image03.png":
            Image.open(path).convert("L").save(path)
    return NAME


@case("identical-pair", "pairs")
def _the_clean_picture_twice(root: Path) -> str:
    shutil.copy(root / CLEAN, root / NAME)
    return NAME


@case("other-scene", "pairs")
def _the_partner_of_another(root: Path) -> str:
    other = root / "train" / "noisy" / "image04.png"
    save(root / NAME, noise(load(root / "train" / "clean" / "image04.png"), 10, seed=77))
    assert other.is_file()
    return NAME


@case("shifted", "pairs")
def _a_pair_out_of_register(root: Path) -> str:
    picture = load(root / CLEAN)
    save(root / NAME, noise(moved(picture, (2.5, -3.0, 0), mode="nearest"), 10))
    return NAME


@case("slight-shift", "pairs")
def _a_pair_out_of_register_by_less_than_a_pixel(root: Path) -> str:
    picture = load(root / CLEAN)
    save(root / NAME, noise(moved(picture, (0.0, 0.5, 0), mode="nearest"), 10))
    return NAME


@case("blur-shift", "pairs")
def _a_blur_off_its_centre(root: Path) -> str:
    blurred = gaussian_filter(load(root / CLEAN), (2.5, 2.5, 0))
    save(root / NAME, noise(moved(blurred, (2.0, -1.0, 0), mode="nearest"), 3))
    return NAME


@case("brightness", "pairs")
def _a_darker_picture(root: Path) -> str:
    save(root / NAME, noise(0.7 * load(root / CLEAN) + 0.02, 10))
    return NAME


@case("tone-curve", "pairs")
def _a_picture_under_another_curve(root: Path) -> str:
    clean = load(root / CLEAN)
    bent = clean + 0.5 * (clean - clean.mean()) ** 2 * np.sign(clean - clean.mean())
    straight = np.polyfit(clean.ravel(), np.square(bent).ravel(), 1)
    save(root / NAME, noise(((np.square(bent) - straight[1]) / straight[0]), 5))
    return NAME


@case("swapped-folders", "pairs")
def _folders_that_are_swapped(root: Path) -> str:
    for split in ("train", "validation", "test"):
        if split == "train":
            (root / split / "clean").rename(root / split / "x")
            (root / split / "noisy").rename(root / split / "clean")
            (root / split / "x").rename(root / split / "noisy")
    return "train/clean"


@case("swapped-pair", "pairs")
def _files_that_are_swapped(root: Path) -> str:
    (root / CLEAN).rename(root / "x.png")
    (root / NAME).rename(root / CLEAN)
    (root / "x.png").rename(root / NAME)
    return CLEAN


@case("one-shot", "shots")
def _a_scene_with_one_shot(root: Path) -> str:
    for shot in (0, 1):
        (root / SCENE / f"{shot}.png").unlink()
    return SCENE


@case("two-shots", "shots")
def _two_shots_everywhere(root: Path) -> str:
    for path in (root / "train").rglob("2.png"):
        path.unlink()
    return "train/noisy"


@case("shot-size", "shots")
def _a_shot_of_another_size(root: Path) -> str:
    save(root / SCENE / "1.png", load(root / SCENE / "1.png")[:90])
    return f"{SCENE}/1.png"


@case("repeated-shot", "shots")
def _the_same_shot_twice(root: Path) -> str:
    shutil.copy(root / SCENE / "0.png", root / SCENE / "2.png")
    return f"{SCENE}/2.png"


@case("other-shot", "shots")
def _a_shot_of_another_scene(root: Path) -> str:
    other = load(root / "train" / "noisy" / "scenetrain4" / "0.png")
    here = load(root / SCENE / "0.png")
    save(root / SCENE / "2.png", noise(other - other.mean() + here.mean(), 10, seed=9))
    return f"{SCENE}/2.png"


@case("shifted-shot", "shots")
def _a_shaken_shot(root: Path) -> str:
    path = root / SCENE / "2.png"
    save(path, moved(load(path), (3, 2, 0), order=0, mode="mirror"))
    return f"{SCENE}/2.png"


@case("slight-shot-shift", "shots")
def _a_shot_that_drifted(root: Path) -> str:
    path = root / SCENE / "2.png"
    clean = np.mean([load(root / SCENE / f"{shot}.png") for shot in range(3)], axis=0)
    save(path, noise(moved(clean, (0.6, 0.0, 0), mode="nearest"), 20, seed=5))
    return f"{SCENE}/2.png"


@case("shot-brightness", "shots")
def _a_shot_under_another_light(root: Path) -> str:
    path = root / SCENE / "2.png"
    save(path, 0.9 * load(path))
    return f"{SCENE}/2.png"


@case("same-picture", "clean")
def _a_test_picture_in_training(root: Path) -> str:
    shutil.copy(root / "train" / "image03.png", root / "test" / "image01.png")
    return "test/image01.png"


@case("similar-picture", "clean")
def _a_crop_of_a_training_picture_in_the_test(root: Path) -> str:
    save(root / "test" / "image01.png", noise(0.9 * load(root / "train" / "image03.png")[3:, :-4], 3))
    return "test/image01.png"


@case("leaked-scene", "shots")
def _further_shots_of_a_scene_in_the_test(root: Path) -> str:
    leaked = root / "test" / "noisy" / "scenetrain3"
    for shot in range(3):
        picture = np.mean([load(root / SCENE / f"{other}.png") for other in range(3)], axis=0)
        save(leaked / f"{shot}.png", noise(picture, 20, seed=shot))
    return "test/noisy/scenetrain3"


@case("scene-names", "clean")
def _names_of_one_scene_in_two_splits(root: Path) -> str:
    for split in ("train", "validation", "test"):
        for path in sorted((root / split).iterdir()):
            number = int(path.stem[-2:])
            path.rename(path.with_name(f"{split}{number // 3}_{number}.png"))
    (root / "test" / "test0_1.png").rename(root / "test" / "train1_9.png")
    return "test/train1_9.png"


@case("duplicate", "clean")
def _the_same_picture_twice_in_a_split(root: Path) -> str:
    shutil.copy(root / "train" / "image03.png", root / "train" / "image05.png")
    return "train/image05.png"


@case("few-pictures", "clean")
def _a_single_test_picture(root: Path) -> str:
    for number in (0, 1):
        (root / "test" / f"image{number:02d}.png").unlink()
    return "test"


def known(root: Path, value: object) -> str:
    """Known facts beside every picture of training, those of one as given."""
    for path in (root / "train" / "noisy").glob("*.png"):
        path.with_suffix(".json").write_text(json.dumps({"sigma": 25 / 255}))
    file = (root / NAME).with_suffix(".json")
    file.write_text(value if isinstance(value, str) else json.dumps(value))
    return NAME.replace(".png", ".json")


@case("sidecar-damaged", "noisy")
def _known_facts_that_are_no_json(root: Path) -> str:
    return known(root, "sigma: 0.1")


@case("sidecar-key", "noisy")
def _a_typing_error_in_a_key(root: Path) -> str:
    return known(root, {"sigma": 25 / 255, "readnoise": 0.01})


@case("sidecar-range", "noisy")
def _a_sigma_of_255_levels(root: Path) -> str:
    return known(root, {"sigma": 25})


@case("sidecar-range", "noisy")
def _an_exposure_of_no_time(root: Path) -> str:
    return known(root, {"sigma": 25 / 255, "exposure": 0})


@case("sidecar-range", "shots")
def _known_facts_of_a_scene_out_of_range(root: Path) -> str:
    for scene in (root / "train" / "noisy").iterdir():
        scene.with_suffix(".json").write_text('{"sigma": 0.078}')
    (root / f"{SCENE}.json").write_text('{"sigma": -1}')
    return f"{SCENE}.json"


@case("sidecar-alone", "noisy")
def _known_facts_of_a_picture_that_is_gone(root: Path) -> str:
    (root / "train" / "noisy" / "gone.json").write_text('{"sigma": 0.1}')
    return "train/noisy/gone.json"


@case("some-known", "noisy")
def _known_facts_of_some_pictures(root: Path) -> str:
    known(root, {"sigma": 25 / 255})
    (root / NAME).with_suffix(".json").unlink()
    return NAME


@case("sigma-mismatch", "noisy")
def _a_stated_sigma_far_from_the_measured_one(root: Path) -> str:
    return known(root, {"sigma": 100 / 255})


def kernel(root: Path, values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    file = (root / NAME).with_name("image03.kernel.npy")
    np.save(file, values)
    return file.relative_to(root).as_posix()


@case("kernel-damaged", "pairs")
def _a_kernel_of_even_sides(root: Path) -> str:
    return kernel(root, np.ones((4, 4)))


@case("kernel-damaged", "pairs")
def _a_negative_kernel(root: Path) -> str:
    return kernel(root, -np.ones((5, 5)))


@case("kernel-large", "pairs")
def _a_kernel_larger_than_its_picture(root: Path) -> str:
    return kernel(root, np.ones((129, 129)))


@case("kernel-off-centre", "pairs")
def _a_kernel_off_its_centre(root: Path) -> str:
    values = np.zeros((15, 15))
    values[2, 3] = 1.0
    return kernel(root, values)


@case("correlated-noise", "pairs")
def _noise_that_went_through_a_demosaicking(root: Path) -> str:
    rng = np.random.default_rng(0)
    for path in (root / "train" / "clean").iterdir():
        picture = load(path)
        grain = gaussian_filter(rng.normal(0, 1, picture.shape), (1, 1, 0))
        save(root / "train" / "noisy" / path.name, picture + 10 / 255 * grain / grain.std())
    return "train/noisy"


@case("correlated-noise", "noisy")
def _single_pictures_with_such_noise(root: Path) -> str:
    rng = np.random.default_rng(0)
    for path in (root / "train" / "noisy").iterdir():
        grain = gaussian_filter(rng.normal(0, 1, (128, 128, 3)), (1, 1, 0))
        smooth = gaussian_filter(load(path), (2, 2, 0))
        save(path, smooth + 15 / 255 * grain / grain.std())
    return "train/noisy"


@case("noise-free", "shots")
def _shots_without_noise(root: Path) -> str:
    for path in (root / "train").rglob("*.png"):
        steps = np.linspace(0.2, 0.8, 128, dtype=np.float32)
        flat = np.full((128, 128, 3), 0.3, np.float32)
        number = int(path.parent.name.removeprefix("scenetrain"))
        flat[10 + 8 * number :, : 20 + 5 * number] = steps[None, : 20 + 5 * number, None]
        flat[40:60, 60 + 4 * number :] = 0.7
        flat[int(path.stem), 0] = 0.5
        save(path, flat)
    return "train/noisy"


@pytest.mark.parametrize("form", ["clean", "pairs", "noisy", "shots"])
def test_a_good_dataset_has_no_findings(good: Path, form: str) -> None:
    report = check(good / form)
    assert found(report) == set()
    assert report.layout.form == form
    assert report.pictures == {"train": 12, "validation": 3, "test": 3}


@pytest.mark.parametrize("one", CASES, ids=str)
def test_a_fault_is_found_where_it_is_and_nothing_else(one: Case, dataset: Callable[[str], Path]) -> None:
    root = dataset(one.form)
    path = one.spoil(root)
    report = check(root, one.layout)
    assert found(report) == {(one.kind, path)}
    (finding,) = report.findings
    assert finding.mend
    assert finding.severity == KINDS[one.kind].severity


def test_every_kind_has_a_case() -> None:
    assert {one.kind for one in CASES} == set(KINDS)
    assert len(KINDS) >= 25


def test_the_manual_lists_every_kind_with_its_severity() -> None:
    manual = (Path(__file__).parents[4] / "docs" / "data.md").read_text(encoding="utf-8")
    for id, kind in KINDS.items():
        assert f"| `{id}` | {kind.severity} | {kind.title} |" in manual
