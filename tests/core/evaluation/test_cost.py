from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from burnish.evaluation import cost
from burnish.evaluation.cost import measure

CPU = torch.device("cpu")


def test_the_clock_counts_the_work_and_the_result_comes_through() -> None:
    def work() -> torch.Tensor:
        time.sleep(0.05)
        return torch.ones(1)

    measured = measure(work, CPU)
    assert measured.seconds >= 0.05
    assert measured.estimate.item() == 1


def in_a_process_of_its_own(code: str) -> float:
    """The last figure that ``code`` prints; other tests have changed this process's allocator and its peak."""
    code = "import torch; from burnish.evaluation.cost import measure; cpu = torch.device('cpu'); " + code
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of an interval")
def test_memory_is_what_the_work_took_at_its_peak_even_after_it_was_given_back() -> None:
    took = in_a_process_of_its_own("print(measure(lambda: torch.ones(16 * 2**20).sum(), cpu).memory_mb)")
    assert 60 <= took < 90


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of an interval")
def test_a_former_peak_is_forgotten() -> None:
    took = in_a_process_of_its_own(
        "torch.ones(32 * 2**20).sum(); print(measure(lambda: torch.ones(16 * 2**20).sum(), cpu).memory_mb)"
    )
    assert 60 <= took < 90


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_gpu_is_synchronised_and_its_own_memory_counts() -> None:
    device = torch.device("cuda")

    def work() -> torch.Tensor:
        matrix = torch.ones(4096, 4096, device=device)
        for _ in range(20):
            matrix = matrix @ matrix * 1e-4
        return matrix.sum()

    measure(work, device)
    assert measure(work, device).memory_mb > 64


def test_without_linux_own_files_the_process_peak_is_known_from_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_STATUS", "_RESET"):
        monkeypatch.setattr(cost, name, tmp_path / "absent" / name)
    assert cost._process_peak() > 10.0
    assert measure(lambda: torch.ones(2), torch.device("cpu")).memory_mb >= 0.0
    (tmp_path / "status").write_text("Name: python\n")
    monkeypatch.setattr(cost, "_STATUS", tmp_path / "status")
    assert cost._process_peak() > 10.0
