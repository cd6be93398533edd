"""Each learner's loss against its formula, its errors, and what its settings do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from burnish.errors import ConfigError, TrainingError
from burnish_self_supervised.learners.blind_spot import BlindSpot
from burnish_self_supervised.learners.neighbor2neighbor import Neighbor2Neighbor
from burnish_self_supervised.learners.noise2noise import Noise2Noise
from burnish_self_supervised.learners.noise2void import Noise2Void
from burnish_self_supervised.learners.recorrupted import Recorrupted
from burnish_self_supervised.learners.sure import Sure
from burnish_self_supervised.learners.unsure import Unsure
from burnish_self_supervised.methods.sure import rough_variance
from burnish_self_supervised.networks.blind_spot_net import BlindSpotNet
from torch import Tensor, nn


class Recorder(nn.Module):
    """Gives its input back and remembers what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.nothing = nn.Parameter(torch.zeros(1))
        self.seen: list[Tensor] = []
        self.sigmas: list[Tensor] = []

    def forward(self, degraded: Tensor, sigma: Tensor | None = None) -> Tensor:
        self.seen.append(degraded.detach())
        self.sigmas += [sigma] if sigma is not None else []
        return degraded + self.nothing


@pytest.mark.parametrize(("loss", "power"), [("l2", 2), ("l1", 1)])
def test_noise2noise_compares_with_the_other_shot(made: Any, noisy: Any, blur: Any, loss: str, power: int) -> None:
    first, second = noisy(seed=1), noisy(seed=1).flip(0)
    found = made(Noise2Noise, blur(1), loss=loss).training_step((0, {"degraded": first, "target": second}), 0)
    assert float(found.detach()) == pytest.approx(float((first - second).abs().pow(power).mean()), rel=1e-5)


def test_noise2noise_prefers_the_restorer_that_is_better_against_the_clean_picture(
    made: Any, clean: Any, blur: Any
) -> None:
    truth = clean(1, 64)
    draw = torch.Generator().manual_seed(3)
    first, second = (truth + 0.1 * torch.randn(truth.shape, generator=draw) for _ in range(2))
    crop = (0, {"degraded": first, "target": second})
    figures = [float(made(Noise2Noise, blur(side)).validation_step(crop, 0).detach()) for side in (1, 3, 5)]
    assert figures == sorted(figures)


def test_noise2noise_without_another_shot_is_refused(made: Any, noisy: Any, blur: Any) -> None:
    with pytest.raises(TrainingError, match=r"no other shot.*data\.shots"):
        made(Noise2Noise, blur(1)).training_step((0, {"degraded": noisy()}), 0)


def test_noise2void_shows_the_network_blinded_pixels_and_looks_there_only(made: Any, noisy: Any) -> None:
    degraded, recorder = noisy(), Recorder()
    loss = made(Noise2Void, recorder, spacing=4).training_step((0, {"degraded": degraded}), 0)
    changed = recorder.seen[0] != degraded
    assert changed.flatten(1).sum(dim=1).tolist() == [64] * 4
    assert float(loss.detach()) == pytest.approx(
        float((recorder.seen[0] - degraded)[changed].square().mean()), rel=1e-5
    )


def test_neighbor2neighbor_s_second_term_grows_with_the_budget(made: Any, noisy: Any) -> None:
    """Of a restorer that returns its input the second term is zero: only the first one is left, always."""
    learner = made(Neighbor2Neighbor, Recorder(), regularisation=3.0)
    weights, losses = [], []
    for step in (0, 50, 100):
        learner.clock.step = step
        weights.append(learner.weight)
        losses.append(float(learner.training_step((7, {"degraded": noisy()}), 0).detach()))
    assert weights == [0.0, 1.5, 3.0]
    assert losses[0] == pytest.approx(losses[2])


def test_neighbor2neighbor_is_its_formula(made: Any, noisy: Any, blur: Any) -> None:
    from burnish.training import generator
    from burnish_self_supervised.methods.neighbor2neighbor import drawn_pairs, subsampled

    degraded, restorer = noisy(), blur(3)
    learner = made(Neighbor2Neighbor, restorer)
    learner.clock.step = 25
    drawn = drawn_pairs((4, 32, 32), generator=generator(0, "neighbours", 7, 0))
    first, second = subsampled(degraded, drawn)
    one, two = subsampled(restorer(degraded), drawn)
    error = restorer(first) - second
    expected = error.square().mean() + 0.5 * (error - (one - two)).square().mean()
    assert float(learner.training_step((7, {"degraded": degraded}), 0).detach()) == pytest.approx(
        float(expected.detach()), rel=1e-5
    )


def test_neighbor2neighbor_takes_odd_pictures(made: Any, noisy: Any, blur: Any) -> None:
    degraded = noisy()[..., :31, :29]
    assert bool(made(Neighbor2Neighbor, blur(3)).training_step((0, {"degraded": degraded}), 0).isfinite())


def test_sure_s_loss_is_the_true_error_over_many_steps(made: Any, noisy: Any, clean: Any, blur: Any) -> None:
    restorer, found, truth = blur(3), [], []
    learner = made(Sure, restorer, sigma=0.1)
    for step in range(40):
        degraded = noisy(8, seed=step)
        found.append(float(learner.training_step((step, {"degraded": degraded}), 0).detach()))
        truth.append(float((restorer(degraded) - clean(8, 32, 1, step)).square().mean().detach()))
    difference = torch.tensor(found) - torch.tensor(truth)
    assert abs(float(difference.mean())) < 4 * float(difference.std()) / 40**0.5
    assert float(difference.mean().abs()) < 0.1 * sum(truth) / 40


def test_sure_takes_the_level_of_each_picture_or_that_of_its_configuration(made: Any, noisy: Any, blur: Any) -> None:
    degraded = noisy()
    known = {"degraded": degraded, "sigma": torch.full((4,), 0.1)}
    losses = [
        float(made(Sure, blur(3), **config).training_step((1, samples), 0).detach())
        for config, samples in (({}, known), ({"sigma": 0.1}, {"degraded": degraded}), ({"sigma": 0.2}, known))
    ]
    assert losses[0] == losses[1] == losses[2]


@pytest.mark.parametrize("learner", [Sure, Recorrupted])
def test_a_learner_that_needs_the_level_refuses_at_its_first_validation_without_one(
    made: Any, noisy: Any, blur: Any, learner: Any
) -> None:
    with pytest.raises(ConfigError, match="needs the level of the noise"):
        made(learner, blur(3)).validation_step((0, {"degraded": noisy(1)}), 0)


def test_sure_hands_a_configured_level_to_a_restorer_that_needs_it(made: Any, noisy: Any) -> None:
    recorder = Recorder()
    learner = made(Sure, recorder, needs=frozenset({"sigma"}), sigma=0.1)
    learner.training_step((0, {"degraded": noisy()}), 0)
    assert recorder.sigmas[0].tolist() == pytest.approx([0.1] * 8), "once for each picture and its changed twin"


def test_recorrupted_tells_the_restorer_the_level_of_what_it_is_shown(made: Any, noisy: Any) -> None:
    recorder = Recorder()
    learner = made(Recorrupted, recorder, needs=frozenset({"sigma"}), alpha=0.5)
    degraded, levels = noisy(side=128), torch.tensor([0.1, 0.1, 0.2, 0.2])
    learner.training_step((0, {"degraded": degraded, "sigma": levels}), 0)
    assert recorder.sigmas[0].tolist() == pytest.approx((levels * 1.25**0.5).repeat_interleave(2).tolist())
    more, less = (recorder.seen[0][first::2] - degraded for first in (0, 1))
    assert torch.allclose(more, -less, atol=1e-6), "the same noise with both signs"
    assert more.flatten(1).std(dim=1).tolist() == pytest.approx((0.5 * levels).tolist(), rel=0.03)


def test_both_signs_make_the_loss_of_recorrupted_much_less_noisy(made: Any, noisy: Any, blur: Any) -> None:
    """Its mean over draws is the same: the error against the clean picture plus the variance of the targets."""

    def gradients(**config: Any) -> torch.Tensor:
        restorer, found = blur(3), []
        learner = made(Recorrupted, restorer, sigma=0.1, alpha=0.2, **config)
        for step in range(24):
            restorer.zero_grad()
            learner.training_step((step, {"degraded": noisy()}), 0).backward()
            found.append(torch.cat([one.grad.flatten() for one in restorer.parameters()]))
        return torch.stack(found)

    both, single = gradients(), gradients(both_signs=False)
    assert torch.allclose(both.mean(dim=0), single.mean(dim=0), atol=float(4 * (single.var(dim=0) / 24).sqrt().max()))
    assert float(both.var(dim=0).sum()) < 0.1 * float(single.var(dim=0).sum())


def test_recorrupted_keeps_levels_with_their_pictures_where_only_some_hold_whole_counts(made: Any) -> None:
    """Counts make one pair, other values one for each sign."""
    recorder = Recorder()
    learner = made(Recorrupted, recorder, needs=frozenset({"sigma"}), alpha=0.25)
    counts = torch.poisson(torch.full((3, 1, 32, 32), 20.0), generator=torch.Generator().manual_seed(0))
    degraded = 0.02 * counts * torch.tensor([1.07, 1.0, 1.07]).view(3, 1, 1, 1)
    known = {"gain": torch.full((3,), 0.02), "sigma": torch.tensor([0.1, 0.2, 0.3])}
    learner.training_step((0, {"degraded": degraded, **known}), 0)
    assert len(recorder.seen[0]) == 5
    assert recorder.sigmas[0].tolist() == pytest.approx([(1 + 0.25**2) ** 0.5 * s for s in (0.1, 0.1, 0.2, 0.3, 0.3)])


def test_recorrupted_splits_counts_where_the_noise_is_of_counts_alone(made: Any) -> None:
    recorder = Recorder()
    counts = torch.poisson(torch.full((4, 1, 32, 32), 20.0), generator=torch.Generator().manual_seed(0))
    made(Recorrupted, recorder, gain=0.02, alpha=0.25).training_step((0, {"degraded": 0.02 * counts}), 0)
    left = recorder.seen[0] * 0.75 / 0.02
    assert torch.allclose(left, left.round(), atol=1e-3)
    assert bool((left <= counts + 1e-3).all())


def test_unsure_begins_with_a_rough_estimate_and_follows_its_constraint(made: Any, noisy: Any) -> None:
    learner = made(Unsure, Recorder(), rate=0.05)
    degraded = noisy()
    learner.training_step((0, {"degraded": degraded}), 0)
    start = float(rough_variance(degraded).mean())
    assert start == pytest.approx(0.01, rel=0.15)
    assert learner.multipliers.tolist() == pytest.approx([0.0, start * 2.718282 ** (0.05 * 0.1)], rel=1e-3)
    assert {"multipliers", "velocity"} <= learner.state_dict().keys()


@pytest.mark.parametrize(("noise", "active"), [("poisson", [True, False]), ("poisson-gaussian", [True, True])])
def test_unsure_keeps_only_the_multipliers_of_its_kind_of_noise(
    made: Any, noisy: Any, noise: str, active: list[bool]
) -> None:
    learner = made(Unsure, Recorder(), noise=noise)
    learner.training_step((0, {"degraded": noisy()}), 0)
    assert [value > 0 for value in learner.multipliers.tolist()] == active


def trained(learner: Any, pictures: Callable[[int], Tensor], *, steps: int, rate: float) -> None:
    """Other pictures in every step: few of them, with their noise, would be learned by heart."""
    optimizer = torch.optim.Adam([p for p in learner.restorer.parameters() if p.requires_grad], lr=rate)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for step in range(steps):
        optimizer.zero_grad()
        learner.training_step((step, {"degraded": pictures(step)}), 0).backward()
        optimizer.step()
        falling.step()


def test_unsure_finds_the_variance_of_the_noise_with_a_small_network(made: Any, noisy: Any) -> None:
    """It begins three times too high and ends near the truth; a restorer of few weights leaves it a little high."""
    torch.manual_seed(0)
    restorer = nn.Sequential(nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.Conv2d(8, 1, 3, padding=1))
    learner = made(Unsure, restorer)
    learner.multipliers.copy_(torch.tensor([0.0, 0.03]))
    trained(learner, lambda step: noisy(8, seed=step), steps=350, rate=0.01)
    assert 0.009 < float(learner.multipliers[1]) < 0.0125


def blind(noise: Any = "gaussian") -> BlindSpotNet:
    torch.manual_seed(0)
    return BlindSpotNet(channels=1, width=8, levels=1, noise=noise)


@pytest.mark.parametrize(("ratio", "warned"), [(1.0, False), (9.0, True)])
def test_blind_spot_warns_where_one_level_cannot_fit_all_pictures(
    made: Any, noisy: Any, caplog: pytest.LogCaptureFixture, ratio: float, warned: bool
) -> None:
    degraded = noisy()
    degraded[0] = 0.5 + ratio**0.5 * (degraded[0] - 0.5)
    made(BlindSpot, blind()).training_step((0, {"degraded": degraded}), 0)
    assert ("one level is learned for all" in caplog.text) is warned


def test_blind_spot_finds_the_level_and_restores_without_being_told(made: Any, noisy: Any, clean: Any) -> None:
    learner = made(BlindSpot, blind())
    trained(learner, lambda step: noisy(4, sigma=0.15, seed=step), steps=80, rate=0.01)
    degraded = noisy(8, sigma=0.15, seed=500)
    assert float(learner.restorer.read_noise.detach()) == pytest.approx(0.15, rel=0.1)
    with torch.no_grad():
        restored = learner.restorer.eval()(degraded)
        guessed = learner.restorer.prior(degraded).mean
    truth = clean(8, 32, 1, 500)
    errors = [float((each - truth).square().mean()) for each in (restored, guessed, degraded)]
    assert errors[0] < errors[1] < 0.1 * errors[2]


def test_blind_spot_keeps_a_configured_level_and_does_not_learn_it(made: Any, noisy: Any) -> None:
    learner = made(BlindSpot, blind(), sigma=0.2)
    assert float(learner.restorer.read_noise.detach()) == pytest.approx(0.2)
    trained(learner, lambda step: noisy(seed=step), steps=3, rate=0.05)
    assert float(learner.restorer.read_noise.detach()) == pytest.approx(0.2)
    model = made(BlindSpot, blind("poisson-gaussian"), gain=0.02, read_noise=0.05, offset=0.1).restorer
    assert [float(x.detach()) for x in (model.gain, model.read_noise, model.offset)] == pytest.approx([0.02, 0.05, 0.1])


def test_blind_spot_keeps_the_mean_of_the_levels_known_of_the_pictures(made: Any, noisy: Any) -> None:
    learner = made(BlindSpot, blind())
    for sigmas in ([0.1, 0.2, 0.1, 0.2], [0.2, 0.2, 0.2, 0.2]):
        learner.training_step((0, {"degraded": noisy(), "sigma": torch.tensor(sigmas)}), 0)
    assert float(learner.restorer.read_noise.detach()) == pytest.approx(0.15 + 0.01 * 0.05, rel=1e-4)


def test_blind_spot_refuses_noise_that_grows_with_the_value_for_a_network_that_assumes_even_noise(made: Any) -> None:
    with pytest.raises(ConfigError, match=r"set noise: poisson-gaussian in restorer\.config"):
        made(BlindSpot, blind(), gain=0.02)


def test_blind_spot_s_figure_is_the_psnr_of_a_guess_with_gaussian_errors(made: Any) -> None:
    """An untrained network guesses the mean of the neighbours; on pure noise the error's variance is known."""
    network = blind()
    with torch.no_grad():
        network.join[-1].bias.copy_(torch.tensor([0.0, -10.0]))  # type: ignore[union-attr, operator]
    sigma = 0.1
    noise = 0.5 + sigma * torch.randn(1, 1, 256, 256, generator=torch.Generator().manual_seed(0))
    level = sigma * (9 / 8) ** 0.5
    figure = float(made(BlindSpot, network, sigma=level).validation_step((0, {"degraded": noise}), 0).detach())
    assert figure == pytest.approx(-20 * torch.tensor(level).log10().item(), abs=0.1)
