"""How many failures of blind deconvolution are flagged, and how many good results are, by error ratio.

    python benchmarks/blind_failures.py --data DIR --cache DIR [--json FILE] [--split report] [--most N]

The pictures are those of ``blind_population.py``. Each goes through the function of
``burnish restore --restorer deconvolution/blind``; flagged is a result that the restorer doubts, or that it returns
unchanged because it found no blur. The
error ratio (``metrics/error-ratio``, Levin 2009) is that of the whole estimate, which ``--force`` returns: its squared
error over that with the true kernel, by the same solver and the same noise level. Above 5 it has failed, up to 3 it is
good. Intervals are Wilson's, 95 %.

Searches and ratios are kept in --cache, so that a changed judgement is measured in minutes: what ``search.explore``
came to is read from there, all else is computed anew.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from blind_population import SPLITS, Blurred, Case, population
from burnish.inference import load_restorer, restore
from burnish.inference.pictures import restore_picture_detailed
from burnish.io import from_tensor, to_tensor, transfer_of
from burnish_deconvolution.blind import search as searching
from burnish_deconvolution.blind.confidence import Confidence
from burnish_deconvolution.blind.estimator import Blind
from burnish_deconvolution.blind.evidence import Judge
from burnish_deconvolution.blind.noise import mean_noise_level
from burnish_deconvolution.blind.search import Candidate, End, Explored
from burnish_metrics.error_ratio import ErrorRatio
from torch import Tensor

FAILED, GOOD = 5.0, 3.0
"""Error ratios above which a result has failed, and up to which it is good."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """What became of one picture."""

    split: str
    family: str
    name: str
    ratio: float
    """Of the whole estimate."""
    returned: float
    """Of what is returned without ``--force``: the estimate, a part of it, or the picture as it is."""
    doubtful: bool
    unchanged: bool
    """The picture came back as it is."""
    notes: list[str]
    measured: dict[str, Any]
    """The fields of ``Confidence``."""

    @property
    def flagged(self) -> bool:
        """Whether the user is told that this is no estimate to rely on."""
        return self.doubtful or self.unchanged


class Memory:
    """Keeps what ``search.explore`` came to for one picture in a file, and hears what was judged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.held: dict[str, Any] = torch.load(path, weights_only=True) if path.exists() else {}
        self.heard: list[Confidence] = []
        self._explore: Callable[..., Explored] = searching.explore
        self._judgement: Callable[..., Confidence] = searching.judgement

    def __enter__(self) -> Memory:
        searching.explore = self.explored  # type: ignore[assignment]
        searching.judgement = self.judged  # type: ignore[assignment]
        return self

    def __exit__(self, *_: object) -> None:
        searching.explore, searching.judgement = self._explore, self._judgement  # type: ignore[assignment]

    def explored(self, grey: Tensor, side: int, *rest: object) -> Explored:
        """As ``search.explore``."""
        key = hashlib.sha256(grey.contiguous().numpy().tobytes()).hexdigest()[:16] + f"-{side}"
        if key not in self.held:
            found = self._explore(grey, side, *rest)
            self.held[key] = {
                "best": [found.best.kernel, found.best.cost],
                "ends": [[end.kernel, end.cost] for end in found.ends],
                "unblurred": found.unblurred,
                "text": found.text,
            }
            self.keep()
        held = self.held[key]
        kernel, cost = held["best"]
        return Explored(
            best=Candidate(kernel=kernel, restored=Judge(grey).restored(kernel), cost=cost),
            ends=tuple(End(kernel=kernel, cost=cost) for kernel, cost in held["ends"]),
            unblurred=held["unblurred"],
            text=held["text"],
        )

    def judged(self, grey: Tensor, explored: Explored) -> Confidence:
        """As ``search.judgement``."""
        found = self._judgement(grey, explored)
        self.heard.append(found)
        return found

    def keep(self) -> None:
        """Write the file."""
        torch.save(self.held, self.path)


def measured(case: Case, cache: Path) -> Row:
    """One picture through the public path; errors of the whole estimate and of what is returned."""
    blurred = case.make()
    cache.mkdir(parents=True, exist_ok=True)
    with Memory(cache / f"{case.name}.pt") as memory:
        blind = load("blind", kernel_size=blurred.kernel_size)
        shown = restore_picture_detailed(blind, blurred.picture, transfer=blurred.transfer)
        judged = memory.heard[-1]
        if "ratio" not in memory.held:
            forced = load("blind", kernel_size=blurred.kernel_size, force=True)
            whole = restore_picture_detailed(forced, blurred.picture, transfer=blurred.transfer)
            known = with_true_kernel(blurred)
            memory.held["known"] = known.mul(255.0).round().byte()
            memory.held["ratio"] = ratio(to_tensor(whole.picture), blurred.clean, known)
            memory.keep()
        known = memory.held["known"].float() / 255.0
        return Row(
            split=case.split,
            family=case.family,
            name=case.name,
            ratio=memory.held["ratio"],
            returned=ratio(to_tensor(shown.picture), blurred.clean, known),
            doubtful=shown.doubtful,
            unchanged=bool((shown.picture.pixels == blurred.picture.pixels).all()),
            notes=list(shown.notes),
            measured=asdict(judged),
        )


def load(name: str, **settings: object) -> Any:
    """A restorer of burnish-deconvolution."""
    return load_restorer(f"deconvolution/{name}", settings, device="cpu")


def with_true_kernel(blurred: Blurred) -> Tensor:
    """1,C,H,W in 8 bits: restored with the true kernel, each half with its own, by the solver and σ of ``blind``."""
    curve = transfer_of(blurred.picture, blurred.transfer)
    light = curve.to_light(to_tensor(blurred.picture))
    blind = Blind()
    sigma = torch.tensor([math.hypot(mean_noise_level(light[0]), blind.mistrust)])
    solver = load_restorer(blind.solver, blind.solver_config, device="cpu")
    parts = [restore(solver, light, {"kernel": kernel, "sigma": sigma}) for kernel in blurred.kernels]
    middle = light.shape[-1] // 2
    known = torch.cat([parts[0][..., :middle], parts[-1][..., middle:]], dim=-1)
    return to_tensor(from_tensor(curve.from_light(known), blurred.picture))


def ratio(estimate: Tensor, clean: Tensor, known: Tensor) -> float:
    """``metrics/error-ratio``."""
    return float(ErrorRatio()(estimate, torch.stack([clean, known], dim=1)))


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    if not of:
        return 0.0, 1.0
    z = 1.96
    share, spread = hits / of, z * z / of
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / of + spread / (4 * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def share(rows: Sequence[Row]) -> str:
    """How many are flagged, in words."""
    hits = sum(row.flagged for row in rows)
    low, high = wilson(hits, len(rows))
    return f"{hits:3d} of {len(rows):3d} ({hits / max(1, len(rows)):4.0%}, {low:.0%} to {high:.0%})"


def report(rows: Sequence[Row]) -> None:
    """Both shares, for each split, and for each family of it."""
    for split in SPLITS:
        of = [row for row in rows if row.split == split]
        families = ["all", *sorted({row.family for row in of})]
        print(f"\n{split:9}  flagged of failures (ratio > {FAILED:g})   of good ones (ratio ≤ {GOOD:g})   between")
        for family in families:
            some = [row for row in of if family in ("all", row.family)]
            failed = [row for row in some if row.ratio > FAILED]
            good = [row for row in some if row.ratio <= GOOD]
            rest = [row for row in some if GOOD < row.ratio <= FAILED]
            print(f"{family:9}  {share(failed):36}  {share(good):36}  {share(rest)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True, help="folder for searches and ratios")
    parser.add_argument("--split", choices=SPLITS, help="only this one")
    parser.add_argument("--family", nargs="+", help="only these")
    parser.add_argument("--most", type=int, default=10**6, help="so many pictures at most")
    parser.add_argument("--json", type=Path, help="file for all rows")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    rows = []
    cases = [case for case in population(arguments.data) if arguments.split in (None, case.split)]
    cases = [case for case in cases if not arguments.family or case.family in arguments.family]
    for case in cases[: arguments.most]:
        began = time.process_time()
        row = measured(case, arguments.cache)
        rows.append(row)
        said = "flagged" if row.flagged else ""
        seconds = time.process_time() - began
        figures = f"ratio {row.ratio:8.2f} {row.returned:8.2f} {seconds:5.1f} s"
        print(f"{case.name:22} {figures}  {said:8} {row.notes}", flush=True)
    report(rows)
    if arguments.json:
        arguments.json.write_text(json.dumps([{**asdict(row), "flagged": row.flagged} for row in rows], indent=1))


if __name__ == "__main__":
    main()
