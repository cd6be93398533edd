"""``burnish calibrate``, and the intervals that ``burnish restore`` gives by it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest
import torch
from burnish.cli.commands.calibrate import main
from burnish.cli.commands.restore import main as restore
from burnish.errors import BundleError, BurnishError, UsageError
from burnish.inference import load_bundle
from burnish.io import read_picture
from burnish.plugins.catalog import installed
from burnish.restorer.bundle import write_bundle
from burnish.uncertainty import calibration, head
from burnish.uncertainty.calibration import FILE, read


@pytest.fixture(scope="module", autouse=True)
def short() -> Iterator[None]:
    """Heads learn for a shorter time than those of users."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(head, "STEPS", 150)
        patch.setattr(head, "SEEN", 60_000)
        yield


NOISE = ["--degrader", "degradations/gaussian-noise", "--degrader-set", "sigma=0.08"]


def _draw(folder: Path, count: int, seed: int) -> Path:
    """Pictures of blocks and texture."""
    folder.mkdir()
    draw = np.random.default_rng(seed)
    for index in range(count):
        blocks = np.kron(draw.integers(40, 216, (4, 5)), np.ones((10, 10)))
        texture = draw.normal(0, draw.uniform(2, 20), (40, 50)) * (np.arange(50) > 25)
        cv2.imwrite(str(folder / f"{index}.png"), np.clip(blocks + texture, 0, 255).astype(np.uint8))
    return folder


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a median filter, which has no weights, with intervals."""
    place = tmp_path_factory.mktemp("calibrated")
    clean = _draw(place / "clean", 90, 0)
    words = ["--restorer", "classical/median", "--clean", str(clean), *NOISE, "--out", str(place / "bundle"), "--quiet"]
    assert main(words) == 0
    return place / "bundle"


def test_a_picture_is_written_with_its_interval_which_covers_what_it_promises(bundle: Path, tmp_path: Path) -> None:
    clean, covered = _draw(tmp_path / "clean", 12, 1), []
    draw = np.random.default_rng(2)
    (tmp_path / "noisy").mkdir()
    for path in clean.iterdir():
        true = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        noisy = np.clip(true + 0.08 * 255 * draw.normal(size=true.shape), 0, 255).round().astype(np.uint8)
        cv2.imwrite(str(tmp_path / "noisy" / path.name), noisy)
    words = [str(tmp_path / "noisy"), str(tmp_path / "out"), "--bundle", str(bundle), "--coverage", "0.9", "--quiet"]
    assert restore([*words, "--unsure", "20/255"]) == 0
    for path in clean.iterdir():
        parts = {"": "", "low": "-low", "high": "-high", "width": "-width", "unsure": "-unsure"}
        made = {
            name: read_picture(tmp_path / "out" / f"{path.stem}{end}.png").pixels.astype(int)
            for name, end in parts.items()
        }
        true = read_picture(path).pixels.astype(int)
        assert (made["low"] <= made[""]).all()
        assert (made[""] <= made["high"]).all()
        assert (made["width"] == made["high"] - made["low"]).all()
        assert ((made["unsure"] == 255) == (made["width"].max(axis=2, keepdims=True) > 20)).all()
        covered.append(((made["low"] <= true) & (true <= made["high"])).mean())
    assert 0.87 < np.mean(covered) < 0.98


def test_a_picture_that_is_unlike_those_of_the_calibration_is_told(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clean = next(iter(_draw(tmp_path / "clean", 1, 1).iterdir()))
    true = cv2.imread(str(clean), cv2.IMREAD_UNCHANGED)
    told = {}
    for sigma in (0.08, 0.3):
        noisy = true + sigma * 255 * np.random.default_rng(3).normal(size=true.shape)
        cv2.imwrite(str(tmp_path / f"{sigma}.png"), np.clip(noisy, 0, 255).round().astype(np.uint8))
        out = tmp_path / f"out-{sigma}.png"
        assert restore([str(tmp_path / f"{sigma}.png"), str(out), "--bundle", str(bundle), "--coverage", "0.9"]) == 0
        told[sigma] = "as wide as those of any picture of the calibration" in "".join(capsys.readouterr())
    assert told == {0.08: False, 0.3: True}


def test_its_words_tell_how_the_promise_did_on_pictures_that_had_no_part_in_it(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clean = _draw(tmp_path / "clean", 40, 3)
    bundle = Path(shutil.copytree(bundle, tmp_path / "bundle"))
    assert main(["--bundle", str(bundle), "--clean", str(clean), *NOISE, "--width", "constant", "--quiet"]) == 0
    told = capsys.readouterr().out
    assert f"{bundle}: intervals of classical/median by 40 pictures" in told
    assert "0% narrower than the same width everywhere" in told
    words = ["--bundle", str(bundle), "--clean", str(clean), *NOISE, "--confidence", "0", "--out", str(tmp_path / "on")]
    assert main([*words, "--json", "--quiet"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["learned"], record["pictures"], record["width"], record["confidence"]) == (13, 27, "head", 0.0)
    assert record["reliability"]["0.8"].keys() == {"mean", "worst", "narrower"}
    assert read(load_bundle(tmp_path / "on", device="cpu")).facts.data_hash == record["data_hash"]


def test_the_copy_of_a_bundle_keeps_its_weights_and_its_new_settings(tmp_path: Path) -> None:
    clean = _draw(tmp_path / "clean", 30, 4)
    words = ["--restorer", "cnn/ffdnet:grey", "--clean", str(clean), *NOISE, "--colour", "grey", "--quiet"]
    assert main([*words, "--width", "constant", "--out", str(tmp_path / "bundle")]) == 0
    loaded = load_bundle(tmp_path / "bundle", device="cpu")
    assert loaded.parameters > 0
    assert read(loaded).factor(0.8) > 0
    assert loaded.bundle is not None
    assert loaded.bundle.training, "what is known of the weights is kept"


def test_intervals_of_other_weights_or_settings_and_damaged_ones_are_refused(bundle: Path, tmp_path: Path) -> None:
    other = load_bundle(bundle, {"size": 5}, device="cpu")
    with pytest.raises(UsageError, match="holds intervals of other settings of classical/median"):
        read(other)
    with pytest.raises(UsageError, match=r"no calibrated intervals; burnish calibrate measures them"):
        restore([str(tmp_path), str(tmp_path / "out"), "--restorer", "classical/median", "--coverage", "0.9"])
    content = (bundle / FILE).read_bytes()
    try:
        (bundle / FILE).write_bytes(content[:100])
        with pytest.raises(BundleError, match=f"{FILE}: is not a calibration"):
            read(load_bundle(bundle, device="cpu"))
    finally:
        (bundle / FILE).write_bytes(content)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--unsure", "0.1"], "--unsure marks where an interval is wide; give --coverage as well"),
        (["--coverage", "0.9", "--strength", "0.5"], "leave --strength out"),
        (["--coverage", "1"], "is out of range"),
        (["--coverage", "0.99"], r"60 pictures are too few to promise a coverage of 0.99: that takes \d+ at least"),
    ],
)
def test_what_cannot_be_promised_is_told_before_a_picture_is_restored(
    bundle: Path, tmp_path: Path, words: list[str], reason: str
) -> None:
    cv2.imwrite(str(tmp_path / "in.png"), np.zeros((20, 24, 3), np.uint8))
    with pytest.raises(UsageError, match=reason):
        restore([str(tmp_path / "in.png"), str(tmp_path / "out.png"), "--bundle", str(bundle), *words])
    assert [path.name for path in tmp_path.iterdir()] == ["in.png"]


@pytest.mark.parametrize("words", [["--out", "{}/other"], ["--out", "{}/own", "--set", "size=5"]])
def test_a_place_that_cannot_be_written_is_told_before_anything_is_measured(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("it is measured")

    monkeypatch.setattr("burnish.evaluation.calibrated_bundle.calibrate", never)
    own = Path(shutil.copytree(bundle, tmp_path / "own"))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("dear")
    placed = [word.format(tmp_path) for word in words]
    with pytest.raises(BurnishError, match=r"is not a bundle|has other settings \(size\); give --out"):
        main(["--bundle", str(own), "--clean", str(_draw(tmp_path / "clean", 3, 0)), *NOISE, *placed])
    with pytest.raises(UsageError, match=r"has other settings \(size\); give --out"):
        main(["--bundle", str(own), "--set", "size=5", "--clean", str(tmp_path / "clean"), *NOISE])


def test_the_file_is_read_once_for_a_folder_and_again_when_it_changed(bundle: Path, tmp_path: Path) -> None:
    own = Path(shutil.copytree(bundle, tmp_path / "own"))
    _draw(tmp_path / "in", 4, 0)
    calibration._parsed.cache_clear()
    words = ["--bundle", str(own), "--coverage", "0.9", "--quiet"]
    assert restore([str(tmp_path / "in"), str(tmp_path / "out"), *words]) == 0
    assert calibration._parsed.cache_info().misses == 1
    os.utime(own / FILE, ns=(0, 0))
    read(load_bundle(own, device="cpu"))
    assert calibration._parsed.cache_info().misses == 2


def test_intervals_never_overwrite_an_output_and_are_not_jpeg(bundle: Path, tmp_path: Path) -> None:
    pictures = _draw(tmp_path / "in", 1, 0)
    (pictures / "0.png").rename(pictures / "x.png")
    words = ["--bundle", str(bundle), "--coverage", "0.9", "--quiet"]
    assert restore([str(pictures / "x.png"), str(tmp_path / "x.jpg"), *words, "--unsure", "0"]) == 0
    made = sorted(path.name for path in tmp_path.glob("x*"))
    assert made == ["x-high.png", "x-low.png", "x-unsure.png", "x-width.png", "x.jpg"]
    shutil.copy(pictures / "x.png", pictures / "x-low.png")
    with pytest.raises(UsageError, match=r"would both become x-low.png; rename one"):
        restore([str(pictures), str(tmp_path / "out"), *words])


def _film(folder: Path, count: int, seed: int, frames: int = 3) -> Path:
    """Clips of blocks and texture that slide by a pixel from frame to frame."""
    stills = _draw(folder.with_name(f"{folder.name}-stills"), count, seed)
    for still in sorted(stills.iterdir()):
        picture = cv2.imread(str(still), cv2.IMREAD_UNCHANGED)
        (folder / still.stem).mkdir(parents=True)
        for index in range(frames):
            cv2.imwrite(str(folder / still.stem / f"{index}.png"), picture[:, index : index + 40])
    return folder


def _noisy(clip: Path, target: Path, seed: int) -> Path:
    draw = np.random.default_rng(seed)
    target.mkdir()
    for path in sorted(clip.iterdir()):
        true = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        noisy = np.clip(true + 0.08 * 255 * draw.normal(size=true.shape), 0, 255).round().astype(np.uint8)
        cv2.imwrite(str(target / path.name), noisy)
    return target


def _untrained(name: str, folder: Path) -> Path:
    """The bundle of a small network that gives back its input; of a burst frame 0."""
    pytest.importorskip("burnish_rnn")
    config = {"width": 4, "blocks": 0}
    network = cast("torch.nn.Module", installed().create("restorers", name, config))
    write_bundle(
        folder, weights=network.state_dict(), restorer=name, config=config, distribution="burnish-rnn", version="0"
    )
    return folder


@pytest.fixture(scope="module")
def film_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a network of clips, which is not trained and changes nothing, with intervals."""
    place = tmp_path_factory.mktemp("films")
    clean, own = _film(place / "clean", 60, 0), _untrained("rnn/convlstm", place / "bundle")
    words = ["--bundle", str(own), "--clean", str(clean), "--degrader", "degradations/per-frame"]
    assert main([*words, "--degrader-set", 'config={"sigma": 0.08}', "--quiet"]) == 0
    return own


def test_a_clip_has_intervals_in_clips_beside_it_which_cover_what_they_promise(
    film_bundle: Path, tmp_path: Path
) -> None:
    covered = []
    for clip in sorted(_film(tmp_path / "clean", 8, 1, frames=5).iterdir()):
        noisy, out = _noisy(clip, tmp_path / f"noisy{clip.name}", 2), tmp_path / "out" / clip.name
        words = [str(noisy), str(out), "--bundle", str(film_bundle), "--coverage", "0.9", "--unsure", "0.1", "--quiet"]
        assert restore(words) == 0
        for frame in sorted(clip.iterdir()):
            low, high, width, made = (
                read_picture(place / frame.name).pixels.astype(int)
                for place in (*(out.with_name(f"{out.name}-{part}") for part in ("low", "high", "width")), out)
            )
            true = read_picture(frame).pixels
            assert ((low <= made) & (made <= high) & (width == high - low)).all()
            covered.append(((low <= true) & (true <= high)).mean())
        assert len(list(out.with_name(f"{out.name}-unsure").iterdir())) == 5
    assert 0.85 < np.mean(covered) < 0.98


def test_a_video_has_its_intervals_in_folders_since_codecs_change_values(film_bundle: Path, tmp_path: Path) -> None:
    (clip,) = _film(tmp_path / "clean", 1, 1).iterdir()
    words = ["--bundle", str(film_bundle), "--coverage", "0.9", "--quiet"]
    assert restore([str(clip), str(tmp_path / "made" / "clip.mp4"), *words]) == 0
    made = sorted(path.relative_to(tmp_path / "made").as_posix() for path in (tmp_path / "made").rglob("*.*"))
    frames = [f"clip-{part}/{n}.png" for part in ("high", "low", "width") for n in range(3)]
    assert made == sorted(["clip.mp4", *frames])
    single = tmp_path / "single"
    assert restore([str(tmp_path / "made" / "clip.mp4"), str(single), *words]) == 0
    assert sorted(path.name for path in (tmp_path / "single-low").iterdir()) == [f"{n:06d}.png" for n in range(3)]


def test_nothing_of_a_clip_is_left_when_one_of_its_frames_cannot_be_read(film_bundle: Path, tmp_path: Path) -> None:
    (clip,) = _film(tmp_path / "clean", 1, 1).iterdir()
    (clip / "2.png").write_bytes(b"no picture")
    with pytest.raises(BurnishError, match=r"2\.png"):
        restore([str(clip), str(tmp_path / "out"), "--bundle", str(film_bundle), "--coverage", "0.9", "--quiet"])
    assert not list(tmp_path.glob("out*"))


def test_clips_cannot_be_calibrated_by_flipping(tmp_path: Path) -> None:
    own = _untrained("rnn/convlstm", tmp_path / "bundle")
    with pytest.raises(UsageError, match="takes clips, of which four variants would be held at a time; use the head"):
        main(["--bundle", str(own), "--clean", str(tmp_path), *NOISE, "--width", "augmentations"])


@pytest.mark.parametrize("width", ["head", "augmentations"])
def test_a_burst_has_its_interval_beside_its_picture(
    tmp_path: Path, width: str, capsys: pytest.CaptureFixture[str]
) -> None:
    own = _untrained("rnn/convlstm-burst", tmp_path / "bundle")
    words = ["--bundle", str(own), "--width", width]
    words += ["--degrader", "degradations/burst", "--clean", str(_draw(tmp_path / "clean", 50, 0))]
    for setting in ("frames=3", "shift=0", "length=0", "noise=0.08"):
        words += ["--degrader-set", setting]
    assert main([*words, "--quiet"]) == 0
    assert f"by {33 if width == 'head' else 50} bursts" in capsys.readouterr().out
    (clip,) = _film(tmp_path / "films", 1, 9).iterdir()
    words = [str(_noisy(clip, tmp_path / "burst", 0)), str(tmp_path / "made.png"), "--coverage", "0.9", "--quiet"]
    assert restore([*words, "--bundle", str(own), "--unsure", "0.1"]) == 0
    low, high, true = (
        read_picture(path).pixels for path in (tmp_path / "made-low.png", tmp_path / "made-high.png", clip / "0.png")
    )
    assert ((low <= true) & (true <= high)).mean() > 0.75
    assert {path.name for path in tmp_path.glob("made-*")} == {
        f"made-{part}.png" for part in ("low", "high", "width", "unsure")
    }
