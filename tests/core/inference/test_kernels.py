"""Facts about kernel files: every format gives the same kernel, and what is none is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from burnish.errors import UsageError
from burnish.inference import read_kernel
from burnish.io import Picture, write_picture

_VALUES = np.array([[0, 2, 0], [1, 4, 3], [0, 6, 0]], dtype=np.float64)


@pytest.mark.parametrize("suffix", [".npy", ".txt", ".csv", ".png"])
def test_every_format_gives_the_same_normalised_kernel(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"kernel{suffix}"
    if suffix == ".npy":
        np.save(path, _VALUES)
    elif suffix == ".png":
        write_picture(path, Picture(pixels=_VALUES.astype(np.uint8)[..., None]))
    else:
        np.savetxt(path, _VALUES, delimiter="," if suffix == ".csv" else " ")
    kernel = read_kernel(path)
    assert kernel.shape == (1, 3, 3) and kernel.dtype == torch.float32
    np.testing.assert_allclose(kernel[0], _VALUES / 16, atol=1e-7)


def test_a_kernel_of_one_row_becomes_a_square_about_its_middle(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "k.txt", [[1, 2, 1]])
    assert read_kernel(tmp_path / "k.txt")[0].tolist() == [[0, 0, 0], [0.25, 0.5, 0.25], [0, 0, 0]]


@pytest.mark.parametrize(
    ("values", "fact"),
    [
        (np.ones((4, 3)), "odd sides"),
        (np.ones((2, 3, 3)), "3 dimensions"),
        (np.zeros((3, 3)), "not all zero"),
        (-np.eye(3), "without negative values"),
        (np.full((3, 3), np.nan), "finite"),
    ],
)
def test_what_is_no_kernel_is_refused(tmp_path: Path, values: np.ndarray, fact: str) -> None:
    np.save(tmp_path / "k.npy", values)
    with pytest.raises(UsageError, match=fact):
        read_kernel(tmp_path / "k.npy")


@pytest.mark.parametrize("value", [np.nan, -9999.0])
def test_a_picture_with_a_pixel_without_data_is_no_kernel(tmp_path: Path, value: float) -> None:
    pixels = np.full((3, 3), 0.1, np.float32)
    pixels[0, 0] = value
    tifffile.imwrite(tmp_path / "k.tif", pixels, extratags=[(42113, 2, 0, "-9999", True)])
    with pytest.raises(UsageError, match=r"k\.tif: .*pixels without data"):
        read_kernel(tmp_path / "k.tif")


def test_a_pickle_in_an_array_file_is_never_opened(tmp_path: Path) -> None:
    np.save(tmp_path / "k.npy", np.array([print], dtype=object), allow_pickle=True)
    with pytest.raises(UsageError, match="contains no array of numbers"):
        read_kernel(tmp_path / "k.npy")


def test_a_missing_or_garbled_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"absent\.txt: the kernel cannot be read"):
        read_kernel(tmp_path / "absent.txt")
    (tmp_path / "k.txt").write_text("one two")
    with pytest.raises(UsageError, match="contains no array of numbers"):
        read_kernel(tmp_path / "k.txt")
