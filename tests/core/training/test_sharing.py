"""Shares of a batch, and figures over all of it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from burnish.training.sharing import gathered, mean, members, my_share, total


def test_alone_everything_is_what_it_was_given() -> None:
    given = torch.rand(3, 2)
    assert members() == (0, 1)
    assert gathered(given) is given
    assert my_share(given) is given
    assert total(given) is given
    assert torch.equal(mean(given), given.mean())


def test_two_processes_gather_split_and_average_one_batch_and_its_gradient(
    together: Callable[[str], list[str]],
) -> None:
    """The gradient of (mean over 6 numbers)² with regard to each is mean / 3; each process squares the same mean, and
    the sum of both losses counts, as DistributedDataParallel then halves it.
    """
    said = together(
        """
        from burnish.training.sharing import gathered, mean, members, my_share
        rank, processes = members()
        whole = torch.arange(12.0).view(6, 2)
        share = my_share(whole)
        assert torch.equal(share, whole[3 * rank : 3 * rank + 3])
        assert torch.equal(gathered(share), whole)
        bytes_ = torch.arange(12, dtype=torch.uint8).view(6, 2)
        assert torch.equal(gathered(my_share(bytes_.T.contiguous().T)), bytes_)
        try:
            my_share(torch.zeros(3))
        except ValueError as error:
            assert "3 cannot be split evenly over 2 processes" in str(error)
        numbers = torch.tensor([1.0, 2.0, 3.0]) + 3 * rank
        numbers.requires_grad_(True)
        mean(numbers).square().backward()
        assert torch.allclose(numbers.grad / processes, torch.full((3,), 2 * 3.5 / 6))
        print(float(mean(numbers)))
        """
    )
    assert said == ["3.5\n", "3.5\n"]
