"""``burnish flow``: files in, files and figures out."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from burnish.errors import BurnishError, DataError, UsageError
from burnish.io import Picture, from_tensor, read_clean, write_picture
from burnish_optical_flow.command import main
from burnish_optical_flow.flow.colour_wheel import flow_picture
from burnish_optical_flow.flow.flo import read_flo, write_flo
from torch import Tensor

Moving = Callable[..., tuple[Tensor, ...]]


@pytest.fixture
def pair(tmp_path: Path, moving: Moving) -> Path:
    """A folder with first.png, second.png and truth.flo."""
    first, second, flow = moving([[1.0, 0.0], [0.0, 1.0]], [2.0, -1.0])
    blank = Picture(pixels=np.zeros((*first.shape[-2:], 1), np.uint8))
    for name, frame in (("first.png", first), ("second.png", second)):
        write_picture(tmp_path / name, from_tensor(frame, blank))
    write_flo(tmp_path / "truth.flo", flow[0])
    return tmp_path


def words(folder: Path, *names: str) -> list[str]:
    return [str(folder / name) for name in names]


def test_the_flow_is_stored_and_scored(pair: Path, capsys) -> None:
    status = main([*words(pair, "first.png", "second.png", "out.flo"), "--truth", str(pair / "truth.flo"), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert status == 0
    assert read_flo(pair / "out.flo").shape == (2, 72, 90)
    assert told["endpoint_error"] < 0.2
    assert told["angular_error"] < 6
    assert (told["width"], told["height"], told["out"]) == (90, 72, str(pair / "out.flo"))


def test_a_stored_flow_is_shown_as_the_colour_wheel_shows_it(pair: Path, capsys) -> None:
    assert main([*words(pair, "truth.flo", "shown.png"), "--longest", "5"]) == 0
    wanted = flow_picture(read_flo(pair / "truth.flo")[None], longest=5.0)
    torch.testing.assert_close(read_clean(pair / "shown.png"), wanted, atol=0.6 / 255, rtol=0)
    assert "px of motion on average" in capsys.readouterr().out


def test_the_truth_has_no_error(pair: Path, capsys) -> None:
    assert main([*words(pair, "truth.flo"), "--truth", str(pair / "truth.flo")]) == 0
    assert "endpoint error 0.0000 px, angular error 0.000 degrees" in capsys.readouterr().out


def test_estimators_can_be_chosen(pair: Path, capsys) -> None:
    errors = []
    for name in ("dis", "horn-schunck"):
        frames = words(pair, "first.png", "second.png")
        main([*frames, "--truth", str(pair / "truth.flo"), "--json", "--estimator", name])
        errors.append(json.loads(capsys.readouterr().out)["endpoint_error"])
    assert max(errors) < 0.1
    assert errors[0] != errors[1]


@pytest.mark.parametrize(
    ("given", "error", "fact"),
    [
        (["first.png"], UsageError, "give FIRST SECOND OUT"),
        (["first.png", "second.png"], UsageError, "nothing to do"),
        (["first.png", "second.png", "out.jpg"], UsageError, "written as .flo or .png"),
        (["first.png", "second.png", "out.flo", "more"], UsageError, "give FIRST SECOND OUT"),
        (["truth.flo", "out.png", "--estimator", "flownet"], UsageError, "invalid choice"),
        (["truth.flo", "out.png", "--longest", "0"], UsageError, "--longest: 0 is not a finite number above 0"),
        (["first.png", "small.png", "out.flo"], DataError, "differ in size"),
        (["truth.flo", "--truth", "small.flo"], DataError, "give the truth of these frames"),
        (["truth.flo", "--truth", "nowhere.flo"], DataError, "the true flow is unknown everywhere"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    pair: Path, monkeypatch, given: list[str], error: type[BurnishError], fact: str
) -> None:
    monkeypatch.chdir(pair)
    write_picture("small.png", Picture(pixels=np.zeros((9, 9, 1), np.uint8)))
    write_flo("small.flo", torch.zeros(2, 9, 9))
    write_flo("nowhere.flo", torch.full((2, 72, 90), float("nan")))
    with pytest.raises(error, match=fact):
        main(given)
    assert not Path("out.flo").exists()


def test_neither_frame_nor_truth_is_overwritten(pair: Path) -> None:
    (pair / "link.png").symlink_to("first.png")
    first, second, truth = (str(pair / name) for name in ("first.png", "second.png", "truth.flo"))
    for target in (second, str(pair / "link.png"), truth):
        with pytest.raises(UsageError, match="never overwritten"):
            main([first, second, target, "--truth", truth])
