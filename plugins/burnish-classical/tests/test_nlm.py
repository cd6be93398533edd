"""Non-local means follows its definition, and is worth more than scikit-image's and OpenCV's."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from burnish.io import list_pictures, read_clean
from burnish_classical.nlm import NonLocalMeans
from burnish_classical.opponent import LUMA_AND_CHROMA


def _by_definition(picture: np.ndarray, sigma: float, nlm: NonLocalMeans) -> np.ndarray:
    """Patch by patch, in loops: every patch votes for the pixels of its middle, with each of its likes."""
    height, width, channels = picture.shape
    settings = nlm.likeness[channels]
    margin, reach, half = settings.reach + settings.patch, settings.search // 2, settings.patch // 2
    padded = np.pad(picture, ((margin, margin), (margin, margin), (0, 0)), mode="reflect")
    guide, shares = padded, np.ones(channels)
    if channels == 3:
        guide, shares = padded @ LUMA_AND_CHROMA.T, np.array([1.0, settings.chroma, settings.chroma])

    def around(image: np.ndarray, y: int, x: int, side: int) -> np.ndarray:
        return image[y - side // 2 : y + side // 2 + 1, x - side // 2 : x + side // 2 + 1]

    total, weights = np.zeros_like(padded), np.zeros(padded.shape[:2])
    for y in range(margin - half, margin + height + half):
        for x in range(margin - half, margin + width + half):
            for down in range(-reach, reach + 1):
                for right in range(-reach, reach + 1):
                    there = around(guide, y + down, x + right, settings.compared)
                    difference = (around(guide, y, x, settings.compared) - there) ** 2
                    distance = (difference.mean(axis=(0, 1)) * shares).sum() / shares.sum()
                    weight = math.exp(-max(distance - 2 * sigma**2, 0) / (settings.strength * sigma) ** 2)
                    around(total, y, x, settings.patch)[...] += weight * around(
                        padded, y + down, x + right, settings.patch
                    )
                    around(weights, y, x, settings.patch)[...] += weight
    inside = (slice(margin, -margin), slice(margin, -margin))
    return total[inside] / weights[inside][..., None]


@pytest.mark.parametrize(
    ("channels", "patch", "compared", "search"),
    [(1, 1, 1, 5), (1, 3, "auto", 5), (3, 3, "auto", 5), (3, 5, 5, 3), (1, 3, 1, 3), (3, 1, 5, 3)],
)
def test_the_result_follows_the_definition(channels: int, patch: int, compared: Any, search: int) -> None:
    ramp = torch.linspace(0, 1, 13).expand(1, channels, 11, 13)
    picture = ramp + 0.1 * torch.randn(ramp.shape, generator=torch.Generator().manual_seed(3))
    nlm = NonLocalMeans(patch=patch, compared=compared, search=search, strength=0.7, chroma=0.2)
    oracle = _by_definition(picture[0].permute(1, 2, 0).double().numpy(), 0.1, nlm)
    assert np.abs(nlm(picture, sigma=0.1)[0].permute(1, 2, 0).numpy() - oracle).max() < 5e-6


def test_larger_patches_are_compared_on_grey_than_on_colour() -> None:
    assert {channels: settings.compared for channels, settings in NonLocalMeans().likeness.items()} == {1: 5, 3: 3}


def test_each_picture_is_denoised_by_its_own_sigma_and_none_at_zero() -> None:
    picture = torch.rand(2, 3, 20, 21, generator=torch.Generator().manual_seed(2))
    both = NonLocalMeans()(picture, sigma=torch.tensor([0.0, 0.1]))
    assert torch.equal(both[0], picture[0])
    assert torch.equal(both[1:], NonLocalMeans()(picture[1:], sigma=0.1))


def test_noise_on_an_even_area_falls_to_a_fraction() -> None:
    noisy = 0.5 + 0.1 * torch.randn(1, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    assert float((NonLocalMeans()(noisy, sigma=0.1) - 0.5).std()) < 0.35 * 0.1


def test_steps_finer_than_8_bit_survive() -> None:
    fine = torch.linspace(0.5, 0.5 + 4 / 255, 64).expand(1, 1, 64, 64)
    noise = 1e-4 * torch.randn(1, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    restored = NonLocalMeans()(fine + noise, sigma=1e-4)
    assert len(torch.unique((restored * 65535).round())) > 500


def _psnr(estimate: torch.Tensor, clean: torch.Tensor) -> float:
    return -10 * math.log10(float((estimate.clamp(0, 1) - clean).double().pow(2).mean()))


@pytest.mark.slow
def test_photographs_gain_more_than_by_scikit_image_or_opencv(shared_data: Path) -> None:
    import cv2
    from skimage.restoration import denoise_nl_means

    sigma, gains = 25 / 255, []
    for index, path in enumerate(list_pictures(shared_data / "test" / "CBSD68")[::10]):
        clean = read_clean(path)[..., 60:220, 60:220]
        noisy = clean + sigma * torch.randn(clean.shape, generator=torch.Generator().manual_seed(index))
        pixels = noisy[0].permute(1, 2, 0).numpy()
        theirs = denoise_nl_means(pixels, 5, 7, 0.6 * sigma, fast_mode=True, sigma=sigma, channel_axis=2)
        levels = np.ascontiguousarray((pixels.clip(0, 1) * 255).round().astype(np.uint8)[..., ::-1])
        opencv = cv2.fastNlMeansDenoisingColored(levels, None, 10, 10, 7, 21)[..., ::-1] / 255.0
        ours = _psnr(NonLocalMeans()(noisy, sigma=sigma), clean)
        others = [_psnr(torch.from_numpy(np.array(x)).permute(2, 0, 1)[None], clean) for x in (theirs, opencv)]
        gains.append((ours - _psnr(noisy, clean), *(ours - other for other in others)))
    over_noisy, over_skimage, over_opencv = np.mean(gains, axis=0)
    assert over_noisy > 6
    assert over_skimage > 0.5
    assert over_opencv > 0.5


@pytest.mark.slow
def test_grey_photographs_gain_more_than_by_scikit_image(shared_data: Path) -> None:
    from skimage.restoration import denoise_nl_means

    sigma, gains = 25 / 255, []
    for index, path in enumerate(list_pictures(shared_data / "test" / "BSD68")[::10]):
        clean = read_clean(path, "grey")[..., 60:220, 60:220]
        noisy = clean + sigma * torch.randn(clean.shape, generator=torch.Generator().manual_seed(index))
        theirs = denoise_nl_means(noisy[0, 0].numpy(), 5, 7, 0.6 * sigma, fast_mode=True, sigma=sigma)
        ours = _psnr(NonLocalMeans()(noisy, sigma=sigma), clean)
        gains.append(ours - _psnr(torch.from_numpy(theirs)[None, None], clean))
    assert float(np.mean(gains)) > 0.15
