"""Improvement, omission and hallucination as opensr-test 1.3.3 computes them, and what they are at the corners."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish.errors import EvaluationError
from burnish_metrics.fidelity.shares import Hallucination, Improvement, Omission
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.exposure import match_histograms
from torch import Tensor
from torch.nn import functional

ALL = (Improvement, Omission, Hallucination)


def triplet(seed: int = 7) -> tuple[Tensor, Tensor, Tensor]:
    """An estimate, the clean picture, and the plain enlargement of its half, 1,3,96,96 each."""
    rng = np.random.default_rng(seed)
    coarse = torch.from_numpy(rng.random((1, 3, 12, 12)))
    clean = functional.interpolate(coarse, size=(96, 96), mode="bicubic").clamp(0.05, 0.95)
    clean = clean * 0.8 + 0.1 * torch.from_numpy(rng.random((1, 3, 96, 96)))
    small = functional.avg_pool2d(clean, 2)
    plain = functional.interpolate(small, scale_factor=2, mode="bilinear", align_corners=False)
    noise = torch.from_numpy(rng.standard_normal((1, 3, 96, 96)))
    return 0.6 * clean + 0.4 * plain + 0.02 * noise, clean, plain


def shares(estimate: Tensor, clean: Tensor, plain: Tensor, border: int = 0, harmonise: str = "none") -> list[float]:
    reference = torch.stack([clean, plain], dim=1)
    return [float(one(border=border, harmonise=harmonise)(estimate, reference)) for one in ALL]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("harmonise", "published"),
    [
        ("histogram", (0.43635424971580505, 0.2601932883262634, 0.3034524619579315)),
        ("none", (0.4194604158401489, 0.3081870377063751, 0.27235254645347595)),
    ],
)
def test_the_shares_are_those_of_opensr_test(harmonise: str, published: tuple[float, ...]) -> None:
    """From its Metrics(Config(border_mask=0, harm_apply_spatial=False)).correctness, gradient threshold "auto"."""
    assert shares(*triplet(), harmonise=harmonise) == pytest.approx(published, abs=1e-6)


def test_the_histogram_is_matched_as_scikit_image_does_it() -> None:
    estimate, clean, plain = triplet()
    matched = torch.from_numpy(match_histograms(estimate[0].numpy(), clean[0].numpy(), channel_axis=0))[None]
    assert shares(estimate, clean, plain, harmonise="histogram") == pytest.approx(
        shares(matched, clean, plain), abs=1e-9
    )


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), amount=st.floats(0.0, 0.3), border=st.integers(0, 30))
def test_the_three_shares_of_a_picture_sum_to_one(seed: int, amount: float, border: int) -> None:
    _, clean, plain = triplet(seed)
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(seed))
    found = shares((clean + amount * noise).clamp(0, 1), clean, plain, border, "histogram")
    assert sum(found) == pytest.approx(1.0, abs=1e-9) and min(found) >= 0.0


def test_the_truth_is_improvement_the_input_omission_and_noise_hallucination() -> None:
    _, clean, plain = triplet()
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(1))
    assert shares(clean, clean, plain)[0] > 0.95
    assert shares(plain, clean, plain)[1] > 0.95
    assert shares((0.5 + 0.3 * noise).clamp(0, 1), clean, plain)[2] > 0.9


def test_a_wrong_value_where_the_input_was_right_is_hallucination() -> None:
    flat = torch.full((1, 3, 40, 40), 0.5)
    wrong = flat.clone()
    wrong[..., 10:20, 10:20] = 0.8
    assert shares(wrong, flat, flat) == pytest.approx([0.0, 0.0, 1.0])


def test_a_picture_without_detail_has_no_shares() -> None:
    flat = torch.full((1, 3, 40, 40), 0.5)
    assert shares(flat, flat, flat) == [0.0, 0.0, 0.0]


def test_what_does_not_fit_is_refused() -> None:
    estimate, clean, plain = triplet()
    with pytest.raises(EvaluationError, match="nothing is left of 96×96 inside a border of 48"):
        shares(estimate, clean, plain, border=48)
    with pytest.raises(EvaluationError, match="the clean picture and the enlarged input; it received 1×3×96×96"):
        Improvement()(estimate, clean)
    with pytest.raises(EvaluationError, match="contains NaN"):
        shares(estimate.where(estimate > 0.3, torch.nan), clean, plain)
