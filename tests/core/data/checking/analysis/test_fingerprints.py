"""The same picture is found again whatever happened to it, and other pictures are not taken for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from burnish.data.checking.analysis.fingerprints import Fingerprint, fingerprint, near_pairs
from numpy.typing import NDArray

Pixels = NDArray[np.float32]
Change = Callable[[Pixels], Pixels]


def noisy(sigma: float) -> Change:
    return lambda picture: np.clip(
        picture + np.random.default_rng(3).normal(0, sigma / 255, picture.shape), 0, 1
    ).astype(np.float32)


def compressed(quality: int) -> Change:
    def change(picture: Pixels) -> Pixels:
        coded = cv2.imencode(".jpg", np.round(picture * 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        return (cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE) / np.float32(255)).astype(np.float32)

    return change


def cropped(part: float) -> Change:
    def change(picture: Pixels) -> Pixels:
        height, width = (round(part * side) for side in picture.shape)
        return picture[picture.shape[0] - height :, (picture.shape[1] - width) // 3 :][:height, :width]

    return change


CHANGES: dict[str, tuple[Change, float]] = {
    "noise of 25": (noisy(25), 1.0),
    "noise of 50": (noisy(50), 0.99),
    "jpeg of 10": (compressed(10), 1.0),
    "half the size": (lambda picture: cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), 1.0),
    "other brightness": (lambda picture: 0.6 * picture + 0.2, 1.0),
    "gamma": (lambda picture: picture**1.6, 1.0),
    "blur": (lambda picture: cv2.GaussianBlur(picture, (0, 0), 3), 1.0),
    "5 % cut off": (cropped(0.95), 0.99),
    "10 % cut off": (cropped(0.9), 0.95),
}
"""What may happen → the part of the pictures that is found again at least."""


@pytest.fixture(scope="module")
def pictures(shared_data: Path) -> list[Pixels]:
    """All of BSD400 and Kodak, grey; no two show the same."""
    files = [*sorted((shared_data / "train" / "BSD400").iterdir()), *sorted((shared_data / "test" / "Kodak").iterdir())]
    return [cv2.imread(str(path), cv2.IMREAD_GRAYSCALE).astype(np.float32) / np.float32(255) for path in files]


@pytest.fixture(scope="module")
def known(pictures: list[Pixels]) -> list[Fingerprint]:
    made = [fingerprint(picture) for picture in pictures]
    return [one for one in made if one is not None]


def test_of_400_photographs_and_six_no_two_are_taken_for_the_same(known: list[Fingerprint]) -> None:
    assert len(known) == 406
    assert list(near_pairs(known)) == []


@pytest.mark.parametrize("change", CHANGES)
def test_a_picture_is_found_again(pictures: list[Pixels], known: list[Fingerprint], change: str) -> None:
    work, part = CHANGES[change]
    chosen = range(0, len(pictures), 4)
    again = [fingerprint(np.ascontiguousarray(work(pictures[index]))) for index in chosen]
    hits = 0
    for index, other in zip(chosen, again, strict=True):
        assert other is not None
        hits += bool(list(near_pairs([known[index], other])))
    assert hits >= part * len(chosen)


def test_equal_pictures_are_at_distance_zero(tiles: list[Pixels]) -> None:
    one = fingerprint(tiles[0].mean(axis=2))
    assert one is not None
    assert list(near_pairs([one, one])) == [(0, 1, 0.0)]


def test_a_picture_without_structure_has_no_fingerprint() -> None:
    assert fingerprint(np.full((64, 64), 0.5, np.float32)) is None
    assert fingerprint(np.random.default_rng(0).random((20, 64)).astype(np.float32)) is None
    assert list(near_pairs([])) == []
