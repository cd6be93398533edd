"""MS-SSIM against torchmetrics and its own parts."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from burnish.errors import EvaluationError
from burnish_metrics.fidelity.ms_ssim import WEIGHTS, MsSsim
from burnish_metrics.fidelity.ssim import Ssim
from scipy.ndimage import gaussian_filter
from torchmetrics.functional.image import structural_similarity_index_measure


def _pair(channels: int, level: float, size: tuple[int, int] = (184, 200)) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(channels)
    clean = np.clip(gaussian_filter(rng.uniform(-900, 1100, (1, channels, *size)), (0, 0, 2, 2)), 0, 255)
    noisy = np.clip(clean + rng.normal(0, level, clean.shape), 0, 255)
    return torch.from_numpy(np.round(noisy) / 255).float(), torch.from_numpy(np.round(clean) / 255).float()


def _oracle(x: torch.Tensor, y: torch.Tensor, scales: int) -> float:
    """The product of torchmetrics' contrasts of each scale and its similarity of the last, inside the window's reach.

    Its own multi-scale function is not taken, since it counts mirrored pixels beyond the border in the last scale.
    """
    weights = [weight / sum(WEIGHTS[:scales]) for weight in WEIGHTS[:scales]]
    product, x, y = 1.0, x.double(), y.double()
    for weight in weights[:-1]:
        _, contrast = structural_similarity_index_measure(x, y, data_range=1.0, return_contrast_sensitivity=True)
        product *= float(contrast) ** weight
        x, y = (torch.nn.functional.avg_pool2d(picture, 2) for picture in (x, y))
    _, full = structural_similarity_index_measure(x, y, data_range=1.0, return_full_image=True)
    return product * float(full[..., 5:-5, 5:-5].mean()) ** weights[-1]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("level", [2.0, 25.0])
@pytest.mark.parametrize(("size", "scales"), [((176, 192), 5), ((181, 207), 5), ((64, 70), 3)])
def test_it_agrees_with_torchmetrics(channels: int, level: float, size: tuple[int, int], scales: int) -> None:
    noisy, clean = _pair(channels, level, size)
    assert MsSsim(scales=scales)(noisy, clean).item() == pytest.approx(_oracle(noisy, clean, scales), abs=1e-6)


def test_one_scale_is_ssim() -> None:
    noisy, clean = _pair(3, 20.0, (40, 50))
    assert MsSsim(scales=1)(noisy, clean).item() == pytest.approx(Ssim()(noisy, clean).item(), abs=1e-12)


def test_equal_pictures_score_one_and_a_negative_one_scores_zero() -> None:
    _, clean = _pair(1, 1.0)
    assert MsSsim()(clean, clean).item() == pytest.approx(1.0, abs=1e-12)
    assert MsSsim()(1 - clean, clean).item() == 0.0


def test_pictures_too_small_for_the_scales_are_refused_with_the_least_size() -> None:
    with pytest.raises(EvaluationError, match="175×400 is smaller than the 176×176 that 5 scales need"):
        MsSsim()(torch.zeros(1, 1, 175, 400), torch.zeros(1, 1, 175, 400))
