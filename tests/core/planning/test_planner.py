"""Pictures are restored by what fits them, and stay as they are where nothing is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import burnish
import cv2
import numpy as np
import pytest
from burnish.cli import main as cli
from burnish.errors import UsageError
from burnish.inference import load_restorer, restore_picture
from burnish.io import Picture, read_picture, write_picture
from burnish.planning import Plan, Planner
from burnish.planning.files import restore_planned

pytest.importorskip("burnish_cnn")


@pytest.fixture(scope="module")
def clean(shared_data: Path) -> Picture:
    whole = read_picture(shared_data / "test/Kodak/kodim02.png")
    return Picture(pixels=np.ascontiguousarray(whole.pixels[:256, :256]))


@pytest.fixture(scope="module")
def noisy(clean: Picture) -> Picture:
    made = burnish.degrade(clean, "degradations/gaussian-noise", sigma=20 / 255)
    assert isinstance(made, Picture)
    return made


@pytest.fixture(scope="module")
def planner() -> Planner:
    return Planner(device="cpu")


def psnr(one: Picture, other: Picture) -> float:
    return float(-10 * np.log10(np.mean((one.pixels / 255.0 - other.pixels / 255.0) ** 2)))


def test_a_clean_picture_comes_back_as_it_is(planner: Planner, clean: Picture) -> None:
    plan = planner.plan(clean)
    assert plan.words() == "nothing to restore, unchanged"
    assert planner.restore(clean, plan).picture is clean


@pytest.fixture(scope="module")
def plan(planner: Planner, noisy: Picture) -> Plan:
    return planner.plan(noisy)


def test_white_noise_is_undone_by_what_gains_most(planner: Planner, clean: Picture, noisy: Picture, plan: Plan) -> None:
    (step,) = plan.steps
    assert step.task == "denoise"
    assert step.conditions["sigma"] == pytest.approx(20 / 255, rel=0.1)
    assert psnr(planner.restore(noisy, plan).picture, clean) > psnr(noisy, clean) + 8.0


def test_jpeg_of_grey_pictures_is_undone_by_weights_that_learned_its_quality(planner: Planner, clean: Picture) -> None:
    grey = Picture(pixels=clean.pixels[:, :, 1:2].copy())
    coded = burnish.degrade(grey, "degradations/jpeg", quality=20)
    assert isinstance(coded, Picture)
    (step,) = planner.plan(coded).steps
    assert (step.task, step.fault) == ("dejpeg", "JPEG of quality 20")
    assert psnr(planner.restore(coded, Plan(steps=(step,))).picture, grey) > psnr(coded, grey) + 0.7


@pytest.mark.parametrize("curve", ["srgb", "linear"])
def test_a_straight_shake_of_light_or_of_stored_values_is_undone_by_a_restorer_that_knows_when_it_fails(
    planner: Planner, shared_data: Path, curve: str
) -> None:
    pytest.importorskip("burnish_deconvolution")
    whole = read_picture(shared_data / "test/Kodak/kodim03.png")
    clean = Picture(pixels=np.ascontiguousarray(whole.pixels[100:356, 100:356]))
    shaken = burnish.degrade(clean, "degradations/motion-blur", length=13.0, angle=30.0, transfer=curve)
    assert isinstance(shaken, Picture)
    plan = planner.plan(shaken)
    (step,) = plan.steps
    assert (step.task, step.restorer) == ("deblur", "deconvolution/blind")
    assert "where it doubts, the picture stays" in plan.words()
    done = planner.restore(shaken, plan)
    assert not done.doubtful
    assert any("stored values" in note for note in done.notes) == (curve == "linear")
    assert psnr(done.picture, clean) > psnr(shaken, clean) + 3.0


def test_strength_is_part_of_the_way(planner: Planner, noisy: Picture, plan: Plan) -> None:
    options = burnish.RestoreOptions(strength=0.25)
    whole, part = planner.restore(noisy, plan).picture, planner.restore(noisy, plan, options).picture
    expected = noisy.pixels + 0.25 * (whole.pixels.astype(float) - noisy.pixels)
    inside = (whole.pixels > 0) & (whole.pixels < 255)
    assert np.abs(part.pixels - expected)[inside].max() <= 1.0


def test_what_may_not_be_undone_is_left(noisy: Picture) -> None:
    assert Planner(device="cpu", tasks=frozenset({"dejpeg"})).plan(noisy).steps == ()


def test_a_picture_is_enlarged_only_when_asked_and_by_the_best(clean: Picture) -> None:
    plan = Planner(device="cpu", scale=2).plan(clean)
    (step,) = plan.steps
    assert (step.task, step.restorer.partition("/")[0]) == ("super-resolve", "super-resolution")


def test_a_worn_picture_is_enlarged_in_one_step_or_in_two_whichever_is_better(shared_data: Path) -> None:
    whole = read_picture(shared_data / "test/Kodak/kodim03.png").pixels
    small = cv2.resize(whole, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    coded = cv2.imencode(".jpg", small[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 70])[1]
    worn = Picture(pixels=np.ascontiguousarray(np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR))[:, :, ::-1]))
    planner = Planner(device="cpu", scale=2)
    plan = planner.plan(worn)
    assert plan.steps[-1].task == "super-resolve" and "JPEG 70" in plan.steps[-1].evidence
    one, two = (load_restorer(f"super-resolution/edsr:{name}", device="cpu") for name in ("real-x2", "luma-x2"))
    cleaned = restore_picture(load_restorer("cnn/dncnn:dejpeg-colour", device="cpu"), worn)
    truth = Picture(pixels=whole)
    best = max(psnr(restore_picture(one, worn), truth), psnr(restore_picture(two, cleaned), truth))
    assert psnr(planner.restore(worn, plan).picture, truth) > best - 0.2


def test_a_factor_that_no_restorer_has_is_refused_with_those_that_there_are(clean: Picture) -> None:
    with pytest.raises(UsageError, match="no installed restorer makes pictures 7 times larger; they can: 2, 3, 4"):
        Planner(device="cpu", scale=7).plan(clean)


@pytest.mark.parametrize("size", [(1, 1), (5, 7)])
def test_a_picture_that_is_too_small_to_be_examined_is_enlarged_all_the_same(size: tuple[int, int]) -> None:
    planner, tiny = Planner(device="cpu", scale=2), Picture(pixels=np.full((*size, 3), 90, np.uint8))
    made = planner.restore(tiny, planner.plan(tiny)).picture
    assert made.pixels.shape == (2 * size[0], 2 * size[1], 3)


def test_a_file_of_which_nothing_is_changed_is_copied_to_the_last_byte(clean: Picture, tmp_path: Path) -> None:
    for folder in ("in", "out"):
        (tmp_path / folder).mkdir()
    write_picture(tmp_path / "in" / "good.jpg", clean, quality=95)
    (one,) = restore_planned(Planner(device="cpu"), tmp_path / "in", tmp_path / "out", quiet=True)
    assert one.plan.steps == ()
    assert (tmp_path / "out/good.jpg").read_bytes() == (tmp_path / "in/good.jpg").read_bytes()


def test_of_a_folder_one_that_fails_is_recorded_and_the_others_go_on(noisy: Picture, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write_picture(tmp_path / "in" / "noisy.png", noisy)
    (tmp_path / "in" / "bad.png").write_text("no picture")
    done = restore_planned(Planner(device="cpu"), tmp_path / "in", tmp_path / "out", quiet=True)
    assert [bool(one.restored.error) for one in done] == [True, False]
    assert [len(one.plan.steps) for one in done] == [0, 1]


def test_a_video_needs_a_restorer_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").touch()
    with pytest.raises(UsageError, match=r"clip\.mp4: is a video; name a restorer"):
        restore_planned(Planner(device="cpu"), tmp_path / "clip.mp4", tmp_path / "out.mp4")


def test_the_command_says_in_one_line_what_it_does_and_why(
    noisy: Picture, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_picture(tmp_path / "noisy.png", noisy)
    words = [str(tmp_path / "noisy.png"), str(tmp_path / "clear.png"), "--compare", str(tmp_path / "page.html")]
    assert cli.main(["restore", *words, "--device", "cpu"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{tmp_path / 'noisy.png'}: noise of σ ")
    assert "estimated on its middle" in line
    assert "noise of σ" in (tmp_path / "page.html").read_text()
    assert cli.main(["restore", *words, "--device", "cpu", "--json"]) == 0
    (record,) = json.loads(capsys.readouterr().out)["pictures"]
    assert record["steps"][0]["task"] == "denoise" and record["target"] == str(tmp_path / "clear.png")


def test_from_python_a_picture_of_any_kind_is_restored(
    noisy: Picture, clean: Picture, capsys: pytest.CaptureFixture[str]
) -> None:
    restored = burnish.restore(noisy.pixels, device="cpu")
    assert isinstance(restored, np.ndarray) and restored.dtype == np.uint8
    assert psnr(Picture(pixels=restored), clean) > psnr(noisy, clean) + 8.0
    assert capsys.readouterr().err.startswith("burnish: noise of σ ")
    assert burnish.restore(clean.pixels, device="cpu", quiet=True) is clean.pixels
    assert capsys.readouterr().err == ""
    once = burnish.restore(noisy.pixels, tasks=(task for task in ("denoise",)), device="cpu", quiet=True)  # type: ignore[misc]
    assert np.array_equal(once, restored)
    with pytest.raises(UsageError, match="'colour' is no task; give some of dejpeg, denoise"):
        burnish.restore(noisy.pixels, tasks=["colour"])  # type: ignore[list-item]


def test_the_noise_of_a_real_photograph_is_undone(planner: Planner, shared_data: Path) -> None:
    name = "NikonD800_5-6_160_6400_wall_2.jpg"
    both = (read_picture(shared_data / "pairs/polyu/test" / part / name) for part in ("noisy", "clean"))
    before, clean = (Picture(pixels=np.ascontiguousarray(one.pixels[:256, :256])) for one in both)
    plan = planner.plan(before)
    assert [step.task for step in plan.steps] == ["dejpeg", "denoise"]
    assert plan.steps[1].fault.endswith(", correlated")
    assert psnr(planner.restore(before, plan).picture, clean) > psnr(before, clean) + 1.5
