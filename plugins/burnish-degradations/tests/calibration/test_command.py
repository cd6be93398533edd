"""``burnish noise calibrate`` on files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from burnish.errors import BurnishError, DataError, UsageError
from burnish.io import read_clean
from burnish.ops.noise import NoiseModel
from burnish.plugins import installed
from burnish_degradations.calibration.command import main
from burnish_degradations.calibration.fitting import variance_of

GAIN, READ = 0.01, 0.02


@pytest.fixture
def pictures(camera: Any, tmp_path: Path) -> Path:
    for seed in range(3):
        camera.write(tmp_path / "photos" / f"p{seed}.png", camera.noisy(camera.scene(seed), seed, gain=GAIN, read=READ))
    return tmp_path / "photos"


@pytest.fixture
def shots(camera: Any, tmp_path: Path) -> Path:
    for place in range(2):
        for shot in range(3):
            values = camera.noisy(camera.scene(place, 240, 320), 10 * place + shot, gain=GAIN, read=READ)
            camera.write(tmp_path / "scenes" / f"s{place}" / f"{shot}.png", values)
    return tmp_path / "scenes"


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def sigma_of(known: dict[str, Any]) -> Any:
    model = NoiseModel(known["gain"], known["read_noise"], known["offset"])
    return np.sqrt(variance_of(model, np.array([0.1, 0.5, 0.9])))


TRUE = np.sqrt(GAIN * np.array([0.1, 0.5, 0.9]) + READ**2)


@pytest.mark.parametrize("kind", ["pictures", "shots"])
def test_both_forms_of_data_give_the_noise(kind: str, request: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", str(request.getfixturevalue(kind)), "--json"]) == 0
    found = printed(capsys)
    assert found["source"] == kind
    assert found["looked_at"] == {"pictures": 3, "shots": 2}[kind]
    assert sigma_of(found) == pytest.approx(TRUE, rel=0.05)
    assert found["warnings"] == []


def test_the_written_degrader_imitates_the_camera(pictures: Path, tmp_path: Path, camera: Any) -> None:
    assert main(["calibrate", str(pictures), "--out", str(tmp_path / "camera"), "--quiet"]) == 0
    assert sorted(path.name for path in (tmp_path / "camera").iterdir()) == ["degrader.yaml", "fit.svg"]
    chosen = yaml.safe_load((tmp_path / "camera" / "degrader.yaml").read_text(encoding="utf-8"))["degrader"]
    degrader = installed().create("degraders", chosen["id"], chosen["config"])
    clean = torch.full((1, 1, 200, 200), 0.5)
    made = degrader(clean, torch.Generator().manual_seed(0))
    assert float(made.degraded.std()) == pytest.approx(float(TRUE[1]), rel=0.05)


def test_sidecars_hold_the_model_and_the_picture_s_own_sigma_and_keep_what_was_there(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (pictures / "p0.json").write_text('{"exposure": 0.01, "sigma": 9}', encoding="utf-8")
    assert main(["calibrate", str(pictures), "--sidecars"]) == 0
    assert "wrote 3 files beside the pictures" in capsys.readouterr().out
    found = json.loads((pictures / "p0.json").read_text(encoding="utf-8"))
    assert set(found) == {"exposure", "sigma", "gain", "read_noise", "offset"}
    mean = float(read_clean(pictures / "p0.png", "grey").mean())
    assert found["sigma"] == pytest.approx((GAIN * mean + READ**2) ** 0.5, rel=0.05)


def test_each_picture_gets_its_own_model_where_they_differ(
    camera: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gains = {"a": 0.002, "b": 0.01, "c": 0.03, "d": 0.06}
    for seed, (name, gain) in enumerate(gains.items()):
        camera.write(tmp_path / f"{name}.png", camera.noisy(camera.scene(seed), seed, gain=gain, read=0.01))
    assert main(["calibrate", str(tmp_path), "--sidecars", "--per-picture", "--json"]) == 0
    found = printed(capsys)
    assert "use --per-picture" in found["warnings"][0]
    low, high = found["degrader"]["config"]["gain"]
    assert 0.002 < low < high < 0.06
    for name, gain in gains.items():
        own = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))
        assert own["gain"] == pytest.approx(gain, rel=0.1)
        assert own["gain"] == found["single"][f"{name}.png"]["gain"]


def test_dark_pictures_tell_offset_and_read_noise(
    camera: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clean = 0.1 + 0.8 * camera.scene()
    for seed in range(2):
        camera.write(tmp_path / "light" / f"{seed}.png", camera.noisy(clean, seed, gain=GAIN, read=READ, offset=0.1))
        camera.write(tmp_path / "dark" / f"{seed}.png", camera.noisy(np.full((200, 200), 0.1), seed, gain=0, read=READ))
    assert main(["calibrate", str(tmp_path / "light"), "--dark", str(tmp_path / "dark"), "--json"]) == 0
    found = printed(capsys)
    assert found["offset"] == pytest.approx(0.1, abs=1e-3)
    assert found["read_noise"] == pytest.approx(READ, rel=0.03)
    assert found["gain"] == pytest.approx(GAIN, rel=0.05)


def test_black_that_is_cut_off_is_no_dark_picture(camera: Any, pictures: Path, tmp_path: Path) -> None:
    camera.write(tmp_path / "dark" / "0.png", camera.noisy(np.zeros((100, 100)), 0, gain=0, read=READ))
    with pytest.raises(DataError, match="noise without light is cut off"):
        main(["calibrate", str(pictures), "--dark", str(tmp_path / "dark")])


def test_folders_of_other_pictures_are_not_taken_for_shots(camera: Any, tmp_path: Path) -> None:
    for place in ("one", "two"):
        for index in range(3):
            clean = np.roll(camera.scene(index, 120, 160), 30 * index, axis=1)
            camera.write(tmp_path / place / f"{index}.png", camera.noisy(clean, index, gain=GAIN, read=READ))
    with pytest.raises(DataError, match="no folder holds shots of one scene"):
        main(["calibrate", str(tmp_path)])


def test_correlated_noise_is_reported(camera: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import cv2

    noise = np.random.default_rng(0).standard_normal((384, 512))
    camera.write(tmp_path / "p.png", camera.scene() + 0.1 * cv2.GaussianBlur(noise, (0, 0), 1.0))
    assert main(["calibrate", str(tmp_path)]) == 0
    assert "warning: the noise is correlated over neighbouring pixels" in capsys.readouterr().out


def test_pictures_and_folders_together_are_refused(camera: Any, shots: Path) -> None:
    camera.write(shots / "more.png", camera.scene())
    with pytest.raises(UsageError, match="holds pictures and also folders of pictures"):
        main(["calibrate", str(shots)])


@pytest.mark.parametrize("damaged", ["{", "[1]"])
def test_a_damaged_sidecar_is_named_and_left_alone(pictures: Path, damaged: str) -> None:
    (pictures / "p1.json").write_text(damaged, encoding="utf-8")
    with pytest.raises(BurnishError, match=r"p1\.json"):
        main(["calibrate", str(pictures), "--sidecars"])
    assert (pictures / "p1.json").read_text(encoding="utf-8") == damaged


def test_per_picture_without_anywhere_to_go_is_refused(pictures: Path) -> None:
    with pytest.raises(UsageError, match="give --sidecars or --json"):
        main(["calibrate", str(pictures), "--per-picture"])


def test_a_missing_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is missing"):
        main(["calibrate", str(tmp_path / "none")])
