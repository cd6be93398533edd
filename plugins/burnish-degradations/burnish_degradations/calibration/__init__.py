"""Calibration of a sensor's noise from its pictures."""
