"""Structure and texture: the ROF model's known solution for a step."""

import torch
from burnish_optical_flow.estimators.structure_texture import structure, texture


def step() -> torch.Tensor:
    picture = torch.zeros(1, 1, 6, 16, dtype=torch.float64)
    picture[..., 6:] = 1.0
    return picture


def test_a_step_loses_theta_over_its_width_on_either_side() -> None:
    found = structure(step(), theta=0.5, iterations=3000)
    wanted = step()
    wanted[..., :6] += 0.5 / 6
    wanted[..., 6:] -= 0.5 / 10
    torch.testing.assert_close(found, wanted, atol=2e-3, rtol=0)


def test_structure_keeps_the_mean() -> None:
    picture = torch.rand(1, 1, 12, 15, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(structure(picture, theta=0.3, iterations=20).mean(), picture.mean())


def test_shading_goes_and_fine_detail_stays_in_the_texture() -> None:
    checks = 0.02 * ((torch.arange(32)[:, None] + torch.arange(32)) % 2)
    shaded = checks + 0.4 * (torch.arange(32) >= 16)
    left = texture(shaded[None, None].float())
    jump = (left[..., 17:].mean() - left[..., :15].mean()).abs()
    assert float(jump) < 0.1  # of 0.8 on the scale from −1 to 1
    assert float(left[..., 4:12].std()) > 0.9 * float((2 * checks[:, 4:12]).std())
