"""A burst of shaken frames becomes one that is sharper than each of them."""

import pytest
import torch
from burnish.errors import BurnishError
from burnish.inference import load_restorer, restore
from burnish_optical_flow.bursts.burst_fusion import BurstFusion
from torch import Tensor
from torch.nn import functional


def scene() -> Tensor:
    """1,1,H,W with edges in all directions."""
    picture = torch.zeros(1, 1, 128, 128)
    generator = torch.Generator().manual_seed(0)
    for top, left, value in torch.rand(60, 3, generator=generator).tolist():
        y, x = int(top * 110), int(left * 110)
        picture[..., y : y + 14, x : x + 9 + y % 9] = 0.15 + 0.7 * value
    return picture


def burst(picture: Tensor, *, shift: int) -> Tensor:
    """1,6,1,H,W: blurred along a line each, moved by up to ``shift`` pixels, a little noisy."""
    generator = torch.Generator().manual_seed(1)
    frames = []
    for index in range(6):
        kernel = torch.zeros(1, 1, 9, 9)
        for s in torch.linspace(-4, 4, 81):
            y, x = s * torch.sin(torch.tensor(index * 0.52)), s * torch.cos(torch.tensor(index * 0.52))
            kernel[0, 0, int((y + 4).round()), int((x + 4).round())] += 1
        blurred = functional.conv2d(functional.pad(picture, (4,) * 4, mode="reflect"), kernel / kernel.sum())
        moved = blurred.roll((index % 3 * shift // 2, -index // 3 * shift), (2, 3))
        frames.append(moved + 0.01 * torch.randn(moved.shape, generator=generator))
    return torch.stack(frames, dim=1)


def error(estimate: Tensor, clean: Tensor) -> float:
    return float((estimate - clean)[..., 16:-16, 16:-16].square().mean())


def test_a_registered_burst_gains_without_alignment_and_without_sharpening() -> None:
    clean = scene()
    frames = burst(clean, shift=0)
    best = min(error(frames[:, t], clean) for t in range(6))
    fused = BurstFusion(align=False, sharpen=0, window=64)(frames)
    assert error(fused, clean) < 0.6 * best
    assert error(fused, clean) < 0.6 * error(frames.mean(1), clean)


def test_a_moved_burst_gains_with_alignment_and_loses_without() -> None:
    clean = scene()
    frames = burst(clean, shift=3)
    fused = BurstFusion(sharpen=0, window=64)(frames)
    assert error(fused, clean) < 0.8 * error(frames[:, 0], clean)
    assert error(BurstFusion(align=False, sharpen=0, window=64)(frames), clean) > error(fused, clean)


def test_one_frame_that_is_not_sharpened_stays_as_it_is() -> None:
    frame = torch.rand(1, 1, 3, 20, 30)
    torch.testing.assert_close(BurstFusion(sharpen=0)(frame), frame[:, 0], atol=1e-5, rtol=0)


def test_colour_is_fused_with_one_weight_for_all_channels() -> None:
    frames = burst(scene(), shift=0)
    restorer = BurstFusion(align=False, sharpen=0, window=64)
    grey, colour = restorer(frames), restorer(frames.expand(-1, -1, 3, -1, -1))
    torch.testing.assert_close(colour, grey.expand(-1, 3, -1, -1), atol=1e-5, rtol=0)


def test_another_restorer_may_finish_instead_of_sharpening() -> None:
    frames = burst(scene(), shift=0).expand(-1, -1, 3, -1, -1).contiguous()
    fused = BurstFusion(align=False, sharpen=0, window=64)(frames)
    finished = BurstFusion(align=False, finish="classical/median", window=64)(frames)
    torch.testing.assert_close(finished, restore(load_restorer("classical/median"), fused))


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("classical/bicubic", "keeps their size"),
        ("deconvolution/wiener", "no conditions"),
        ("optical-flow/flow-deblur", "single pictures"),
        ("cnn/unet", "must be trained first"),
    ],
)
def test_what_cannot_finish_is_named_with_what_can(name: str, fact: str) -> None:
    with pytest.raises(BurnishError, match=fact) as raised:
        BurstFusion(align=False, finish=name)(torch.rand(1, 2, 3, 32, 32))
    assert name in str(raised.value)
    assert "sharpen" in str(raised.value) or "use cnn/unet:slight-shake" in str(raised.value)
