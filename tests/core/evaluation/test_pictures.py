from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from burnish.evaluation.pictures import PictureFolder
from PIL import Image


def test_pictures_are_clipped_and_rounded_half_up(tmp_path: Path) -> None:
    folder = PictureFolder(tmp_path, ["x/a.jpg"])
    values = torch.tensor([-1.0, 0.5 / 255, 0.49 / 255, 2.0]).reshape(1, 1, 2, 2)
    folder.add("x/a.jpg", estimate=values)
    assert folder.path("estimate", "x/a.jpg") == tmp_path / "estimate/x/a.png"
    assert np.asarray(Image.open(tmp_path / "estimate/x/a.png")).tolist() == [[0, 1], [0, 255]]


def test_images_that_differ_in_their_suffix_only_keep_it(tmp_path: Path) -> None:
    folder = PictureFolder(tmp_path, ["a.jpg", "a.png", "b.bmp"])
    names = [folder.path("target", name).name for name in ("a.jpg", "a.png", "b.bmp")]
    assert names == ["a.jpg.png", "a.png.png", "b.png"]


def test_no_two_images_ever_share_a_file(tmp_path: Path) -> None:
    everyone = ["a.jpg", "a.png", "a.jpg.png", "a.jpg.jpg"]
    folder = PictureFolder(tmp_path, everyone)
    assert len({folder.path("target", name) for name in everyone}) == 4
