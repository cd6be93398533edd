r"""Escapes foreign text (file names, summaries, cards), so that it cannot control a terminal or a page.

A terminal obeys control characters, a reader is misled by bidirectional overrides and line ends, and bytes that are no
text (lone surrogates in file names) cannot be encoded. All of these are written as ``\x1b``, ``\u202e`` and the like.
"""

from __future__ import annotations

import re

_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_MISLEADING = "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\U000e0000-\U000e007f"
_NO_TEXT = "\ud800-\udfff"
_CLASS = f"{_CONTROLS}{_MISLEADING}{_NO_TEXT}"
_STYLE = f"\x1b\\[[0-9;?]*[A-Za-z]|\r|([{_CLASS}])"
_NAMED = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}


def line(text: str) -> str:
    """The text as one line without control characters: line ends and tabs are escaped, too."""
    return text if text.isprintable() else re.sub(f"[\t\n{_CLASS}]", _escaped, text)


def block(text: str) -> str:
    """The text with its lines and tabs; all other control characters are escaped."""
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return re.sub(f"[{_CLASS}]", _escaped, text)


def styled(text: str) -> str:
    """The output of our own bars and tables: colours, cursor movements and lines stay, everything else is escaped."""
    return re.sub(_STYLE, lambda found: _escaped(found) if found[1] else found[0], text)


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file name that is not UTF-8
        code -= 0xDC00
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return _NAMED.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
