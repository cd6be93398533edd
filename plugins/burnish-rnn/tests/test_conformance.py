"""The restorers of clips and bursts do what every restorer must do."""

from __future__ import annotations

from burnish.conformance import Check, conform

SMALL = {"width": 8, "blocks": 1}


@conform("rnn/convlstm", config=SMALL)
def test_convlstm_conforms(check: Check) -> None:
    check()


@conform("rnn/convlstm", config={**SMALL, "channels": 1, "layers": 2, "unshuffle": 1, "peepholes": False})
def test_convlstm_of_grey_clips_with_two_layers_conforms(check: Check) -> None:
    check()


@conform("rnn/convlstm-burst", config=SMALL)
def test_convlstm_of_bursts_conforms(check: Check) -> None:
    check()


@conform("rnn/recurrent-deblur", config={**SMALL, "closing_blocks": 1})
def test_recurrent_deblur_conforms(check: Check) -> None:
    check()


@conform("rnn/recurrent-deblur", config={**SMALL, "closing_blocks": 0, "channels": 1, "recurrent": False})
def test_recurrent_deblur_frame_by_frame_conforms(check: Check) -> None:
    check()
