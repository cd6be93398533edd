"""The keys under which callbacks store their state in checkpoints: fixed, independent of class names."""

from __future__ import annotations

LOOP = "Pace"
"""Steps and seconds so far; the name that the first version gave it."""

DIVERGENCE = "Divergence"
"""The loss's mean."""

SELECTION = "Selection"
"""The best weights."""

CHECKPOINTS = "Checkpoints"
"""Facts of the training, and machines that it ran on."""

AVERAGING = "Averaging"
"""How often the mean of the weights was updated."""
