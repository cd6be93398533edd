"""``burnish calibrate``, and the intervals that ``burnish restore`` gives by it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from burnish.cli.commands.calibrate import main
from burnish.cli.commands.restore import main as restore
from burnish.errors import BundleError, UsageError
from burnish.inference import load_bundle
from burnish.io import read_picture
from burnish.uncertainty.calibration import FILE, read

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


def test_bursts_and_clips_have_no_intervals(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="takes bursts or clips; intervals are calibrated for single pictures"):
        words = ["--restorer", "rnn/convlstm-burst:burst-noise", "--clean", str(tmp_path), *NOISE]
        main([*words, "--out", str(tmp_path / "bundle")])
