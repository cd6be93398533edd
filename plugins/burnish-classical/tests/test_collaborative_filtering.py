"""Filtered groups: nothing removed gives the picture back, and the two filters follow their formulas."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish_classical import collaborative_filtering
from burnish_classical.block_transforms import dct, haar, spline_wavelet
from burnish_classical.collaborative_filtering import (
    Aggregation,
    BlockTransform,
    hard_thresholding,
    kaiser_window,
    wiener_filtering,
)

TRANSFORMS = [BlockTransform(spline_wavelet(8)), BlockTransform(dct(8))]


def _plane() -> np.ndarray:
    return np.random.default_rng(0).random((20, 23), dtype=np.float32)


def _all_places(size: int) -> torch.Tensor:
    draw = torch.Generator().manual_seed(size)
    return torch.stack([torch.randperm(13 * 16, generator=draw) for _ in range(size)])


def _average(gathered: Aggregation) -> np.ndarray:
    total, weights = np.zeros((20, 23), np.float32), np.zeros((20, 23), np.float32)
    gathered.add_to(total, weights)
    return total / weights


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_a_threshold_of_nothing_gives_the_picture_back(transform: BlockTransform) -> None:
    plane, gathered = _plane(), Aggregation(transform, 20, 23)
    hard_thresholding(transform.spectra(plane), [_all_places(1), _all_places(4)], 0.0, gathered)
    assert np.abs(_average(gathered) - plane).max() < 1e-5


def test_gains_of_nearly_one_give_the_picture_back() -> None:
    transform, plane = TRANSFORMS[1], _plane()
    gathered = Aggregation(transform, 20, 23)
    spectra = transform.spectra(plane)
    wiener_filtering(spectra, spectra, [_all_places(2), _all_places(8)], 1e-12, gathered)
    assert np.abs(_average(gathered) - plane).max() < 1e-4


def test_groups_a_few_at_a_time_make_the_same_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    transform, plane, pictures = TRANSFORMS[0], _plane(), []
    for at_once in (1, 24, 10_000):
        monkeypatch.setattr(collaborative_filtering, "AT_ONCE", at_once)
        gathered = Aggregation(transform, 20, 23)
        hard_thresholding(transform.spectra(plane), [_all_places(2), _all_places(8)], 0.3, gathered)
        pictures.append(_average(gathered))
    assert np.abs(pictures[0] - pictures[2]).max() < 1e-5
    assert np.abs(pictures[1] - pictures[2]).max() < 1e-5


def test_one_group_is_thresholded_as_the_paper_says() -> None:
    transform, plane, places = TRANSFORMS[1], _plane(), torch.tensor([[0], [37]])
    gathered = Aggregation(transform, 20, 23)
    hard_thresholding(transform.spectra(plane), [places], 0.3, gathered)
    stack = np.stack([plane[y : y + 8, x : x + 8] for y, x in ((0, 0), (2, 5))]).astype(np.float64)
    spectrum = np.einsum("gs,sij,ui,vj->guv", haar(2), stack, dct(8), dct(8))
    spectrum[np.abs(spectrum) <= 0.3] = 0
    back = np.einsum("gs,guv,ui,vj->sij", haar(2), spectrum, dct(8), dct(8))
    weight = 1 / np.count_nonzero(spectrum)
    expected, weights = np.zeros((20, 23)), np.zeros((20, 23))
    for (y, x), block in zip(((0, 0), (2, 5)), back, strict=True):
        expected[y : y + 8, x : x + 8] += weight * kaiser_window(8) * block
        weights[y : y + 8, x : x + 8] += weight * kaiser_window(8)
    total, given = np.zeros((20, 23), np.float32), np.zeros((20, 23), np.float32)
    gathered.add_to(total, given)
    assert np.abs(total - expected).max() < 1e-5
    assert np.abs(given - weights).max() < 1e-6


def test_wiener_gains_are_those_of_the_basic_estimate() -> None:
    transform, noisy, places = TRANSFORMS[1], _plane(), torch.tensor([[40]])
    basic = np.ascontiguousarray(noisy[::-1])
    gathered = Aggregation(transform, 20, 23)
    wiener_filtering(transform.spectra(noisy), transform.spectra(basic), [places], 0.04, gathered)
    known, seen = (dct(8) @ plane[2:10, 8:16].astype(np.float64) @ dct(8).T for plane in (basic, noisy))
    gain = known**2 / (known**2 + 0.04)
    total, given = np.zeros((20, 23), np.float32), np.zeros((20, 23), np.float32)
    gathered.add_to(total, given)
    assert np.abs(total[2:10, 8:16] / given[2:10, 8:16] - dct(8).T @ (gain * seen) @ dct(8)).max() < 1e-5
    assert np.allclose(given[2:10, 8:16], kaiser_window(8) / (gain**2).sum(), rtol=1e-4)
