"""What a template is given is text: no markup, no control characters; and nothing may be missing."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import burnish
import pytest
from burnish.console.templating import render
from jinja2 import UndefinedError

TABLE = "burnish.reporting/table.html"


def test_a_value_is_neither_markup_nor_does_it_control_anything() -> None:
    made = render(TABLE, caption="<b>\"'&\x1b\u202e", rows=[(Path("<i>\x9b"), [3, "a\nb"])])
    assert r"<caption>&lt;b&gt;&#34;&#39;&amp;\x1b\u202e</caption>" in made
    assert r"&lt;i&gt;\x9b</th>" in made
    assert ">3</td>" in made
    assert ">a\nb</td>" in made


def test_a_missing_value_is_an_error_and_no_gap() -> None:
    with pytest.raises(UndefinedError, match="'caption' is undefined"):
        render(TABLE, rows=[])


@pytest.mark.parametrize("member", ["core", "flows"])
def test_the_wheel_holds_every_template(member: str, tmp_path: Path) -> None:
    source = Path(burnish.__file__).parents[2] / member
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    packed = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    found = [path for path in source.glob("burnish*/**/templates/*") if path.is_file()]
    templates = {path.relative_to(source).as_posix() for path in found}
    assert len(templates) >= 4
    assert templates <= packed
