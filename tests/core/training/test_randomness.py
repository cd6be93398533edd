"""Seeds as pure functions of their words."""

from __future__ import annotations

import numpy as np
import torch
from burnish.training.randomness import derive, generator, uniforms
from hypothesis import given
from hypothesis import strategies as st

WORDS = st.lists(st.one_of(st.integers(0, 10**6), st.sampled_from(["patches", "validation", "step"])), max_size=4)


@given(seed=st.integers(0, 2**32), words=WORDS)
def test_equal_words_give_equal_seeds_that_torch_takes(seed: int, words: list[str | int]) -> None:
    assert derive(seed, *words) == derive(seed, *words)
    assert 0 <= derive(seed, *words) < 2**63
    assert generator(seed, *words).initial_seed() == derive(seed, *words)


@given(seed=st.integers(0, 2**32), step=st.integers(0, 10**9))
def test_neighbouring_seeds_steps_and_ranks_are_unrelated(seed: int, step: int) -> None:
    seeds = {derive(seed, step, 0), derive(seed + 1, step, 0), derive(seed, step + 1, 0), derive(seed, step, 1)}
    assert len(seeds) == 4


def test_words_do_not_run_together() -> None:
    assert derive(1, 23) != derive(12, 3)


def test_uniform_numbers_ignore_the_global_state_and_fill_the_interval() -> None:
    np.random.seed(0)
    first = uniforms(3, "patches", 5, shape=(2000, 2))
    np.random.seed(1)
    assert np.array_equal(first, uniforms(3, "patches", 5, shape=(2000, 2)))
    assert first.min() >= 0.0
    assert first.max() < 1.0
    assert abs(first.mean() - 0.5) < 0.02
    assert abs(np.corrcoef(first.T)[0, 1]) < 0.07


def test_generators_ignore_the_global_state() -> None:
    torch.manual_seed(0)
    first = torch.rand(4, generator=generator(1, "a"))
    torch.manual_seed(1)
    assert torch.equal(first, torch.rand(4, generator=generator(1, "a")))
