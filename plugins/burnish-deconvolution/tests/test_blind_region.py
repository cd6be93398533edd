"""The part of a picture that tells its blur."""

import torch
from burnish_deconvolution.blind.region import telling_region


def test_the_part_with_structure_is_chosen() -> None:
    grey = torch.full((400, 500), 0.5)
    texture = torch.rand(96, 96, generator=torch.Generator().manual_seed(0)) * 0.5
    grey[250:346, 340:436] = texture
    part = telling_region(grey, 128)
    assert part.shape == (128, 128)
    assert float((part != 0.5).float().mean()) > 0.9 * 96 * 96 / 128**2


def test_clipped_lights_are_avoided() -> None:
    grey = torch.full((200, 400), 0.3)
    grey[:, 200:] = (torch.arange(200 * 200).view(200, 200) // 4 % 2).float()
    grey[:, :200] += 0.05 * torch.rand(200, 200, generator=torch.Generator().manual_seed(0))
    grey[:, 200:] = 0.99 + 0.01 * grey[:, 200:]
    assert float(telling_region(grey, 160).max()) < 0.98


def test_a_picture_that_is_no_larger_is_taken_whole() -> None:
    grey = torch.rand(60, 40)
    assert telling_region(grey, 64) is grey


def test_a_long_picture_is_cut_along_its_longer_side_alone() -> None:
    assert telling_region(torch.rand(50, 300), 100).shape == (50, 100)
