"""Blinded pixels: some are replaced by others of their neighbourhood (Krull et al. 2019, arXiv 1811.10980)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Line = Literal["none", "row", "column"]
Fill = Literal["neighbour", "median"]


@dataclass(frozen=True, kw_only=True)
class Blinding:
    """Which pixels are hidden from the network, and what takes their place."""

    spacing: int = 2
    """One pixel is blinded in every square of so many pixels a side; of lines, in squares ``2 · reach`` larger."""
    radius: int = 2
    """A replacement comes from the square of 2 · radius + 1 pixels around; 5 is the paper's."""
    fill: Fill = "neighbour"
    """A random pixel of the neighbourhood, or its median (N2V2, Höck et al. 2022, arXiv 2211.08512)."""
    line: Line = "none"
    """Noise that is alike along rows or columns: the pixels of a line around the blinded one are replaced as well, by
    pixels of other lines (Broaddus et al. 2020, doi 10.1109/ISBIWorkshops50223.2020.9153432)."""
    reach: int = 5
    """Of that line, in pixels to either side."""

    @property
    def side(self) -> int:
        """Of the squares, in pixels."""
        return self.spacing if self.line == "none" else self.spacing + 2 * self.reach


def positions(shape: tuple[int, int, int], *, spacing: int, generator: torch.Generator) -> Tensor:
    """Where pixels are blinded: bool N,1,H,W with one of every square of ``spacing`` pixels a side, at a random place.

    Every pixel is blinded with probability 1 / spacing². Squares at right and bottom may reach beyond the picture;
    what is drawn there is left out.
    """
    pictures, height, width = shape
    rows, columns = -(-height // spacing), -(-width // spacing)
    drawn = torch.randint(spacing**2, (pictures, rows, columns), generator=generator)
    chosen = drawn[..., None] == torch.arange(spacing**2)
    cells = chosen.reshape(pictures, rows, columns, spacing, spacing).transpose(2, 3)
    return cells.reshape(pictures, 1, rows * spacing, columns * spacing)[..., :height, :width]


def blinded(degraded: Tensor, blinding: Blinding, *, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """The picture with some pixels replaced, and where a loss may look.

    Args:
        degraded: N,C,H,W; all channels of a pixel are replaced together, since their noise may be related.
        blinding: How.
        generator: On the CPU.

    Returns:
        N,C,H,W with replaced pixels, and bool N,1,H,W, true at the blinded ones (of lines: at their centres).

    Raises:
        ValueError: The picture is so small that a pixel has no other one to take its place.
    """
    pictures, _, height, width = degraded.shape
    centres = positions((pictures, height, width), spacing=blinding.side, generator=generator)
    hidden = _lines(centres, blinding) if blinding.line != "none" else centres
    picture, _, row, column = hidden.nonzero(as_tuple=True)
    rows, columns, usable = _neighbours(row, column, (height, width), blinding)
    if not bool(usable.any(dim=1).all()):
        raise ValueError(f"a picture of {width}×{height} pixels has no pixel that could take another one's place")
    drawn = torch.rand(usable.shape, generator=generator)
    at = degraded.device
    if blinding.fill == "median":
        around = degraded[picture[:, None].to(at), :, rows.to(at), columns.to(at)]
        values = around.masked_fill(~usable[..., None].to(at), torch.nan).nanmedian(dim=1).values
    else:
        chosen = drawn.masked_fill(~usable, -1.0).argmax(dim=1, keepdim=True)
        y, x = rows.gather(1, chosen)[:, 0], columns.gather(1, chosen)[:, 0]
        values = degraded[picture.to(at), :, y.to(at), x.to(at)]
    entering = degraded.clone()
    entering[picture.to(at), :, row.to(at), column.to(at)] = values
    return entering, centres.to(at)


def masked_error(estimate: Tensor, degraded: Tensor, centres: Tensor) -> Tensor:
    """``mean (x − y)²`` over all channels of the blinded pixels of every picture: N, float32; zero without any."""
    squares = (estimate.float() - degraded).square() * centres
    count = centres.expand_as(squares).flatten(1).sum(dim=1).clamp_min(1)
    return squares.flatten(1).sum(dim=1) / count


def _lines(centres: Tensor, blinding: Blinding) -> Tensor:
    """Bool N,1,H,W: the centres and what lies on their lines within reach."""
    along = (1, 2 * blinding.reach + 1) if blinding.line == "row" else (2 * blinding.reach + 1, 1)
    padding = (along[0] // 2, along[1] // 2)
    return torch.nn.functional.max_pool2d(centres.float(), along, stride=1, padding=padding) > 0


def _neighbours(
    row: Tensor, column: Tensor, size: tuple[int, int], blinding: Blinding
) -> tuple[Tensor, Tensor, Tensor]:
    """Rows and columns M,K of every pixel's neighbourhood, kept inside the picture, and which may replace it."""
    steps = torch.arange(-blinding.radius, blinding.radius + 1)
    down, right = (grid.flatten() for grid in torch.meshgrid(steps, steps, indexing="ij"))
    rows, columns = row[:, None] + down, column[:, None] + right
    inside = (rows >= 0) & (rows < size[0]) & (columns >= 0) & (columns < size[1])
    other = {"none": (down != 0) | (right != 0), "row": down != 0, "column": right != 0}[blinding.line]
    return rows.clamp(0, size[0] - 1), columns.clamp(0, size[1] - 1), inside & other
