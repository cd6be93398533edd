"""The process around a training: threads, locks, and putting things back."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import torch
from burnish.errors import TrainingError
from burnish.training.resources.runtime import alone, available_cores, settled, world


def test_at_least_one_core_is_available_and_no_more_than_the_machine_has() -> None:
    import os

    assert 1 <= available_cores() <= (os.cpu_count() or 1)


def test_without_torchrun_there_is_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANK", raising=False)
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert world() == (0, 1)
    monkeypatch.setenv("RANK", "2")
    monkeypatch.setenv("WORLD_SIZE", "4")
    assert world() == (2, 4)


def test_threads_and_random_state_are_put_back_after_an_error() -> None:
    before, state = torch.get_num_threads(), torch.get_rng_state()
    with pytest.raises(RuntimeError, match="inside"), settled(before + 1):
        assert torch.get_num_threads() == before + 1
        torch.rand(3)
        torch.use_deterministic_algorithms(True, warn_only=True)
        raise RuntimeError("inside")
    assert torch.get_num_threads() == before
    assert torch.equal(torch.get_rng_state(), state)
    assert not torch.are_deterministic_algorithms_enabled()


@pytest.mark.parametrize("flushed", [False, True])
def test_numbers_too_small_to_be_normal_are_zero_within_and_afterwards_what_they_were(flushed: bool) -> None:
    def product() -> float:
        return float(torch.tensor(1e-30) * torch.tensor(1e-12))

    if not torch.set_flush_denormal(flushed):
        pytest.skip("this processor knows no such mode")
    try:
        with settled(1):
            assert product() == 0.0
        assert (product() == 0.0) is flushed
    finally:
        torch.set_flush_denormal(False)


def test_warnings_of_others_are_still_heard() -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with settled(1):
            warnings.warn("mine", stacklevel=1)
    assert [str(warning.message) for warning in heard] == ["mine"]


def test_a_folder_is_held_against_another_process_and_given_free_when_it_dies(tmp_path: Path) -> None:
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom burnish.training.resources.runtime import alone\n"
        f"with alone(Path({str(tmp_path)!r})):\n    print('held', flush=True)\n    time.sleep(7200)\n"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(TrainingError, match="another process is training here"), alone(tmp_path):
        pass
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with alone(tmp_path):
        pass
