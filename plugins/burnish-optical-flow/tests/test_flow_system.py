"""The linear system of a variational step, against a dense solution."""

import numpy as np
import torch
from burnish_optical_flow.estimators.flow_system import FlowSystem


def system(height: int, width: int, batch: int = 1) -> FlowSystem:
    generator = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> torch.Tensor:
        return torch.rand(batch, 1, *shape, generator=generator, dtype=torch.float64)

    xx, yy = draw(height, width) + 0.1, draw(height, width) + 0.1
    xy = 0.9 * torch.sqrt(xx * yy) * (draw(height, width) - 0.5)
    return FlowSystem(xx=xx, xy=xy, yy=yy, right=draw(height, width - 1), down=draw(height - 1, width))


def dense(made: FlowSystem) -> np.ndarray:
    height, width = made.xx.shape[-2:]
    basis = torch.eye(2 * height * width, dtype=torch.float64).view(-1, 2, height, width)
    return torch.stack([made.apply(one[None])[0].flatten() for one in basis], dim=1).numpy()


def test_the_system_is_symmetric_and_positive_definite() -> None:
    matrix = dense(system(4, 5))
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-14)
    assert np.linalg.eigvalsh(matrix).min() > 0


def test_smoothness_has_nothing_against_an_even_flow() -> None:
    even = torch.ones(1, 2, 4, 5, dtype=torch.float64) * torch.tensor([2.0, -3.0])[:, None, None]
    assert float(system(4, 5).smooth(even).abs().max()) < 1e-14


def test_enough_steps_give_the_dense_solution() -> None:
    made = system(5, 6)
    wanted = torch.randn(1, 2, 5, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    exact = np.linalg.solve(dense(made), wanted.flatten().numpy())
    np.testing.assert_allclose(made.solve(wanted, iterations=80).flatten().numpy(), exact, atol=1e-9)


def test_pictures_of_a_batch_do_not_disturb_each_other() -> None:
    both = system(5, 6, batch=2)
    wanted = torch.randn(2, 2, 5, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    together = both.solve(wanted, iterations=5)
    parts = {name: getattr(both, name)[1:] for name in ("xx", "xy", "yy", "right", "down")}
    torch.testing.assert_close(FlowSystem(**parts).solve(wanted[1:], iterations=5), together[1:])
