"""What strangers name controls no terminal, misleads no reader, and never fails to be printed."""

from __future__ import annotations

import unicodedata

import pytest
from burnish.console.escaping import block, line, styled
from hypothesis import given
from hypothesis import strategies as st

EVERYTHING = st.text(st.characters(exclude_categories=[]), max_size=60)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\x1b[31mred\x1b]0;title\x07", r"a\x1b[31mred\x1b]0;title\x07"),
        ("gpj.\u202eexe", r"gpj.\u202eexe"),
        ("a\nok   all is well\tx\r", r"a\nok   all is well\tx\r"),
        (b"caf\xe9.png".decode("utf-8", "surrogateescape"), r"caf\xe9.png"),
        ("\x9b31m\x7f\u2028\U000e0041\ud834", r"\x9b31m\x7f\u2028\U000e0041\ud834"),
        ("Größe 5×5 – 東京 👩‍🔬 Ä", "Größe 5×5 – 東京 👩‍🔬 Ä"),
    ],
)
def test_in_one_line_all_that_controls_is_written_out_and_all_else_stays(text: str, expected: str) -> None:
    assert line(text) == expected


def test_a_block_keeps_lines_and_tabs_and_a_bar_keeps_colours_and_moves() -> None:
    assert block("a\n\tb\x1b[1m\r") == "a\n\tb\\x1b[1m\\r"
    assert styled("\x1b[1;31mx\x1b[0m\x1b[2K\r\x1b[?25l\x1b[1A\n") == "\x1b[1;31mx\x1b[0m\x1b[2K\r\x1b[?25l\x1b[1A\n"
    assert styled("\x1b]0;t\x07\x1bc\u202e\x9b1m") == r"\x1b]0;t\x07\x1bc\u202e\x9b1m"


@given(EVERYTHING)
def test_nothing_that_controls_passes_and_what_passes_can_be_encoded(text: str) -> None:
    for made in (line(text), block(text).replace("\n", "").replace("\t", "")):
        assert not {unicodedata.category(character) for character in made} & {"Cc", "Cs", "Zl", "Zp"}
        assert not {unicodedata.bidirectional(character) for character in made} & {
            "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI",
        }  # fmt: skip
        made.encode("utf-8")
    assert line(line(text)) == line(text)
