"""Where a training runs, and what of it is the machine's and not the recipe's."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from burnish.errors import ConfigError
from burnish.recipe.training import TrainingSettings
from burnish.training.resources import machine
from burnish.training.resources.machine import disagreements, find_machine, same_kind


def settings(**more: Any) -> TrainingSettings:
    return TrainingSettings.model_validate({"budget": {"steps": 1}, "batch": 12, "cores": 4, **more})


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four GPUs, as far as torch tells."""
    monkeypatch.setattr(machine, "choose_device", lambda name: torch.device("cuda" if name == "auto" else name))
    monkeypatch.setattr(machine, "native_bf16", lambda device: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "Big GPU")


def test_a_cpu_trains_in_one_process_unless_a_number_is_given() -> None:
    assert find_machine(settings(), "cpu").kind == "cpu-4"
    two = find_machine(settings(devices=2), "cpu")
    assert (two.processes, two.threads, two.kind) == (2, 2, "cpu-2x2")
    assert find_machine(settings(devices=6), "cpu").threads == 1


@pytest.mark.usefixtures("gpus")
def test_every_visible_gpu_is_used_unless_a_number_or_one_gpu_is_named() -> None:
    found = find_machine(settings())
    assert (found.processes, found.threads, found.kind, found.name) == (4, 1, "cuda-4x1", "Big GPU")
    assert find_machine(settings(devices=2)).processes == 2
    assert find_machine(settings(), "cuda:1").processes == 1


@pytest.mark.usefixtures("gpus")
def test_more_gpus_than_there_are_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"training\.devices 6 needs that many GPUs, but 4 can be seen"):
        find_machine(settings(devices=6))
    with pytest.raises(ConfigError, match="but cuda:1 is one"):
        find_machine(settings(devices=2), "cuda:1")


def test_a_device_of_another_kind_trains_in_one_process_and_refuses_several() -> None:
    found = find_machine(settings(precision="fp32"), "meta")
    assert (found.processes, found.name) == (1, "meta")
    with pytest.raises(ConfigError, match=r"training\.devices 2: several processes train on GPUs or .* not on meta"):
        find_machine(settings(devices=2, precision="fp32"), "meta")


@pytest.mark.usefixtures("gpus")
def test_a_batch_that_the_gpus_cannot_split_evenly_is_refused_with_the_mend() -> None:
    with pytest.raises(ConfigError, match=r"batch 10 cannot be split evenly over 4 processes.*training\.devices"):
        find_machine(settings(batch=10))


def test_under_torchrun_its_processes_count_and_share_the_threads_of_their_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "4")
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    found = find_machine(settings(devices=3), "cpu")
    assert (found.processes, found.threads) == (4, 2)


def test_only_what_the_recipe_says_makes_another_training() -> None:
    names = ["data.train", "device", "precision", "processes", "threads"]
    assert disagreements(settings(), names) == ["data.train"]
    assert disagreements(settings(precision="bf16"), names) == ["data.train", "precision"]


def test_machines_are_of_one_kind_where_all_that_is_known_of_both_is_equal() -> None:
    here = find_machine(settings(), "cpu").as_json()
    older = {key: here[key] for key in ("device", "precision", "processes", "threads")}
    assert same_kind({"from_step": 7, **older}, here)
    assert not same_kind({**here, "name": "another processor"}, here)
    assert not same_kind({**here, "processes": 2}, here)
