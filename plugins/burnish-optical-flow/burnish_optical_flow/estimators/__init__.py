"""Estimators of optical flow, and what they share."""
