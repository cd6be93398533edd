"""A large picture restored whole and in pieces: seconds, growth of memory, and how far the results are apart.

Run: python benchmarks/tiling.py [megapixels]
"""

from __future__ import annotations

import json
import subprocess
import sys

PROBE = """
import json, sys, time
import torch
from pathlib import Path
from burnish.inference import load_restorer, restore_detailed

name, config, side, tile = json.loads(sys.argv[1])
torch.manual_seed(0)
loaded = load_restorer(name, config, untrained=True)
if isinstance(loaded.restorer, torch.nn.Module):  # a fresh network returns its input, which would prove nothing
    with torch.no_grad():
        for parameter in loaded.restorer.parameters():
            parameter.normal_(0, 0.05)
torch.manual_seed(1)
picture = torch.rand(1, 3, side, side)
restore_detailed(loaded, picture[..., :64, :64], {"sigma": 0.1})
def peak():
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
before, start = peak(), time.perf_counter()
done = restore_detailed(loaded, picture, {"sigma": 0.1}, tile=tile, precision="fp32")
seconds = time.perf_counter() - start
whole = restore_detailed(loaded, picture[..., :400, :400], {"sigma": 0.1}, tile=0, precision="fp32").estimate
apart = float((done.estimate[..., :300, :300] - whole[..., :300, :300]).abs().max())
print(json.dumps({"seconds": seconds, "grown": peak() - before, "tile": done.tile, "precision": done.precision,
                  "exact": done.exact, "apart": apart}))
"""

SUBJECTS: tuple[tuple[str, dict[str, object]], ...] = (
    ("classical/median", {}),
    ("cnn/dncnn", {"depth": 10, "features": 48, "unshuffle": 2}),
    ("cnn/dncnn", {"depth": 8, "features": 32}),
)


def main() -> None:
    side = int((float(sys.argv[1]) if len(sys.argv) > 1 else 4.0) ** 0.5 * 1000)
    print(f"{side}×{side}; a new process each; growth of memory includes input and estimate")
    print(f"{'restorer':<44}{'tile':>8}{'s':>9}{'MiB':>9}{'precision':>11}{'exact':>7}{'apart':>10}")
    for name, config in SUBJECTS:
        for tile in ("auto", 512, 0):
            done = subprocess.run(
                [sys.executable, "-c", PROBE, json.dumps([name, config, side, tile])],
                capture_output=True,
                text=True,
                check=True,
            )
            row = json.loads(done.stdout.splitlines()[-1])
            label = f"{name} {config or ''}"
            print(
                f"{label[:43]:<44}{tile!s:>8}{row['seconds']:>9.2f}{row['grown']:>9.0f}"
                f"{row['precision']:>11}{row['exact']!s:>7}{row['apart']:>10.1e}"
            )


if __name__ == "__main__":
    main()
