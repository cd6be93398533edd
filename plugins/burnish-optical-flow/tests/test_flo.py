"""Middlebury's files: written and read back, as OpenCV reads and writes them, and refused when damaged."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from burnish.errors import ImagingError
from burnish_optical_flow.flow.flo import read_flo, write_flo
from hypothesis import given
from hypothesis import strategies as st


@given(height=st.integers(1, 7), width=st.integers(1, 9), seed=st.integers(0, 999))
def test_a_flow_comes_back_bit_for_bit(tmp_path_factory, height: int, width: int, seed: int) -> None:
    path = tmp_path_factory.mktemp("flo") / "a.flo"
    flow = 100 * torch.randn(2, height, width, generator=torch.Generator().manual_seed(seed))
    write_flo(path, flow)
    assert torch.equal(read_flo(path), flow)


def test_opencv_reads_what_is_written(tmp_path: Path) -> None:
    flow = torch.randn(2, 4, 6, generator=torch.Generator().manual_seed(0))
    write_flo(tmp_path / "a.flo", flow)
    assert np.array_equal(cv2.readOpticalFlow(str(tmp_path / "a.flo")), flow.permute(1, 2, 0).numpy())


def test_what_opencv_writes_is_read(tmp_path: Path) -> None:
    flow = np.random.default_rng(0).normal(size=(5, 3, 2)).astype(np.float32)
    cv2.writeOpticalFlow(str(tmp_path / "a.flo"), flow)
    assert np.array_equal(read_flo(tmp_path / "a.flo").permute(1, 2, 0).numpy(), flow)


def test_unknown_motion_is_nan_here_and_huge_in_the_file(tmp_path: Path) -> None:
    flow = torch.zeros(2, 2, 2)
    flow[0, 1, 0] = float("nan")
    write_flo(tmp_path / "a.flo", flow)
    assert cv2.readOpticalFlow(str(tmp_path / "a.flo"))[1, 0].min() > 1e9
    back = read_flo(tmp_path / "a.flo")
    assert bool(back[:, 1, 0].isnan().all())
    assert float(back.nansum()) == 0
    assert int(back.isnan().sum()) == 2


def test_a_flow_of_another_shape_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ImagingError, match="2,H,W"):
        write_flo(tmp_path / "a.flo", torch.zeros(3, 4, 4))
    assert not (tmp_path / "a.flo").exists()


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        (b"", "is not a .flo file"),
        (b"P6 1 1 255 and so on", "is not a .flo file"),
        (b"PIEH\x02\x00\x00\x00\x02\x00\x00\x00" + bytes(31), "truncated"),
        (b"PIEH\x02\x00\x00\x00\x02\x00\x00\x00" + bytes(33), "truncated or not"),
        (b"PIEH\xff\xff\xff\x7f\xff\xff\xff\x7f" + bytes(32), "damaged"),
        (b"PIEH\xff\xff\xff\xff\x02\x00\x00\x00" + bytes(32), "damaged"),
    ],
)
def test_a_damaged_file_is_refused_by_name(tmp_path: Path, content: bytes, fact: str) -> None:
    path = tmp_path / "bad.flo"
    path.write_bytes(content)
    with pytest.raises(ImagingError, match=fact) as caught:
        read_flo(path)
    assert "bad.flo" in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImagingError, match=r"none\.flo"):
        read_flo(tmp_path / "none.flo")
