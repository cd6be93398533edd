"""Batch normalisation over the batches of several processes, against torch's own over the whole batch at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from burnish.errors import TrainingError
from burnish.training.callbacks.batch_statistics import share_statistics
from torch import nn

CPU = torch.device("cpu")


def test_two_processes_normalise_as_one_does_over_both_batches(together: Callable[[str], list[str]]) -> None:
    """Estimates, gradients, running statistics; equal up to the order in which float32 sums are taken."""
    together(
        """
        from torch import nn
        from burnish.training.callbacks.batch_statistics import share_statistics
        from burnish.training.sharing import members, my_share
        rank, processes = members()

        def network():
            torch.manual_seed(0)
            layers = [nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Tanh(), nn.BatchNorm2d(4, momentum=None)]
            return nn.Sequential(*layers, nn.Flatten(), nn.BatchNorm1d(64))

        one, several = network(), share_statistics(network(), device=torch.device("cpu"), name="it")
        for step in range(3):
            batch = 5 + 2 * torch.randn(6, 3, 6, 6, generator=torch.Generator().manual_seed(step))
            target = torch.randn(6, 64, generator=torch.Generator().manual_seed(99 + step))
            one.zero_grad(), several.zero_grad()
            whole, share = one(batch), several(my_share(batch))
            torch.testing.assert_close(share, my_share(whole), rtol=1e-5, atol=1e-5)
            (whole - target).abs().mean().backward()
            (share - my_share(target)).abs().mean().backward()
        for mine, other in zip(several.parameters(), one.parameters(), strict=True):
            torch.distributed.all_reduce(mine.grad)
            torch.testing.assert_close(mine.grad / processes, other.grad, rtol=1e-4, atol=1e-6)
        assert several.state_dict().keys() == one.state_dict().keys()
        for name, buffer in one.named_buffers():
            torch.testing.assert_close(dict(several.named_buffers())[name], buffer, rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(several.eval()(batch), one.eval()(batch), rtol=1e-4, atol=1e-5)
        """
    )


def test_alone_a_shared_layer_gives_the_bits_of_torchs_own_and_is_still_one() -> None:
    own, shared = nn.BatchNorm2d(3), share_statistics(nn.Sequential(nn.BatchNorm2d(3)), device=CPU, name="it")
    batch = torch.rand(2, 3, 4, 4)
    assert torch.equal(shared(batch), own(batch))
    assert isinstance(shared[0], nn.BatchNorm2d)  # type: ignore[index]
    assert shared.state_dict().keys() == {f"0.{name}" for name in own.state_dict()}


def test_on_gpus_the_layers_become_torchs_own_for_several_processes() -> None:
    shared = share_statistics(nn.Sequential(nn.BatchNorm2d(3)), device=torch.device("cuda"), name="it")
    assert isinstance(shared[0], nn.SyncBatchNorm)  # type: ignore[index]


def test_a_layer_that_normalises_in_its_own_way_is_refused_with_the_mend() -> None:
    class Peculiar(nn.BatchNorm2d):
        pass

    with pytest.raises(TrainingError, match=r"cnn/x: its layer 0 \(Peculiar\).*set training\.devices to 1"):
        share_statistics(nn.Sequential(Peculiar(3)), device=CPU, name="cnn/x")
