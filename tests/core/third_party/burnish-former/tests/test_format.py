"""Facts about the format former-format."""

from pathlib import Path

import numpy as np
from burnish.conformance import Check, conform
from burnish.io import Picture, read_picture, write_picture


@conform("former/former-format")
def test_it_does_what_a_format_must(check: Check) -> None:
    check()


def test_the_first_sample_in_a_file_is_that_of_the_lowest_row(tmp_path: Path) -> None:
    pixels = np.linspace(0, 1, 12, dtype=np.float32).reshape(2, 2, 3)
    write_picture(tmp_path / "a.pfm", Picture(pixels=pixels))
    content = (tmp_path / "a.pfm").read_bytes()
    assert content.startswith(b"PF\n2 2\n-1.0\n")
    np.testing.assert_array_equal(np.frombuffer(content[-48:], "<f4")[:3], pixels[1, 0])
    np.testing.assert_array_equal(read_picture(tmp_path / "a.pfm").pixels, pixels)
