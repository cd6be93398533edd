"""A bundle with intervals: what cannot be written is refused, a copy holds what the restorer has."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from burnish.errors import BundleError, UsageError
from burnish.evaluation import Benchmark
from burnish.evaluation.calibrated_bundle import calibrate_bundle, refuse_place
from burnish.inference import load_bundle, load_restorer
from burnish.restorer.bundle import read_bundle
from burnish.uncertainty.calibration import read

pytest.importorskip("burnish_classical")
pytest.importorskip("burnish_degradations")


def _benchmark(folder: Path) -> Benchmark:
    folder.mkdir()
    draw = np.random.default_rng(0)
    for index in range(6):
        cv2.imwrite(str(folder / f"{index}.png"), draw.integers(0, 255, (24, 24, 3), dtype=np.uint8))
    config = {"sigma": 0.1}
    return Benchmark(
        name="noise", metrics=("psnr",), clean=folder, degrader="degradations/gaussian-noise", degrader_config=config
    )


def test_a_restorer_without_weights_gets_a_bundle_and_is_calibrated_again_in_place(tmp_path: Path) -> None:
    asked, out = _benchmark(tmp_path / "clean"), tmp_path / "bundle"
    made = calibrate_bundle(
        load_restorer("classical/median", {"size": 5}), asked, out, width="constant", confidence=0, quiet=True
    )
    loaded = load_bundle(out, device="cpu")
    assert read(loaded).facts == made.facts
    assert (made.facts.config["size"], made.facts.weights_sha256) == (5, read_bundle(out).weights_sha256)
    again = calibrate_bundle(loaded, asked, out, width="augmentations", confidence=0, quiet=True)
    assert read(load_bundle(out, device="cpu")).facts == again.facts


def test_other_settings_or_another_folder_are_refused(tmp_path: Path) -> None:
    asked, out = _benchmark(tmp_path / "clean"), tmp_path / "bundle"
    calibrate_bundle(load_restorer("classical/median"), asked, out, width="constant", confidence=0, quiet=True)
    with pytest.raises(UsageError, match=r"has other settings \(size\); give --out"):
        refuse_place(load_bundle(out, {"size": 7}, device="cpu"), out, "constant")
    with pytest.raises(BundleError, match="exists, but is not a bundle"):
        refuse_place(load_bundle(out, device="cpu"), tmp_path / "clean", "constant")
