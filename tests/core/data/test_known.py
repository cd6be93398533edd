"""What is said of a degraded picture by the file beside it, and how a wrong file is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from burnish.data.known import NOTHING, Known, known_file, read_known
from burnish.errors import DataError


def beside(folder: Path, text: str, name: str = "x.json") -> Path:
    """The picture beside which that text is written."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / "x.png"


def test_the_file_of_a_picture_has_its_name_without_the_suffix(tmp_path: Path) -> None:
    picture = beside(tmp_path, '{"sigma": 0.1, "exposure": 0.02}')
    assert read_known(picture) == Known(sigma=0.1, exposure=0.02)
    assert known_file(picture) == tmp_path / "x.json"
    assert known_file(tmp_path / "y.png") is None
    assert read_known(tmp_path / "y.png") == NOTHING


def test_a_dot_in_a_name_belongs_to_the_name(tmp_path: Path) -> None:
    beside(tmp_path, '{"sigma": 0.1}', "iso.1600.json")
    assert read_known(tmp_path / "iso.1600.png").sigma == 0.1
    assert read_known(tmp_path / "iso.3200.png") == NOTHING


def test_the_file_of_a_scene_holds_for_all_its_shots_that_have_none_of_their_own(tmp_path: Path) -> None:
    shot = beside(tmp_path / "scene.1", '{"gain": 0.1}', "own.json").with_name("1.png")
    (tmp_path / "scene.1.json").write_text('{"gain": 0.2}')
    assert read_known(shot).gain == 0.2
    assert read_known(shot.with_name("own.png")).gain == 0.1
    assert read_known(tmp_path / "scene.2" / "1.png") == NOTHING


def test_a_file_beside_a_folder_holds_for_all_pictures_that_have_none_of_their_own(tmp_path: Path) -> None:
    picture = beside(tmp_path / "noisy", '{"sigma": 0.1}')
    (tmp_path / "noisy.json").write_text('{"sigma": 0.2}')
    assert read_known(picture).sigma == 0.1
    assert read_known(picture.with_name("y.png")).sigma == 0.2
    assert read_known(tmp_path / "noisy" / "deep" / "y.png") == NOTHING


def test_pictures_in_the_working_folder_are_found_by_their_bare_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside(tmp_path, '{"sigma": 0.1}')
    monkeypatch.chdir(tmp_path)
    assert read_known(Path("x.png")).sigma == 0.1
    assert read_known(Path("y.png")) == NOTHING
    assert read_known(Path()) == NOTHING


def test_a_burst_s_folder_has_its_file_by_its_whole_name(tmp_path: Path) -> None:
    (tmp_path / "burst.v2").mkdir()
    (tmp_path / "burst.v2.json").write_text('{"sigma": 0.3}')
    assert read_known(tmp_path / "burst.v2").sigma == 0.3


def test_restorers_are_given_the_noise_and_not_the_exposure() -> None:
    known = Known(gain=0.01, read_noise=0.02, offset=0.03, exposure=0.5)
    assert known.conditions == {"gain": 0.01, "read_noise": 0.02, "offset": 0.03}


@pytest.mark.parametrize("gain", [None, 0.0])
def test_noise_without_gain_has_the_read_noise_as_its_sigma(gain: float | None) -> None:
    assert Known(gain=gain, read_noise=0.02).conditions["sigma"] == 0.02
    assert Known(gain=gain, read_noise=0.02, sigma=0.5).conditions["sigma"] == 0.5
    assert "sigma" not in Known(gain=0.1, read_noise=0.02).conditions


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("{", "is not JSON (Expecting property name"),
        ("{]", '(char 1)); write {"sigma": 0.1}, or remove it'),
        ("", "is not JSON"),
        ("[0.1]", "is not a JSON object; write"),
        ("null", "is not a JSON object"),
        ('{"sigm": 0.1}', "sigm: unknown key; did you mean sigma?"),
        ('{"sigma": -0.1}', "sigma: must be at least 0, it is -0.1"),
        ('{"sigma": "0.1"}', "sigma: must be a number"),
        ('{"sigma": true}', "sigma: must be a number"),
        ('{"sigma": NaN}', "sigma: must be a finite number"),
        ('{"gain": 1e999}', "gain: must be a finite number"),
        ('{"exposure": 0}', "exposure: must be above 0, it is 0"),
        ('{"sigma": -1, "gian": 2}', "sigma: must be at least 0, it is -1; gian: unknown key; did you mean gain"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line_with_file_fact_and_mend(tmp_path: Path, text: str, fact: str) -> None:
    picture = beside(tmp_path, text)
    with pytest.raises(DataError) as error:
        read_known(picture)
    said = str(error.value)
    assert said.startswith(f"{tmp_path / 'x.json'}: ")
    assert fact in said
    assert "\n" not in said


def test_a_file_that_is_no_text_or_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="is not JSON"):
        read_known(tmp_path / "x.png")

    def forbidden(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", forbidden)
    with pytest.raises(DataError, match=r"x\.json: cannot be read \(Permission denied\); check its permissions"):
        read_known(tmp_path / "x.png")


def test_whole_numbers_are_numbers(tmp_path: Path) -> None:
    assert read_known(beside(tmp_path, '{"sigma": 0, "offset": -1}')).conditions == {"sigma": 0.0, "offset": -1.0}
