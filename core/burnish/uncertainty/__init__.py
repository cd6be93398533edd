"""How far to trust an estimate: intervals for every pixel, calibrated on pictures that training never saw."""
