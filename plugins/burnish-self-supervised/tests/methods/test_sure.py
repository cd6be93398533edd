"""SURE against the true error over many draws of noise, and UNSURE against the noise that it must find."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from burnish_self_supervised.methods.noise_level import NoiseLevel
from burnish_self_supervised.methods.sure import ascended, constraints, derivatives, lagrangian, risk, signs
from torch import Tensor
from torch.nn import functional

SIDE, DRAWS = 16, 4000
KERNEL = torch.tensor([[0.05, 0.1, 0.05], [0.1, 0.4, 0.1], [0.05, 0.1, 0.05]], dtype=torch.float64)
Function = Callable[[Tensor], Tensor]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def linear(picture: Tensor) -> Tensor:
    """A convolution; the derivative of a pixel by itself is the kernel's centre, 0.4."""
    return functional.conv2d(picture, KERNEL.to(picture)[None, None], padding=1)


def shrinking(picture: Tensor) -> Tensor:
    """A smooth nonlinear restorer: details shrink where they are small."""
    smooth = functional.avg_pool2d(picture, 3, stride=1, padding=1)
    detail = picture - smooth
    return smooth + detail * torch.tanh(8.0 * detail.square() / 0.04)


def clean(draws: int) -> Tensor:
    ramp = torch.linspace(0.2, 0.7, SIDE, dtype=torch.float64)
    picture = (ramp[:, None] * ramp).sqrt() + 0.2 * (torch.arange(SIDE) % 5 == 0).double()
    return picture.expand(draws, 1, SIDE, SIDE)


def close(found: Tensor, truth: Tensor) -> bool:
    """Whether the mean of the differences is zero, to four standard errors."""
    difference = found.double() - truth.double()
    return bool(difference.mean().abs() < 4.0 * difference.std() / len(difference) ** 0.5)


@pytest.mark.parametrize("function", [linear, shrinking])
def test_for_gaussian_noise_its_mean_is_the_true_error(function: Function) -> None:
    sigma = 0.15
    noisy = clean(DRAWS) + sigma * torch.randn(clean(DRAWS).shape, generator=seeded(1), dtype=torch.float64)
    level = NoiseLevel(gain=torch.zeros(1), read_noise=torch.tensor([sigma]), offset=torch.zeros(1))
    probe = signs(tuple(noisy.shape), generator=seeded(2)).double()
    estimate = function(noisy)
    derivative = derivatives(estimate, function(noisy + 0.01 * probe), probe, step=0.01)
    found = risk(noisy, estimate, level.variance(noisy), derivative)
    truth = (estimate - clean(DRAWS)).square().flatten(1).mean(dim=1)
    assert close(found, truth)
    assert not close(found + 0.05 * truth.mean(), truth), "the test would see an error of a twentieth"


@pytest.mark.parametrize("read_noise", [0.0, 0.05])
def test_for_poisson_noise_and_a_linear_filter_its_mean_is_the_true_error(read_noise: float) -> None:
    gain, offset = 0.03, 0.1
    shape = clean(DRAWS).shape
    noisy = offset + gain * torch.poisson((clean(DRAWS) - offset).clamp_min(0) / gain, generator=seeded(1))
    noisy += read_noise * torch.randn(shape, generator=seeded(3), dtype=torch.float64)
    level = NoiseLevel(gain=torch.tensor([gain]), read_noise=torch.tensor([read_noise]), offset=torch.tensor([offset]))
    probe = signs(tuple(shape), generator=seeded(2)).double()
    estimate = linear(noisy)
    derivative = derivatives(estimate, linear(noisy + 0.01 * probe), probe, step=0.01)
    found = risk(noisy, estimate, level.variance(noisy), derivative)
    truth = (estimate - clean(DRAWS)).square().flatten(1).mean(dim=1)
    assert close(found, truth)
    assert not close(found + 0.05 * truth.mean(), truth)


def test_the_bias_for_poisson_noise_and_a_nonlinear_restorer_falls_with_the_gain() -> None:
    biases = []
    for gain in (0.04, 0.004):
        noisy = gain * torch.poisson(clean(DRAWS) / gain, generator=seeded(1))
        level = NoiseLevel(gain=torch.tensor([gain]), read_noise=torch.zeros(1), offset=torch.zeros(1))
        probe = signs(tuple(noisy.shape), generator=seeded(2)).double()
        estimate = shrinking(noisy)
        derivative = derivatives(estimate, shrinking(noisy + 1e-3 * probe), probe, step=1e-3)
        found = risk(noisy, estimate, level.variance(noisy), derivative)
        truth = (estimate - clean(DRAWS)).square().flatten(1).mean(dim=1)
        biases.append(float((found.double() - truth).mean().abs() / truth.mean()))
    assert biases[0] < 0.1
    assert biases[1] < 0.02


def test_the_probe_finds_the_derivative_of_a_linear_filter() -> None:
    noisy = torch.rand(400, 1, SIDE, SIDE, generator=seeded(1), dtype=torch.float64)
    probe = signs(tuple(noisy.shape), generator=seeded(2)).double()
    found = derivatives(linear(noisy), linear(noisy + 0.01 * probe), probe, step=0.01)
    assert found.mean(dim=0).numpy() == pytest.approx(0.4, abs=0.06)
    assert float(found.mean()) == pytest.approx(0.4, abs=4 * 0.23 / (400 * SIDE**2) ** 0.5 + 1e-5)


def test_the_probe_finds_the_derivative_of_a_nonlinear_restorer() -> None:
    """Against automatic differentiation, pixel by pixel."""
    noisy = torch.rand(1, 1, 6, 6, generator=seeded(1), dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(shrinking, noisy).reshape(36, 36)
    probe = signs((20000, 1, 6, 6), generator=seeded(2)).double()
    many = noisy.expand(20000, 1, 6, 6)
    found = derivatives(shrinking(many), shrinking(many + 1e-4 * probe), probe, step=1e-4).double().mean(dim=0)
    assert torch.allclose(found.flatten(), jacobian.diagonal(), atol=0.05)


def test_signs_are_one_or_minus_one_equally_often() -> None:
    found = signs((1000, 100), generator=seeded())
    assert set(found.unique().tolist()) == {-1.0, 1.0}
    assert abs(float(found.mean())) < 4 / 100000**0.5


def filtered(spectrum: Tensor, picture: Tensor) -> Tensor:
    return torch.fft.ifft2(torch.fft.fft2(picture) * spectrum).real


def found_by_unsure(noisy: Tensor, steps: int = 1000) -> Tensor:
    """Multipliers (gain fixed at 0, variance) of the best linear filter, one real weight for each frequency."""
    half = torch.fft.fft2(noisy)
    logits = torch.ones(noisy.shape[-2:], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([logits], lr=0.03)
    multipliers, velocity = torch.tensor([0.0, 1e-3], dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
    generator = seeded(7)
    for _ in range(steps):
        optimizer.zero_grad()
        spectrum = 0.5 * (logits + logits.flip(0, 1).roll((1, 1), (0, 1)))  # real in space
        estimate = torch.fft.ifft2(half * spectrum).real
        probe = signs(tuple(noisy.shape), generator=generator).double()
        derivative = probe * filtered(spectrum, probe)
        loss = lagrangian(noisy, estimate, derivative, (multipliers[0], multipliers[1])).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        ascended(multipliers, velocity, constraints(noisy, derivative), rate=0.02, momentum=0.9)
    return multipliers


@pytest.mark.parametrize("sigma", [0.1, 0.3])
def test_unsure_finds_the_variance_of_the_noise_over_linear_filters(sigma: float) -> None:
    """The optimum is known: 1 / mean(1 / power), the harmonic mean of the spectrum, near σ² for smooth pictures."""
    generator = seeded(3)
    rough = torch.randn(32, 1, SIDE, SIDE, generator=generator, dtype=torch.float64)
    frequency = torch.fft.fftfreq(SIDE, dtype=torch.float64).square()
    smooth = filtered(((frequency[:, None] + frequency) < 0.02).double(), rough)
    noisy = smooth + sigma * torch.randn(rough.shape, generator=generator, dtype=torch.float64)
    power = torch.fft.fft2(noisy).abs().square().mean(dim=(0, 1)) / SIDE**2
    optimum = 1.0 / float((1.0 / power).mean())
    found = float(found_by_unsure(noisy)[1])
    assert found == pytest.approx(optimum, rel=0.05)
    assert found == pytest.approx(sigma**2, rel=0.15)


def test_a_multiplier_rises_while_its_constraint_is_positive_and_stays_positive() -> None:
    multipliers, velocity = torch.tensor([0.01, 0.02]), torch.zeros(2)
    for _ in range(5):
        ascended(multipliers, velocity, torch.tensor([100.0, -100.0]), rate=1.0, momentum=0.0)
    assert float(multipliers[0]) == pytest.approx(0.01 * 2.718282**5, rel=1e-4)
    assert 0.0 < float(multipliers[1]) < 0.02


def test_the_lagrangian_of_right_multipliers_is_sure_up_to_a_constant() -> None:
    noisy, estimate, derivative = (torch.rand(3, 1, 4, 4, generator=seeded(i)) for i in range(3))
    level = NoiseLevel(gain=torch.tensor([0.02]), read_noise=torch.tensor([0.1]), offset=torch.zeros(1))
    sure = risk(noisy, estimate, level.variance(noisy), derivative)
    unsure = lagrangian(noisy, estimate, derivative, (torch.tensor(0.02), torch.tensor(0.01)))
    assert torch.allclose(unsure - sure, level.variance(noisy).flatten(1).mean(1), atol=1e-6)
