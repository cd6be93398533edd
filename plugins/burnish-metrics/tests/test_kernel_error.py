"""Kernels are compared by correlation over all shifts, as SciPy computes it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish.errors import EvaluationError
from burnish_metrics.kernel_error import KernelError
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import correlate2d


def _kernels(seed: int, side: int, count: int = 2) -> torch.Tensor:
    values = np.random.default_rng(seed).exponential(1, (count, 1, side, side))
    return torch.from_numpy(values / values.sum(axis=(2, 3), keepdims=True))


@given(seed=st.integers(0, 2**16), one=st.sampled_from([3, 7, 12]), other=st.sampled_from([5, 7, 9]))
@settings(max_examples=30)
def test_it_is_one_minus_scipys_largest_correlation(seed: int, one: int, other: int) -> None:
    x, y = _kernels(seed, one), _kernels(seed + 1, other)
    for index, score in enumerate(KernelError()(x, y).tolist()):
        a, b = x[index, 0].numpy(), y[index, 0].numpy()
        best = correlate2d(b, a).max() / np.linalg.norm(a) / np.linalg.norm(b)
        assert score == pytest.approx(1 - best, abs=1e-12)


def test_shift_scale_and_padding_do_not_matter_but_mirroring_does() -> None:
    kernel = torch.zeros(1, 1, 15, 15, dtype=torch.float64)
    kernel[..., 4:7, 5:9] = _kernels(3, 4, 1)[..., :3, :]
    for same in (kernel.roll((2, -3), (2, 3)), 7 * kernel, torch.nn.functional.pad(kernel, (3, 3, 3, 3))):
        assert KernelError()(same, kernel).item() == pytest.approx(0.0, abs=1e-12)
    assert KernelError()(kernel.flip(2, 3), kernel).item() > 0.02


def test_a_point_against_a_flat_kernel_has_the_closed_form() -> None:
    point, flat = torch.zeros(1, 1, 5, 5), torch.full((1, 1, 5, 5), 1 / 25)
    point[..., 2, 2] = 1
    assert KernelError()(point, flat).item() == pytest.approx(1 - 1 / 5)


def test_what_cannot_be_compared_is_refused() -> None:
    kernel = torch.full((1, 1, 5, 5), 1 / 25)
    for estimate, reference, fact in (
        (kernel, None, "true kernel"),
        (kernel[0], kernel, "1×5×5 and 1×1×5×5"),
        (torch.zeros(1, 1, 5, 5), kernel, "all zeros"),
        (kernel * float("nan"), kernel, "NaN"),
    ):
        with pytest.raises(EvaluationError, match=fact):
            KernelError()(estimate, reference)
