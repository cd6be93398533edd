"""Pairs out of register come back in register, with the degraded pixels untouched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from burnish.data.checking import check, write_aligned
from burnish.data.checking.aligning import TAPS, moved_by
from burnish.errors import UsageError
from hypothesis import given
from hypothesis import strategies as st
from picture_files import load, noise, save
from scipy.ndimage import fourier_shift

NAME = "image03.png"


def by_fourier(picture: np.ndarray, down: float, right: float) -> np.ndarray:
    """Shifted as if it were periodic."""
    return np.stack(
        [np.fft.ifft2(fourier_shift(np.fft.fft2(picture[:, :, c]), (down, right))).real for c in range(3)], axis=2
    )


@pytest.fixture
def shaken(dataset: Callable[[str], Path]) -> Path:
    """Pairs of which one is out of register by 1.3 and 0.6 pixels, and one shows something else."""
    root = dataset("pairs")
    clean = load(root / "train" / "clean" / NAME)
    save(root / "train" / "noisy" / NAME, noise(by_fourier(clean, -0.6, 1.3).astype(np.float32), 10))
    (root / "train" / "noisy" / "image03.json").write_text('{"sigma": 0.04}')
    other = load(root / "train" / "clean" / "image04.png")
    save(root / "train" / "noisy" / "image05.png", noise(other, 10, seed=3))
    return root


def test_a_shaken_pair_is_in_register_afterwards(shaken: Path, tmp_path: Path) -> None:
    report = check(shaken)
    assert ("shifted", f"train/noisy/{NAME}") in {(one.kind, one.path) for one in report.findings}
    aligned = write_aligned(report, tmp_path / "out")
    assert aligned.moved[f"train/noisy/{NAME}"] == pytest.approx(np.hypot(1.3, 0.6), abs=0.05)
    assert aligned.left_out == ("train/noisy/image05.png",)
    assert len(aligned.moved) + aligned.kept == 17
    kinds = {one.kind for one in check(tmp_path / "out").findings if one.path.endswith((NAME, "03.json"))}
    assert kinds <= {"odd-size"}


def test_the_degraded_picture_keeps_its_pixels_and_its_known_facts(shaken: Path, tmp_path: Path) -> None:
    write_aligned(check(shaken), tmp_path / "out")
    before = cv2.imread(str(shaken / "train" / "noisy" / NAME))
    after = cv2.imread(str(tmp_path / "out" / "train" / "noisy" / NAME))
    margin = (before.shape[0] - after.shape[0]) // 2
    assert margin >= 2
    assert np.array_equal(after, before[margin:-margin, margin:-margin])
    assert (tmp_path / "out" / "train" / "noisy" / "image03.json").read_text() == '{"sigma": 0.04}'
    clean = cv2.imread(str(tmp_path / "out" / "train" / "clean" / NAME))
    assert clean.shape == after.shape
    rest = clean.astype(float) - after
    assert rest.std() == pytest.approx(10, abs=1.5)  # nothing but the noise


def test_pairs_in_register_are_copied_byte_by_byte(dataset: Callable[[str], Path], tmp_path: Path) -> None:
    root = dataset("pairs")
    aligned = write_aligned(check(root), tmp_path / "out")
    for path in (tmp_path / "out").rglob("*.png"):
        name = path.relative_to(tmp_path / "out")
        if (root / name).as_posix() not in {str(root / moved) for moved in aligned.moved} and aligned.kept == 18:
            assert path.read_bytes() == (root / name).read_bytes()
    assert aligned.kept >= 16


def test_what_are_no_pairs_or_lies_inside_the_dataset_is_refused(
    dataset: Callable[[str], Path], tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="--align is for pairs"):
        write_aligned(check(dataset("noisy"), quick=True), tmp_path / "out")
    root = dataset("pairs")
    with pytest.raises(UsageError, match="is inside the dataset"):
        write_aligned(check(root, quick=True), root / "out")


@given(right=st.floats(-0.5, 0.5), down=st.floats(-0.5, 0.5))
def test_a_smooth_picture_is_moved_as_by_its_fourier_transform(right: float, down: float) -> None:
    rng = np.random.default_rng(0)
    smooth = cv2.GaussianBlur(np.tile(rng.random((48, 48, 3)), (2, 2, 1)), (0, 0), 2).astype(np.float32)[24:72, 24:72]
    made, exact = moved_by(smooth, right, down), by_fourier(smooth, down, right)
    inner = slice(TAPS + 2, -TAPS - 2)
    assert np.abs(made - exact)[inner, inner].max() < 0.01
