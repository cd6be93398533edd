"""Facts about what is resolved before the first step: every name, folder, picture, weight, scale and channel."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from burnish import LearnerSpec
from burnish.cli.main import main as burnish
from burnish.errors import ConfigError
from burnish.io import Picture, read_picture, write_picture
from burnish.plugins.catalog import Catalog, Entry, installed
from burnish.plugins.declarations import KINDS
from burnish.preflight import refuse, refuse_names
from burnish.recipe.document import read_recipe

RECIPE = """\
model: small
restorer:
  id: cnn/dncnn
  config: {depth: 2, features: 2, channels: 3}
degrader: {id: degradations/gaussian-noise, config: {sigma: 0.1}}
training:
  budget: {steps: 1}
  batch: 1
  patch: 16
benchmarks:
- name: noise
  clean: test
  degrader: {id: degradations/gaussian-noise, config: {sigma: 0.1}}
  metrics: [metrics/psnr, metrics/ssim]
baselines:
- id: classical/median
gates:
- id: burnish/gain
  config: {benchmark: noise, metric: psnr}
"""


REAL = """\
model: small
restorer:
  id: cnn/dncnn
  config: {depth: 2, features: 2, channels: 3}
data:
  root: real
  degraded: noisy
  clean: clean
training:
  budget: {steps: 1}
  batch: 1
  patch: 16
benchmarks:
- name: real
  clean: test/clean
  degraded: test/noisy
  metrics: [metrics/psnr]
"""
SHOTS = "  shots: shots\n"
PAIRS = "  degraded: noisy\n  clean: clean\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in ("train", "validation", "test", "small"):
        side = 8 if folder == "small" else 40
        path = tmp_path / "data" / folder / "a.png"
        path.parent.mkdir(parents=True)
        write_picture(path, Picture(pixels=np.zeros((side, side, 3), dtype=np.uint8)))
    return tmp_path


@pytest.fixture
def real(project: Path) -> Path:
    """The same with ``real``, in which every split has noisy pairs and two noisy shots of a scene of its own."""
    draw = np.random.default_rng(0)
    for split in ("train", "validation", "test"):
        coarse = draw.uniform(60, 190, (6, 6, 3)).repeat(16, 0).repeat(16, 1)
        for name in ("clean/a.png", "noisy/a.png", "shots/a/1.png", "shots/a/2.png"):
            path = project / "real" / split / name
            path.parent.mkdir(parents=True, exist_ok=True)
            noise = 0 if name.startswith("clean") else draw.normal(0, 15, coarse.shape)
            write_picture(path, Picture(pixels=(coarse + noise).round().clip(0, 255).astype(np.uint8)))
    return project


def told(project: Path, old: str, new: str, recipe: str = RECIPE) -> str:
    """What is said of the recipe with one word replaced; empty: nothing."""
    assert old in recipe
    path = project / "r.yaml"
    path.write_text(recipe.replace(old, new))
    try:
        refuse(read_recipe(path), project=project, catalog=installed(), path=path)
    except ConfigError as error:
        assert "\n" not in str(error)
        return str(error)
    return ""


def test_a_recipe_that_fits_passes(project: Path) -> None:
    assert told(project, "model: small", "model: other") == ""


def test_a_benchmark_may_degrade_estimates_again_and_one_that_cannot_is_told(project: Path) -> None:
    asked = RECIPE.replace("metrics/ssim]", "metrics/consistency]")
    assert told(project, "steps: 1", "steps: 2", asked) == ""
    noise, lossy = "id: degradations/gaussian-noise, config: {sigma: 0.1}", "id: degradations/jpeg"
    said = told(project, noise, lossy, asked)
    assert "metrics/consistency degrades the estimate again, and what degradations/jpeg does here" in said


def test_a_flavour_whose_library_is_missing_is_told_where_a_version_is_to_be_registered(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    path = project / "r.yaml"
    path.write_text(f"flavours: [onnx]\n{RECIPE}")
    recipe = read_recipe(path)
    with pytest.raises(ConfigError) as error:
        refuse(recipe, project=project, catalog=installed(), path=path)
    assert "1:11: flavours: onnxscript is not installed; pip install 'burnish[onnx]'" in str(error.value)
    refuse(recipe, project=project, catalog=installed(), path=path, judged=False)


@pytest.mark.parametrize(
    ("old", "new", "place", "fact"),
    [
        ("clean: test", "clean: tset", "12:10: benchmarks.0.clean", "data/tset: is missing; did you mean test?"),
        ("id: cnn/dncnn", "id: cnn/dncn", "3:7: restorer.id", "did you mean cnn/dncnn"),
        ("depth: 2", "deph: 2", "4:11: restorer.config", "did you mean depth?"),
        ("id: cnn/dncnn", "id: cnn/dncnn:grey-52", "", "ships no weights 'grey-52'"),
        ("id: cnn/dncnn", "id: cnn/dncnn:grey-25", "", "its weights have channels 1 and do not match channels 3"),
        ("id: cnn/dncnn", "id: classical/nlm", "", "nothing to train"),
        ("metrics/ssim]", "metrics/ssmi]", "14:27: benchmarks.0.metrics.1", "did you mean metrics/ssim"),
        ("metrics/ssim]", "metrics/kernel-error]", "11:3: benchmarks.0", "which this benchmark does not have"),
        ("metrics/ssim]", "metrics/ssim]\n  metric_config: {metrics/ssim: {bordr: 3}}", "", "did you mean border?"),
        ("clean: test", "clean: small", "12:10: benchmarks.0.clean", "a.png, the smallest picture: metrics/ssim"),
        ("classical/median", "classical/medain", "16:7: baselines.0.id", "did you mean classical/median"),
        ("classical/median", "cnn/dncnn", "16:7: baselines.0.id", "must be trained first"),
        ("classical/median", "deconvolution/wiener", "16:3: baselines.0", "needs kernel"),
        ("classical/median", "classical/bicubic\n  config: {scale: 2}", "16:3: baselines.0", "set the same scale"),
        (
            "classical/median", "burnish/self-ensemble\n  config: {restorer: cnn/dncnn}",
            "17:11: baselines.0.config", "must be trained first",
        ),
        ("burnish/gain", "burnish/gian", "18:7: gates.0.id", "did you mean burnish/gain"),
        ("benchmark: noise", "benchmark: nosie", "18:3: gates.0", "there is no benchmark 'nosie'; did you mean noise?"),
        ("metric: psnr", "metric: pnsr", "18:3: gates.0", "does not measure 'pnsr'; did you mean psnr?"),
        ("model: small", "model: small\ndata: {validation: validaton}", "2:20: data.validation", "validation?"),
        ("model: small", "model: small\ndata: {train: trian}", "2:15: data.train", "did you mean train?"),
        ("sigma: 0.1}}\ntraining", "sigma: 7}}\ntraining", "degrader.config", "sigma=7"),
        ("  degrader: {id: degradations/gaussian-noise, config: {sigma: 0.1}}", "  benchmark: metrics/nothing",
         "13:14: benchmarks.0.benchmark", "there is no benchmark"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_line_column_and_mend(project: Path, old: str, new: str, place: str, fact: str) -> None:
    said = told(project, old, new)
    assert place in said
    assert fact in said


def test_a_picture_to_be_judged_by_that_cannot_be_read_is_told(project: Path) -> None:
    (project / "data" / "test" / "b.png").write_bytes(b"no picture")
    assert "b.png: is neither PNG nor another supported picture" in told(project, "model: small", "model: other")


def test_all_faults_are_told_at_once(project: Path) -> None:
    path = project / "r.yaml"
    path.write_text(
        RECIPE.replace("cnn/dncnn", "cnn/dncn").replace("median", "medain").replace("metric: psnr", "metric: x")
    )
    with pytest.raises(ConfigError) as error:
        refuse_names(read_recipe(path), installed(), path)
    assert str(error.value).index("3:7: ") < str(error.value).index("16:7: ") < str(error.value).index("18:3: ")


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("classical/median", "classical/medain", "16:7: baselines.0.id: there is no restorer"),
        ("burnish/gain", "burnish/gian", "18:7: gates.0.id: there is no gate"),
        ("metric: psnr", "metrc: psnr", "19:11: gates.0.config: burnish/gain has no setting 'metrc'"),
        ("metrics/ssim]", "metrics/ssmi]", "14:27: benchmarks.0.metrics.1: there is no metric"),
        ("  metrics: [", "  benchmark: no/thing\n  metrics: [", "benchmarks.0.benchmark: there is no benchmark"),
    ],
)
def test_a_fault_is_told_once(project: Path, old: str, new: str, place: str) -> None:
    said = told(project, old, new)
    assert place in said
    assert len(re.findall(r"\d+:\d+: ", said)) == 1


def test_train_refuses_before_anything_is_written(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    (project / "r.yaml").write_text(RECIPE.replace("benchmark: noise", "benchmark: nosie"))
    assert burnish(["train", "r.yaml", "--out", "bundle", "--device", "cpu", "--quiet"]) == 1
    assert "did you mean noise?" in capsys.readouterr().err
    assert sorted(path.name for path in project.iterdir()) == ["data", "r.yaml"]


def test_a_plugin_s_own_fault_is_told_as_such(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object, **__: object) -> Callable[..., None]:
        raise RuntimeError("no luck")

    monkeypatch.setattr("burnish.evaluation.benchmarks.degraded_inputs.read_clean", breaks)
    assert "benchmarks.0.clean: RuntimeError: no luck" in told(project, "model: small", "model: other")


def told_of_real(project: Path, old: str, new: str) -> str:
    return told(project, old, new, REAL)


def test_a_recipe_of_real_pairs_that_fits_passes(real: Path) -> None:
    assert told_of_real(real, "model: small", "model: other") == ""
    assert told_of_real(real, "  patch: 16", "  patch: 16\n  learner: {id: burnish/supervised}") == ""


@pytest.mark.parametrize(
    ("old", "new", "place", "fact"),
    [
        (
            "  degraded: noisy\n",
            "  degraded: nosiy\n",
            "7:13: data.degraded",
            "train/nosiy: is missing; did you mean noisy?",
        ),
        ("  clean: clean\n", "  clean: claen\n", "8:10: data.clean", "train/claen: is missing; did you mean clean?"),
        ("degraded: test/noisy", "degraded: test/nosiy", "16:13: benchmarks.0.degraded", "did you mean noisy?"),
        ("clean: test/clean", "clean: tset/clean", "15:10: benchmarks.0.clean", "tset/clean: is missing"),
        (
            "  clean: test/clean\n  degraded: test/noisy",
            "  shots: test/shot",
            "15:10: benchmarks.0.shots",
            "did you mean shots?",
        ),
        (
            "  patch: 16",
            "  patch: 16\n  learner: {id: burnish/supervise}",
            "13:17: training.learner.id",
            "did you mean burnish/supervised",
        ),
        (
            "  patch: 16",
            "  patch: 16\n  learner: {id: burnish/supervised, config: {masks: 1}}",
            "training.learner.config",
            "has no setting 'masks'",
        ),
        (PAIRS, SHOTS, "training.learner", "the data hold no clean pictures to compare with; give training.learner"),
        (PAIRS, "  degraded: noisy\n", "training.learner", "the data hold no clean pictures to compare with"),
    ],
)
def test_a_fault_of_real_data_is_told_once_with_line_column_and_mend(
    real: Path, old: str, new: str, place: str, fact: str
) -> None:
    said = told_of_real(real, old, new)
    assert place in said
    assert fact in said
    assert said.count(fact) == 1
    assert len(re.findall(r"\d+:\d+: ", said)) == 1


def test_a_learner_that_cannot_learn_from_the_data_is_told_without_a_look_at_them(real: Path) -> None:
    path = real / "r.yaml"
    path.write_text(REAL.replace(PAIRS, SHOTS).replace("patch: 16", "patch: 16\n  learner: {id: burnish/supervised}"))
    with pytest.raises(
        ConfigError, match=r"training\.learner: burnish/supervised needs clean pictures to compare with"
    ):
        refuse_names(read_recipe(path), installed(), path)


def test_a_picture_without_a_partner_is_told_before_the_training(real: Path) -> None:
    (real / "real" / "train" / "noisy" / "a.png").rename(real / "real" / "train" / "noisy" / "b.png")
    said = told_of_real(real, "model: small", "model: other")
    assert re.search(r"6:3: data: .*real/train/(noisy/b|clean/a)\.png: has no ", said)


def test_a_missing_folder_of_both_splits_is_told_once(real: Path) -> None:
    said = told_of_real(real, "  degraded: noisy\n", "  degraded: nosiy\n  validation: validation\n")
    assert said.count("data.degraded") == said.count("nosiy") == 1


def test_noise_that_a_restorer_needs_and_no_file_says_is_told_before_the_training(real: Path) -> None:
    said = told_of_real(real, "id: cnn/dncnn\n  config: {depth: 2, features: 2, channels: 3}", "id: cnn/ffdnet")
    assert "cnn/ffdnet needs sigma, but no file beside" in said
    assert "write it into a.json" in said


def test_a_missing_folder_of_shots_is_told(real: Path) -> None:
    learner = LearnerSpec(name="any", factory="burnish.training.learner:SupervisedLearner", summary="s", needs="noisy")
    known = [entry for kind in KINDS for entry in installed().entries(kind).values()]
    catalog = Catalog([*known, Entry(id="tiny/any", spec=learner, distribution="burnish-tiny", version="1.0")])
    text = REAL.replace("patch: 16", "patch: 16\n  learner: {id: tiny/any}")
    path = real / "r.yaml"
    for folder, fault in (
        ("shots", ""),
        ("shotss", r"7:10: data\.shots: .*train/shotss: is missing; did you mean shots\?"),
    ):
        path.write_text(text.replace(PAIRS, f"  shots: {folder}\n"))
        with pytest.raises(ConfigError, match=fault) if fault else nullcontext():
            refuse(read_recipe(path), project=real, catalog=catalog, path=path)


def pairs(project: Path, *, correlated: bool = False) -> str:
    """A recipe of noisy pictures alone and its data, four of each split."""
    draw = np.random.default_rng(0)
    for split in ("train", "validation"):
        for number in range(4):
            noise = draw.normal(size=(96, 96, 1))
            if correlated:
                noise = (noise + np.roll(noise, 1, axis=0) + np.roll(noise, 1, axis=1) + np.roll(noise, 1, (0, 1))) / 2
            pixels = (120 + 12 * number + 20 * noise).clip(0, 255).astype(np.uint8)
            path = project / "real" / split / "noisy" / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_picture(path, Picture(pixels=pixels))
    return """\
model: small
restorer: {id: cnn/dncnn, config: {depth: 2, features: 2, channels: 1}}
data: {root: real, degraded: noisy}
training: {budget: {steps: 1}, batch: 1, patch: 16, learner: {id: self-supervised/noise2void}}
"""


def refused(project: Path, text: str) -> str:
    path = project / "r.yaml"
    path.write_text(text)
    try:
        refuse(read_recipe(path), project=project, catalog=installed(), path=path)
    except ConfigError as error:
        return str(error)
    return ""


def test_real_data_are_checked_before_they_are_trained_on(project: Path) -> None:
    text = pairs(project)
    assert refused(project, text) == ""
    (project / "real/train/noisy/2.png").write_bytes(b"")
    assert re.search(r"real/train/noisy/2\.png: is empty; get a complete copy", refused(project, text))


def test_a_picture_that_training_has_seen_is_refused_in_a_benchmark(project: Path) -> None:
    text = pairs(project) + "benchmarks: [{name: real, degraded: test/noisy, metrics: [metrics/niqe]}]\n"
    shutil.copytree(project / "real/validation", project / "real/test")
    again = refused(project, text)
    assert "real/test/noisy/0.png: is validation/noisy/0.png, byte by byte; remove it from one of them" in again
    for number in range(4):
        path = project / "real/test/noisy" / f"{number}.png"
        picture = read_picture(path)
        write_picture(path, Picture(pixels=picture.pixels[::-1].copy()))
    assert refused(project, text) == ""


@pytest.mark.parametrize(
    ("old", "new", "fact"),
    [
        ("degraded: noisy", "degraded: nosy", "nosy: is missing; did you mean noisy?"),
        ("noise2void", "noise2viod", "did you mean self-supervised/noise2void"),
        ("noise2void}", "noise2void, config: {radus: 3}}", "did you mean radius?"),
        ("noise2void", "noise2noise", "needs several shots of each scene"),
        (", learner: {id: self-supervised/noise2void}", "", "give training.learner, one of self-supervised/"),
    ],
)
def test_a_wrong_word_about_real_data_or_learners_is_told_before_training(
    project: Path, old: str, new: str, fact: str
) -> None:
    text = pairs(project)
    assert old in text
    assert fact in refused(project, text.replace(old, new))


def test_correlated_noise_is_a_warning_before_training(project: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert refused(project, pairs(project)) == ""
    assert "assumes correlated noise" not in caplog.text
    assert refused(project, pairs(project, correlated=True)) == ""
    assert "use a learner that assumes correlated noise" in caplog.text


ALONE = REAL.replace("  clean: test/clean\n", "") + "gates:\n- id: burnish/gain\n"


def test_a_gate_that_could_prove_nothing_by_neighbouring_pixels_is_told_before_the_training(real: Path) -> None:
    fault = "gates.0: burnish/gain would promote nothing: neighbouring pixels show other places"
    assert fault in told(real, "metrics/psnr", "metrics/upsnr", ALONE)
    accepted = ALONE + "  config: {accept_unproven: true}\n"
    assert told(real, "metrics/psnr", "metrics/upsnr", accepted) == ""
    assert told(real, "metrics/psnr", "metrics/psnr-scale-invariant", REAL) == ""


def test_a_gate_that_could_prove_nothing_by_sure_is_told_before_the_training(real: Path) -> None:
    text = ALONE.replace("  metrics: [metrics/psnr]", "  metrics: [metrics/sure]\n  noise: {read_noise: 0.06}")
    assert told(real, "model: small", "model: other", text) == ""
    draw = np.random.default_rng(0)
    noise = draw.normal(0, 40, (97, 97, 1))
    alike = (noise[1:, 1:] + noise[1:, :-1] + noise[:-1, 1:] + noise[:-1, :-1]) / 2
    pixels = (120 + np.repeat(alike, 3, axis=2)).round().clip(0, 255).astype(np.uint8)
    write_picture(real / "real" / "test" / "noisy" / "a.png", Picture(pixels=pixels))
    said = told(real, "model: small", "model: other", text)
    assert "gates.0: burnish/gain would promote nothing: SURE assumes independent noise" in said
