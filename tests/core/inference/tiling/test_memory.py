"""Facts about measuring memory: living tensors are counted once, dead ones not at all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import torch
from burnish.inference import Restorer
from burnish.inference.tiling.job import make_job
from burnish.inference.tiling.memory import CONSERVATIVE, bytes_per_pixel

Wrap = Callable[..., Restorer]


def _measured(loaded: Restorer, batch: int = 1) -> float:
    return bytes_per_pixel(make_job(loaded, torch.rand(batch, 1, 512, 512), {}))


def test_a_restorer_that_holds_a_hundred_maps_is_charged_for_them_twice(wrap: Wrap) -> None:
    def wide(degraded: torch.Tensor) -> torch.Tensor:
        held = [degraded + i for i in range(100)]
        return torch.stack(held).mean(dim=0)

    assert 4 * 200 <= _measured(wrap(wide)) / 2 <= 4 * 220  # the list and its stack


def test_tensors_that_are_dropped_are_not_charged(wrap: Wrap) -> None:
    def long(degraded: torch.Tensor) -> torch.Tensor:
        for _ in range(300):
            degraded = degraded * 1.01
        return degraded

    assert _measured(wrap(long)) < 4 * 40


def test_views_cost_nothing(wrap: Wrap) -> None:
    def viewing(degraded: torch.Tensor) -> torch.Tensor:
        views = [degraded.flip(-1)] + [degraded[..., i:] for i in range(60)]
        return views[0]

    assert _measured(wrap(viewing)) < 4 * 40


def test_every_picture_of_a_batch_is_charged(wrap: Wrap) -> None:
    def wide(degraded: torch.Tensor) -> torch.Tensor:
        return degraded.repeat(1, 100, 1, 1).mean(dim=1, keepdim=True)

    one, three = (_measured(wrap(wide), batch) for batch in (1, 3))
    assert 2.9 < three / one < 3.1


def test_a_restorer_that_draws_is_not_run_for_a_measurement(wrap: Wrap) -> None:
    def drawing(degraded: torch.Tensor) -> torch.Tensor:
        raise AssertionError("it ran")

    assert _measured(wrap(drawing, deterministic=False)) == CONSERVATIVE


def test_measuring_does_not_import_the_compiler() -> None:
    code = (
        "import sys, torch; from burnish.inference import load_restorer, restore; "
        "restore(load_restorer('burnish/identity', device='cpu'), torch.rand(1, 1, 400, 400), memory_mb=1); "
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_restorer_that_works_with_sparse_matrices_can_be_measured(wrap: Wrap) -> None:
    def sparse(degraded: torch.Tensor) -> torch.Tensor:
        side = degraded.shape[-1]
        eye = torch.sparse_coo_tensor(torch.arange(side).repeat(2, 1), torch.ones(side), (side, side))
        return torch.sparse.mm(eye, degraded[0, 0].T).T[None, None]

    assert _measured(wrap(sparse)) > 0
