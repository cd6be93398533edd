"""CRD-net: convolutional features and a learned reverse diffusion, from one picture."""

from __future__ import annotations

from torch import Tensor, nn

from burnish_diffusion.direct_iteration import iterate, noised
from burnish_diffusion.time_unet import TimeUNet


class CRDNet(nn.Module):
    """x₁ = degraded (+ ε n), then ``steps`` of direct iteration with ``F(x, t) = x + t · U(x, t)``, U a timed U-net.

    F(x, 0) = x, as it must be; U predicts clean minus degraded at every t. ``steps`` is chosen when it is used: 1
    gives the estimate of least mean square error, more give sharper ones. ``noise`` is ε, which training must have
    seen; at use it is drawn from ``seed``, the same for every picture of a size, and the picture must then be seen
    whole. Trained by ``learner.DirectIteration``. An untrained network returns what it is given.
    ``bands``: see ``TimeUNet``.
    """

    def __init__(
        self,
        *,
        channels: int = 3,
        width: int = 32,
        blocks: int = 1,
        unshuffle: int = 2,
        bands: bool = False,
        steps: int = 1,
        noise: float = 0.0,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.steps, self.noise, self.seed = steps, noise, seed
        self.network = TimeUNet(channels=channels, width=width, blocks=blocks, unshuffle=unshuffle, bands=bands)
        self.size_multiple = self.network.size_multiple

    @property
    def receptive_field(self) -> int | None:
        """Side in pixels of the region that an output pixel depends on; None with noise: the whole picture."""
        return None if self.noise else 2 * self.steps * self.network.reach + 1

    def forward(self, degraded: Tensor) -> Tensor:
        """Restore N,C,H,W; keeps the shape; unclipped."""
        return iterate(self.predict, noised(self.start(degraded), self.noise, self.seed), self.steps)

    def start(self, degraded: Tensor) -> Tensor:
        """x₁ without noise: the degraded picture itself."""
        return degraded

    def predict(self, picture: Tensor, time: Tensor) -> Tensor:
        """F: x_t N,C,H,W and t of N in [0, 1] → the estimate of the clean picture; keeps the shape; float32."""
        correction: Tensor = self.network(picture, time)
        return picture + time.to(picture.dtype).view(-1, 1, 1, 1) * correction.to(picture.dtype)
