"""What comes out is what Pillow, another way to the same format, makes of the same picture."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from burnish_degradations.jpeg import Jpeg
from PIL import Image

SUBSAMPLING = {"4:4:4": 0, "4:2:2": 1, "4:2:0": 2}


def _picture(channels: int, height: int = 45, width: int = 70) -> torch.Tensor:
    rough = torch.rand(1, channels, 9, 14, generator=torch.Generator().manual_seed(0))
    return torch.nn.functional.interpolate(rough, (height, width), mode="bicubic").clamp(0, 1)


def _pillow(picture: torch.Tensor, quality: int, subsampling: str) -> np.ndarray:
    levels = (picture[0] * 255 + 0.5).floor().byte().permute(1, 2, 0).numpy()
    memory = io.BytesIO()
    if levels.shape[2] == 1:
        Image.fromarray(levels[..., 0]).save(memory, "JPEG", quality=quality)
        return np.asarray(Image.open(memory))[..., None]
    Image.fromarray(levels).save(memory, "JPEG", quality=quality, subsampling=SUBSAMPLING[subsampling])
    return np.asarray(Image.open(memory))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("quality", [1, 10, 50, 90, 100])
def test_decoded_pictures_equal_those_of_pillow(channels: int, subsampling: str, quality: int) -> None:
    picture = _picture(channels)
    made = Jpeg(quality=quality, subsampling=subsampling)(picture, torch.Generator().manual_seed(0))
    ours = (made.degraded[0] * 255).round().permute(1, 2, 0).numpy()
    assert np.array_equal(ours, _pillow(picture, quality, subsampling))
    assert torch.equal(made.target, picture)


def test_lower_quality_loses_more() -> None:
    picture = _picture(3)
    errors = [
        float((Jpeg(quality=quality)(picture, torch.Generator().manual_seed(0)).degraded - picture).pow(2).mean())
        for quality in (5, 30, 90)
    ]
    assert errors[0] > errors[1] > errors[2] > 0


def test_every_whole_quality_of_the_range_is_drawn() -> None:
    drawn = Jpeg(quality=[40, 44]).draw((500, 3, 8, 8), torch.Generator().manual_seed(0))["quality"]
    assert sorted(set(drawn)) == [40, 41, 42, 43, 44]


@pytest.mark.parametrize("channels", [1, 3])
def test_a_grid_anywhere_is_that_of_a_larger_picture_which_was_cropped(channels: int) -> None:
    picture = _picture(channels)
    made = Jpeg(quality=20, grid="anywhere")(picture, torch.Generator().manual_seed(0))
    ((rows, columns),) = made.parameters["before"]
    assert rows % 8 and columns % 8
    larger = torch.from_numpy(np.pad(picture.numpy(), ((0, 0), (0, 0), (rows, 0), (columns, 0)), mode="symmetric"))
    ours = (made.degraded[0] * 255).round().permute(1, 2, 0).numpy()
    assert np.array_equal(ours, _pillow(larger, 20, "4:2:0")[rows:, columns:])
    assert torch.equal(Jpeg(quality=20, grid="anywhere").replay(picture, made.parameters).degraded, made.degraded)


def test_a_grid_begins_at_every_row_and_column_of_a_block() -> None:
    drawn = Jpeg(grid="anywhere").draw((500, 3, 8, 8), torch.Generator().manual_seed(0))["before"]
    assert {row % 8 for row, _ in drawn} == {column % 8 for _, column in drawn} == set(range(8))
