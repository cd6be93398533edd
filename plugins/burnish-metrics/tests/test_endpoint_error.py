"""Motion is compared where the truth is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from burnish.errors import EvaluationError
from burnish_metrics.endpoint_error import EndpointError


def _flow(seed: int) -> torch.Tensor:
    return torch.randn(2, 2, 7, 9, generator=torch.Generator().manual_seed(seed))


def test_it_is_the_mean_distance() -> None:
    truth, off = _flow(0), torch.tensor([3.0, -4.0]).reshape(1, 2, 1, 1)
    assert EndpointError()(truth + off, truth).tolist() == pytest.approx([5.0, 5.0], rel=1e-6)
    distance = np.hypot(*(_flow(1).double() - truth.double()).numpy().transpose(1, 0, 2, 3))
    assert EndpointError()(_flow(1), truth).tolist() == pytest.approx(distance.mean(axis=(1, 2)).tolist(), rel=1e-9)


def test_unknown_motion_does_not_count() -> None:
    truth = torch.zeros(1, 2, 2, 2)
    truth[0, 0, 0, 0], truth[0, 1, 1, 1] = 1.6e9, float("nan")
    estimate = torch.tensor([[[9.0, 1.0], [2.0, 9.0]], [[9.0, 0.0], [0.0, 9.0]]])[None]
    assert EndpointError()(estimate, truth).item() == pytest.approx(1.5)


def test_no_motion_on_middlebury_errs_by_the_mean_length_of_the_truth(shared_data: Path) -> None:
    files = sorted((shared_data / "flow" / "middlebury").rglob("*.flo"))
    if not files:
        pytest.skip("no Middlebury flow in the benchmark data")
    for file in files:
        width, height = np.fromfile(file, "<i4", 2, offset=4)
        values = np.fromfile(file, "<f4", offset=12).reshape(height, width, 2).astype(np.float64)
        known = np.abs(values).max(axis=2) < 1e9
        truth = torch.from_numpy(values).permute(2, 0, 1)[None]
        score = EndpointError()(torch.zeros_like(truth), truth).item()
        assert score == pytest.approx(np.hypot(values[..., 0], values[..., 1])[known].mean(), rel=1e-9)


def test_what_cannot_be_compared_is_refused() -> None:
    flow = _flow(0)
    for estimate, reference, fact in (
        (flow, None, "true motion"),
        (flow[:, :1], flow, "2×1×7×9 and 2×2×7×9"),
        (flow, torch.full_like(flow, 1e10), "unknown at every pixel"),
        (flow * float("inf"), flow, "infinite"),
    ):
        with pytest.raises(EvaluationError, match=fact):
            EndpointError()(estimate, reference)
