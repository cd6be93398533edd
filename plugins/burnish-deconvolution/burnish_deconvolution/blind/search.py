"""Searches the kernel of one grey picture: from several starts, of which the picture itself chooses one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from burnish_deconvolution.blind.cleaning import correlation, fitted, mean
from burnish_deconvolution.blind.confidence import TEXT, Confidence, outside, radius, ringing
from burnish_deconvolution.blind.evidence import Judge, impulse
from burnish_deconvolution.blind.plain import plain_kernel
from burnish_deconvolution.blind.pyramid import RATIO, ROOM, SMALLEST, Estimation, Stage, climb, extent, odd, reduced
from burnish_deconvolution.blind.refinement import refined
from burnish_deconvolution.blind.region import telling_region
from burnish_deconvolution.blind.text import two_toned

JUDGED = 2
"""The level at which the starts are compared first: half size."""
FINALISTS = 6
"""So many starts go on to full size."""
REFINED = 2
"""So many of them are refined."""
GROUND, GROUND_SIDES = 400, 8
"""The starts use a region of this side in pixels, or of so many kernels; all of a larger one judges and refines."""
LIKE, CLOSE = 0.8, 0.03
"""Two refined kernels with at least this correlation, and at most this difference in cost, are estimates of one."""
RIVAL, LEAST_RIVAL = 0.04, 0.006
"""A kernel explains a picture about as well as the best one if it lacks at most this share of its gain over no blur, or
at most this much: in smooth pictures, the gain is small."""


@dataclass(frozen=True, kw_only=True)
class Start:
    """One way to begin."""

    part: int = 1
    """The kernel's largest side is the largest of all divided by this: given too much room, a small blur is missed."""
    gradient: float = 1.0
    """Factor of ``Estimation.gradient``: with dearer edges, only the strongest tell the blur at first."""
    tone: float = 0.0
    """``Estimation.tone``: 1 for text."""


STARTS = (
    Start(),
    Start(gradient=4.0),
    Start(gradient=2.0, tone=1.0),
    Start(gradient=4.0, tone=1.0),
    Start(part=2),
    Start(part=2, gradient=4.0),
    Start(part=2, gradient=4.0, tone=1.0),
    Start(part=3),
    Start(part=3, gradient=4.0),
)
"""Large and small blurs, pictures with much and with little texture, and text."""


@dataclass(frozen=True, kw_only=True)
class End:
    """Where one start ended."""

    kernel: Tensor
    """k,k, sums to 1, without an empty border."""
    cost: float
    """See ``Judge.cost``."""


@dataclass(frozen=True, kw_only=True)
class Candidate(End):
    """A kernel that one start found, and what it makes of the picture."""

    restored: Tensor
    """H,W."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """The kernel that explains a picture best, and how far it can be trusted."""

    kernel: Tensor
    """k,k, non-negative, sums to 1, its centre of gravity in the middle, convolution orientation."""
    confidence: Confidence
    """Measured on the same picture."""


@dataclass(frozen=True, kw_only=True)
class Explored:
    """What a search came to, before it is judged."""

    best: Candidate
    """The kernel that explains the picture best."""
    ends: tuple[End, ...]
    """The starts that went on to full size, the best first, before the refinement; judged on ``telling_region``."""
    unblurred: float
    """Cost of no blur beside those of ``ends``."""
    text: bool
    """Whether the picture is taken for text."""


def search(grey: Tensor, side: int, how: Estimation, starts: tuple[Start, ...] = STARTS) -> Found:
    """The kernel of the blur of H,W, and how far it can be trusted.

    Args:
        grey: H,W, float32 in [0, 1].
        side: The kernel's largest side in pixels at full size, odd.
        how: Weights and counts, the same for all starts.
        starts: Where to begin.
    """
    explored = explore(grey, side, how, starts)
    return Found(kernel=explored.best.kernel, confidence=judgement(grey, explored))


def explore(grey: Tensor, side: int, how: Estimation, starts: tuple[Start, ...] = STARTS) -> Explored:
    """The search of ``search``.

    The problem is not convex, and coarse levels decide which solution is found. So all ``starts`` go up to half size;
    the ``FINALISTS`` that explain the picture best go on to full size. If the spectrum tells a plain blur, that joins
    them. The best are refined, unless the picture is text, whose edges the refinement's prior does not know.
    """
    part = telling_region(grey, max(GROUND, GROUND_SIDES * side))
    first = Judge(part)
    ends = finalists(first, side, how, starts)
    judge = first if part is grey else Judge(grey)
    top = ends[:REFINED]
    if judge is not first:
        top = ranked(judged(judge, end.kernel) for end in top)
    plain = plain_kernel(grey, judge.sigma)
    if plain is not None and extent(plain) <= side:
        top = ranked([*top, judged(judge, plain)])[:REFINED]
    best = top[0]
    text = two_toned(best.restored) >= TEXT
    if how.refinements and not text:
        best = min(best, improved(judge, top, side, how), key=lambda end: end.cost)
    return Explored(best=best, ends=tuple(ends), unblurred=first.cost(impulse(part)), text=text)


def judgement(grey: Tensor, explored: Explored) -> Confidence:
    """What speaks for and against the best kernel of a search in H,W."""
    judge, best = Judge(grey), explored.best
    return Confidence(
        gain=judge.cost(impulse(grey)) - best.cost if judge.noisy else math.inf,
        radius=radius(best.kernel),
        agreement=agreement(explored.ends, explored.unblurred),
        ringing=ringing(grey, best.restored, best.kernel.shape[-1]),
        outside=outside(best.restored, judge.clipped),
        text=explored.text,
    )


def finalists(judge: Judge, side: int, how: Estimation, starts: tuple[Start, ...]) -> list[Candidate]:
    """The kernels of the ``FINALISTS`` at full size, the one that explains the judge's picture best first."""
    begun = halfway(judge.grey, side, how, starts)[:FINALISTS]
    return ranked(judged(judge, climb(judge.grey, each, way, stage, last=0).kernel) for each, way, stage in begun)


def ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The least cost first."""
    return sorted(candidates, key=lambda candidate: candidate.cost)


def agreement(ends: Sequence[End], unblurred: float) -> float:
    """Least correlation of the first kernel with those that explain the picture about as well; 1.0 if none does.

    Args:
        ends: Kernels, the best first.
        unblurred: Cost of the kernel of no blur.
    """
    best, *others = ends
    most = best.cost + max(RIVAL * (unblurred - best.cost), LEAST_RIVAL)
    return min((correlation(best.kernel, other.kernel)[0] for other in others if other.cost < most), default=1.0)


def improved(judge: Judge, ends: list[Candidate], side: int, how: Estimation) -> Candidate:
    """The best of the refined kernels, or the mean of both where they are alike: errors differ, what is right does not.

    Each has some room to grow, for a start of a small side may have found the middle of a larger kernel.

    Args:
        judge: Of the picture.
        ends: The kernels to refine.
        side: The largest side of all, odd.
        how: Weights and counts.
    """
    again = []
    for end in ends:
        room = fitted(end.kernel, max(end.kernel.shape[-1], min(side, odd(ROOM * end.kernel.shape[-1]))))
        again.append(judged(judge, refined(judge.grey, room, weight=how.weight, rounds=how.refinements)))
    best, *others = ranked(again)
    for other in others:
        if other.cost < best.cost + CLOSE and correlation(best.kernel, other.kernel)[0] >= LIKE:
            return judged(judge, mean(best.kernel, other.kernel))
    return best


def halfway(grey: Tensor, side: int, how: Estimation, starts: tuple[Start, ...]) -> list[tuple[int, Estimation, Stage]]:
    """Side, settings and state at half size of all starts, the best first; at full size for kernels of a few pixels."""
    least = min(odd(side / start.part) for start in starts)
    last = JUDGED if least * RATIO**-JUDGED >= SMALLEST else 0
    judge = Judge(reduced(grey, RATIO**-last))
    ways = {
        (odd(side / start.part), replace(how, gradient=how.gradient * start.gradient, tone=start.tone)): None
        for start in starts
    }
    rows = []
    for each, way in ways:
        stage = climb(grey, each, way, None, last=last)
        rows.append((judged(judge, stage.kernel).cost, (each, way, stage)))
    return [row for _, row in sorted(rows, key=lambda row: row[0])]


def judged(judge: Judge, kernel: Tensor) -> Candidate:
    """The kernel without its empty border, what it makes of the picture, and its cost."""
    part = fitted(kernel, extent(kernel))
    restored = judge.restored(part)
    return Candidate(kernel=part, restored=restored, cost=judge.cost(part, restored))
