"""Several inputs of one call: each keeps its name in the output folder, and nothing is lost or written twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from burnish.errors import DataError, UsageError
from burnish.inference import Restorer
from burnish.inference.files.inputs import input_targets, pairs_of
from burnish.io import Picture, write_picture

Wrap = Callable[..., Restorer]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A picture ``a.png``, a video ``v.mp4`` (its name alone counts here), and two folders of frames in ``clips``."""
    for name in ("a.png", "clips/one/0.png", "clips/one/1.png", "clips/two/0.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        write_picture(tmp_path / name, Picture(pixels=np.zeros((4, 4, 3), np.uint8)))
    (tmp_path / "v.mp4").write_bytes(b"")
    return tmp_path


def _names(targets: list[tuple[Path, Path]], folder: Path) -> list[str]:
    return [target.relative_to(folder).as_posix() for _, target in targets]


def test_a_single_input_goes_to_the_output_itself_unless_files_are_to_go_into_it(wrap: Wrap, folder: Path) -> None:
    loaded, out = wrap(lambda degraded: degraded), folder / "out"
    assert input_targets(loaded, [folder / "a.png"], folder / "b.tif") == [(folder / "a.png", folder / "b.tif")]
    for source, name in (("a.png", "out/a.png"), ("v.mp4", "out/v.mkv"), ("clips", "out")):
        assert _names(input_targets(loaded, [folder / source], out, into=True), folder) == [name]


@pytest.mark.parametrize(
    ("temporal", "written"),
    [("single", ["one/0.png", "one/1.png"]), ("video", ["one"]), ("burst", ["one.png"])],
)
def test_of_several_each_keeps_its_name_and_a_burst_becomes_a_picture(
    wrap: Wrap, folder: Path, temporal: str, written: list[str]
) -> None:
    loaded = wrap(lambda degraded: degraded, temporal=temporal)
    sources = [folder / "clips" / "one", folder / "clips" / "two"]
    targets = input_targets(loaded, sources, folder / "out")
    assert _names(pairs_of(loaded, *targets[0]), folder / "out") == written


def test_two_inputs_that_would_become_one_file_are_refused(wrap: Wrap, folder: Path) -> None:
    sources = [folder / "clips" / "one" / "0.png", folder / "clips" / "two" / "0.png"]
    with pytest.raises(UsageError, match=r"would both become 0\.png; rename one"):
        input_targets(wrap(lambda degraded: degraded), sources, folder / "out")


def test_a_missing_input_and_a_file_as_output_folder_are_refused(wrap: Wrap, folder: Path) -> None:
    loaded, sources = wrap(lambda degraded: degraded), [folder / "a.png", folder / "b.png"]
    with pytest.raises(DataError, match=r"b\.png: is missing"):
        input_targets(loaded, sources, folder / "out")
    for target in (folder / "v.mp4", folder / "new.png"):
        with pytest.raises(UsageError, match="several inputs need an output folder as the last argument"):
            input_targets(loaded, [folder / "a.png", folder / "clips"], target)
