"""Restorers fit what they were trained against, by the facts that their bundles hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from burnish.errors import UnknownIdError
from burnish.planning.candidates import Candidate, candidates, undoing
from burnish.plugins.catalog import installed
from burnish.plugins.declarations import RestorerSpec
from burnish.restorer.learned import Undone

SPEC = RestorerSpec(
    name="net", factory="torch.nn:Identity", summary="Under test", tasks=frozenset({"denoise", "dejpeg"})
)
ENLARGER = replace(SPEC, tasks=frozenset({"super-resolve"}), scale=(2,))


def trained(id: str, tasks: set[str], config: Mapping[str, Any], spec: RestorerSpec = SPEC) -> Candidate:
    undone = Undone(id=id, tasks=frozenset(tasks), config=config, catalog=installed())
    return Candidate(name="a/net:w", spec=spec, config={"channels": 3}, undone=(undone,))


@pytest.mark.parametrize(("sigma", "fits"), [(0.02, False), (0.05, True), (0.1, True), (0.115, True), (0.2, False)])
def test_weights_fit_the_levels_that_they_were_trained_against_and_a_little_beyond(sigma: float, fits: bool) -> None:
    candidate = trained("degradations/gaussian-noise", {"denoise"}, {"sigma": [0.05, 0.1]})
    assert candidate.undoes_noise(sigma, correlated=False) is fits
    assert not candidate.undoes_noise(sigma, correlated=True)
    assert candidate.channels == (3,)


def test_whether_the_noise_of_a_training_is_correlated_is_measured() -> None:
    camera = trained("degradations/camera-noise", {"denoise"}, {"sigma": [0.0, 0.12]})
    assert camera.undoes_noise(0.05, correlated=True)
    assert not camera.undoes_noise(0.05, correlated=False)


def test_compression_fits_by_its_quality() -> None:
    candidate = trained("degradations/jpeg", {"dejpeg"}, {"quality": [10, 60]})
    assert [candidate.undoes_jpeg(quality) for quality in (5, 10, 60, 61)] == [False, True, True, False]
    assert not candidate.undoes_noise(0.05, correlated=False)


def test_what_enlarges_withstands_the_faults_of_its_training_and_undoes_none_by_itself() -> None:
    candidate = trained("degradations/jpeg", {"dejpeg"}, {"quality": [30, 95]}, ENLARGER)
    assert not candidate.undoes_jpeg(50)
    assert [candidate.withstands(0.0, quality) for quality in (20, 30, 95)] == [False, True, True]
    assert not candidate.withstands(0.02, 50)
    noisy = trained("degradations/gaussian-noise", {"denoise"}, {"sigma": [0.0, 0.1]}, ENLARGER)
    assert [noisy.withstands(sigma, None) for sigma in (0.02, 0.11, 0.2)] == [True, True, False]
    assert not trained("degradations/jpeg", {"dejpeg"}, {"quality": [30, 95]}).withstands(0.0, 50)


def test_what_needs_no_training_takes_noise_for_independent_and_knows_no_compression() -> None:
    classical = Candidate(name="a/median", spec=SPEC, config={}, undone=None)
    assert classical.undoes_noise(0.05, correlated=False)
    assert not classical.undoes_noise(0.05, correlated=True)
    assert not classical.undoes_jpeg(50)


def test_the_installed_candidates_are_ready_to_work_and_need_no_more_than_can_be_estimated() -> None:
    pytest.importorskip("burnish_cnn")
    found = {one.name: one for one in candidates(installed())}
    assert "cnn/ffdnet:colour" in found
    assert "cnn/ffdnet" not in found
    assert "classical/bm3d" in found
    assert "deconvolution/wiener" not in found
    assert found["cnn/ffdnet:colour"].undoes_noise(0.1, correlated=False)


def test_what_undoes_a_degrader_today_was_trained_against_it_or_needs_no_training() -> None:
    pytest.importorskip("burnish_cnn")
    shaken = {one.name: one.training() for one in undoing(installed(), "camera-shake")}
    assert shaken["cnn/nafnet:slight-shake"] == "degradations/camera-shake (length 2 to 6)"
    assert shaken["deconvolution/wiener"] == ""
    assert not {"cnn/ffdnet:colour", "cnn/nafnet", "burnish/identity"} & shaken.keys()
    assert "cnn/ffdnet:colour" in {one.name for one in undoing(installed(), "gaussian-noise")}
    with pytest.raises(UnknownIdError, match="camera-shake"):
        undoing(installed(), "camera-shaek")
