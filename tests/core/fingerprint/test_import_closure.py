"""What a computation is made of follows from its imports; its hash from what the code does, not from its place."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from burnish.fingerprint.import_closure import Closure, closure
from burnish.fingerprint.source import module_file

FILES = {
    "made/__init__.py": "from made.maths import double\n__all__ = ['double', 'lazy']\n",
    "made/maths.py": (
        '"""Maths."""\nimport numpy as np\nFACTOR = 2\n'
        'def double(x):\n    """Twice."""\n    return np.multiply(x, FACTOR)\n'
    ),
    "made/report.py": "COLOUR = 'blue'\n",
    "made/main.py": "from made import double\ndef run(x):\n    from .later import shift\n    return shift(double(x))\n",
    "made/later.py": "import cv2\ndef shift(x):\n    return x + 1\n",
    "made/unused.py": "import scipy\n",
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that raises when it is imported for real is never imported here."""
    monkeypatch.syspath_prepend(str(tmp_path))
    for name, text in FILES.items():
        write(tmp_path, name, text)
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def made_of(*roots: str, leave_out: tuple[str, ...] = ()) -> Closure:
    return closure(roots or ("made.main",), follow=lambda top: top in ("made", "moved"), leave_out=leave_out)


def hashes(*roots: str) -> list[str]:
    return sorted(made_of(*roots).modules.values())


def test_all_that_is_imported_takes_part_also_within_functions_and_nothing_else(package: Path) -> None:
    found = made_of()
    assert found.modules.keys() == {"made.main", "made.maths", "made.later"}
    assert found.libraries == {"numpy", "cv2"}
    assert "made" not in sys.modules


@pytest.mark.parametrize("text", ["made.report", "made.report:COLOUR"])
def test_a_module_that_is_named_in_text_takes_part(package: Path, text: str) -> None:
    write(package, "made/later.py", f"HOME, LOG, FAR = '{text}', 'made', 'other.far'\ndef shift(x):\n    return x\n")
    assert made_of().modules.keys() == {"made.main", "made.maths", "made.later", "made.report"}


def test_what_is_left_out_is_not_followed_either(package: Path) -> None:
    assert made_of(leave_out=("made.later",)).libraries == {"numpy"}
    assert made_of(leave_out=("made",)).modules == {}


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("made/maths.py", FILES["made/maths.py"] + "# a comment\n"),
        ("made/maths.py", FILES["made/maths.py"].replace("Twice", "Two times")),
        ("made/maths.py", FILES["made/maths.py"].replace('"""Maths."""\n', "")),
        ("made/maths.py", FILES["made/maths.py"].replace("FACTOR = 2", 'FACTOR = 2\n"""Of what is given."""')),
        ("made/maths.py", FILES["made/maths.py"].replace("(x, FACTOR)", "(\n        x, FACTOR\n    )")),
        ("made/report.py", "COLOUR = 'red'\n"),
        ("made/__init__.py", "from made.maths import double\nfrom made.report import COLOUR\n"),
        ("made/main.py", FILES["made/main.py"].replace("from made import", "from made.maths import")),
        ("made/main.py", FILES["made/main.py"].replace("import double", "import double as f").replace("(double", "(f")),
    ],
)  # fmt: skip
def test_what_does_nothing_changes_nothing(package: Path, file: str, text: str) -> None:
    before = hashes()
    write(package, file, text)
    assert hashes() == before


def test_the_words_of_an_error_count_for_nothing_and_when_it_is_raised_counts(package: Path) -> None:
    raising = "def shift(x):\n    if x > {}:\n        raise ValueError(f'{} {{x}}')\n    return x + 1\n"
    write(package, "made/later.py", raising.format(1, "is too much:"))
    before = hashes()
    write(package, "made/later.py", raising.format(1, "is more than 1:"))
    assert hashes() == before
    write(package, "made/later.py", raising.format(2, "is more than 1:"))
    assert hashes() != before


def test_imports_for_type_checkers_are_none(package: Path) -> None:
    typed = "from typing import TYPE_CHECKING\n{}" + FILES["made/maths.py"]
    write(package, "made/maths.py", typed.format(""))
    before = hashes()
    write(package, "made/maths.py", typed.format("if TYPE_CHECKING:\n    import scipy\n"))
    assert hashes() == before
    assert made_of().libraries == {"numpy", "cv2"}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("made/maths.py", "FACTOR = 2", "FACTOR = 3"),
        ("made/maths.py", "import numpy as np", "import torch as np"),
        ("made/maths.py", "np.multiply", "np.divide"),
        ("made/later.py", "x + 1", "x - 1"),
        ("made/main.py", "import double", "import double, lazy"),
    ],
)
def test_what_does_something_changes_the_hash(package: Path, file: str, old: str, new: str) -> None:
    before = hashes()
    write(package, file, FILES[file].replace(old, new) + ("lazy()\n" if "lazy" in new else ""))
    assert hashes() != before


def test_another_function_of_the_same_name_changes_the_hash_of_who_imports_it(package: Path) -> None:
    write(package, "made/main.py", "from made import later, maths\nfrom made.maths import double as f\nf(1)\n")
    before = made_of().modules["made.main"]
    write(package, "made/main.py", "from made import later, maths\nfrom made.later import shift as f\nf(1)\n")
    assert made_of().modules["made.main"] != before


def test_files_may_be_moved_and_renamed(package: Path) -> None:
    text = "from made import later, maths\ndef run(x):\n    return later.shift(maths.double(x))\n"
    write(package, "made/main.py", text)
    before = hashes()
    write(package, "moved/__init__.py", '"""Elsewhere."""\n')
    write(package, "moved/room/__init__.py", "")
    write(package, "moved/room/sums.py", FILES["made/maths.py"])
    write(package, "moved/shifting.py", FILES["made/later.py"])
    uses = text.partition("\n")[2].replace("later", "shifting").replace("maths", "sums")
    write(package, "moved/main.py", f"from moved import shifting\nfrom moved.room import sums\n{uses}")
    assert hashes("moved.main") == before


def test_so_may_modules_that_are_named_in_text(package: Path) -> None:
    write(package, "made/main.py", "HOMES = ['made.maths:double', 'made.later', 'made.nothing']\n")
    before = hashes()
    write(package, "moved/__init__.py", "")
    write(package, "moved/sums.py", FILES["made/maths.py"])
    write(package, "moved/later.py", FILES["made/later.py"])
    write(package, "moved/main.py", "HOMES = ['moved.sums:double', 'moved.later', 'made.nothing']\n")
    assert hashes("moved.main") == before
    write(package, "moved/main.py", "HOMES = ['moved.sums:FACTOR', 'moved.later', 'made.nothing']\n")
    assert hashes("moved.main") != before


def test_names_that_a_package_passes_on_when_first_used_lead_home(package: Path) -> None:
    write(
        package,
        "made/__init__.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from made.maths import double\n_HOMES = {}\n"
        "def __getattr__(name):\n    raise AttributeError(name)\n",
    )
    assert made_of().modules.keys() == {"made.main", "made.maths", "made.later"}


@pytest.mark.parametrize("line", ["import cv2\ncv2.setNumThreads(1)", "_done = print('x')", "def double(x): return x"])
def test_a_package_whose_own_file_does_something_takes_part(package: Path, line: str) -> None:
    write(package, "made/__init__.py", f"from made.maths import double\n{line}\n")
    assert "made" in made_of().modules


def test_names_that_packages_pass_on_in_a_circle_end(package: Path) -> None:
    write(package, "made/__init__.py", "from made.sub import double\n")
    write(package, "made/sub/__init__.py", "from made import double\n")
    assert "made.main" in made_of().modules


def test_a_star_takes_the_whole_module(package: Path) -> None:
    write(package, "made/main.py", "from made.later import *\nshift(1)\n")
    assert made_of().modules.keys() == {"made.main", "made.later"}


def test_a_plugin_that_is_one_module_is_found_and_what_lies_beside_it_is_not(package: Path) -> None:
    write(package, "made_single.py", "import made_neighbour\n")
    write(package, "made_neighbour.py", "x = 1\n")
    assert module_file("made_single") == package / "made_single.py"
    found = closure(["made_single"], follow=lambda top: top == "made_single")
    assert (set(found.modules), set(found.libraries)) == ({"made_single"}, {"made_neighbour"})


def test_a_module_that_is_no_python_is_an_error(package: Path) -> None:
    write(package, "made/later.py", "def\n")
    with pytest.raises(SyntaxError):
        made_of()
